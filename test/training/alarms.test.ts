import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Alarms } from '../../src/training/alarms'
import type { Noise } from '../../src/models/noise'
import type { StepSeen } from '../../src/training/observer'

const step = (number: number, klUnits: number[], klW = 1): StepSeen => ({
  step: number,
  loss: 1,
  reconstruction: -1,
  klZ: klUnits.reduce((sum, kl) => sum + kl, 0),
  klUnits,
  klW,
  gradientNorm: 1,
  klWeight: 1,
  rate: 1e-3,
})

/** The alarms after each of `steps`, of a training of 1,000. */
function watch(kind: 'gmvae' | 'lidvae' | 'vae', components: number, steps: StepSeen[]) {
  const alarms = new Alarms({ kind, components }, 1000)
  return steps.map((one) => (alarms.see(one), alarms.now()))
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

describe('alarms of a training', () => {
  it('gives no alarm where everything is alive', () => {
    const all = watch(
      'gmvae',
      10,
      numbers(300).map((n) => step(n, [0.4, 0.02])),
    )
    assert.deepEqual(all.flat(), [])
  })

  it('names up to twelve units that carry no information, and says where there are more', () => {
    const ofDead = (dead: number): string =>
      watch(
        'vae',
        1,
        numbers(200).map((n) => step(n, [2, ...numbers(dead).map(() => 0)])),
      )[199][0].what
    assert.match(
      ofDead(12),
      /^12 of 13 units of z carry no information .* numbers 1, 2, .*, 12, counted from 0/,
    )
    assert.match(ofDead(13), /^13 of 14 units .* numbers 1, 2, .*, 12 …, counted from 0/)
  })

  it('reports that z and w carry no information, after the first tenth, with the twin as advice', () => {
    const all = watch(
      'gmvae',
      10,
      numbers(200).map((n) => step(n, [0.02, 0.02], 0.01)),
    )
    assert.deepEqual(all.slice(0, 99).flat(), [])
    const [z, w] = all[199]
    assert.deepEqual([z.about, w.about], ['z', 'w'])
    assert.match(z.what, /KL of z has vanished \(0\.040 nats\)/)
    assert.match(w.what, /KL of w has vanished \(0\.010 of at most 2\.30 nats\)/)
    assert.match(w.advice, /lid\.lidmvae.*lid\.diagnose/)
  })

  it('advises less noise, and no twin, where σ is above the spread of the data', () => {
    const adviceWith = (noise?: Noise) => {
      const alarms = new Alarms({ kind: 'vae', components: 1 }, 1000, noise)
      for (const n of numbers(200)) alarms.see(step(n, [0.01, 0.01], 0))
      return alarms.now()[0].advice
    }
    assert.match(adviceWith({ sigma: 1, spread: 0.3 }), /lower σ: it is 1, .* spread by 0\.3.*lid\.diagnose/)
    assert.doesNotMatch(adviceWith({ sigma: 1, spread: 0.3 }), /lidvae/)
    assert.match(adviceWith({ sigma: 1, floor: 0.05, spread: 0.3 }), /lid\.lidvae/)
    assert.match(adviceWith({ sigma: 0.1, spread: 0.3 }), /lid\.lidvae/)
  })

  it('names the units of z that died, and distinguishes them from those that never lived', () => {
    const all = watch(
      'vae',
      1,
      numbers(600).map((n) => step(n, [1, n < 200 ? 0.5 : 0, 0.001], 0)),
    )
    assert.match(all[150][0].what, /1 of 3 units of z carries no information .*number 2, counted from 0\)$/)
    assert.match(
      all[599][0].what,
      /2 of 3 units of z carry no information .*numbers 1, 2, .*; 1 of them was alive before/,
    )
    assert.equal(all[599].length, 1, 'without components there is no w')
  })

  it('advises no twin for an identifiable model', () => {
    const all = watch(
      'lidvae',
      1,
      numbers(200).map((n) => step(n, [0])),
    )
    assert.doesNotMatch(all[199][0].advice, /twin/)
  })
})
