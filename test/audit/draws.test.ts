import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { audit } from '../../src/audit/audit'
import { drawsInOne, inParts, type Moments } from '../../src/audit/draws'
import { evaluationOf } from '../../src/audit/evaluation'
import { normalPrior } from '../../src/audit/prior'
import { mutualInformation } from '../../src/metrics/mutualInformation'
import { unitFlatness } from '../../src/metrics/unitFlatness'
import { Random } from '../support/random'
import { auditedIn } from './fixtures'
import { FIXTURES, skip } from './runtime'

/** Bytes of all arrays that an object holds; what is made when it is read is not held. */
function bytesIn(object: object, seen = new Set<unknown>()): number {
  return Object.values(Object.getOwnPropertyDescriptors(object)).reduce((sum, { value }): number => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return sum
    seen.add(value)
    return sum + (ArrayBuffer.isView(value) ? value.byteLength : bytesIn(value as object, seen))
  }, 0)
}

const random = new Random(3)
const [SIZE, LATENT, SAMPLES] = [1003, 5, 20]
const numbers = (count: number, of: () => number) => Float32Array.from({ length: count }, of)
const q: Moments = {
  mean: numbers(SIZE * LATENT, () => random.normal()),
  sd: numbers(SIZE * LATENT, () => 0.5 + Math.abs(random.normal())),
  latent: LATENT,
  branches: 1,
}

describe('the draws of an audit', () => {
  it('are the same in parts as at once', () => {
    const draws = drawsInOne(q, SAMPLES, 1)
    const all = draws.redraw()
    let count = 0
    for (const { start, size, z } of inParts(q, SAMPLES, draws)) {
      const from = start * SAMPLES * LATENT
      assert.deepEqual(z, all.subarray(from, from + size * SAMPLES * LATENT))
      count += size
    }
    assert.equal(count, SIZE)
  })

  it('are never asked for, nor their densities, of all data points together', async () => {
    const draws = drawsInOne(q, SAMPLES, 1)
    const mixture = normalPrior(LATENT, new Float32Array(2 * LATENT), new Float32Array(2 * LATENT).fill(1))
    let most = 0
    const prior = {
      ...mixture,
      logProb(z: Float32Array) {
        most = Math.max(most, z.length / LATENT)
        return mixture.logProb!(z, 0)
      },
    }
    const model = { size: SIZE, prior, ...q, samples: SAMPLES, ...draws }
    const { evaluation } = await evaluationOf(model, inParts(q, SAMPLES, draws))
    assert.ok(most > 0 && most <= 5000, `${most} codes at once`)
    assert.deepEqual(evaluation.z, draws.redraw())
  })
})

describe('the record of an audit', { skip }, () => {
  it('does not hold the draws: one more per data point is one number, whatever the units', async () => {
    const of = async (samples: number) => {
      const { evaluation } = await audit(auditedIn(FIXTURES, 'healthy'), {
        samples,
        size: 60,
        witness: false,
      })
      // Where more draws are needed is another matter: the same number for all models.
      return bytesIn({ ...Object.getOwnPropertyDescriptors(evaluation), more: undefined })
    }
    assert.equal((await of(40)) - (await of(10)), 30 * 60 * Float32Array.BYTES_PER_ELEMENT)
  })

  it('has the figures that its draws have, which are drawn again when they are read', async () => {
    for (const name of ['healthy', 'dead']) {
      const { evaluation } = await audit(auditedIn(FIXTURES, name), { size: 150, witness: false })
      const { z, given } = evaluation
      assert.equal(z.length, 150 * evaluation.samples * evaluation.latent)
      const whole = { ...evaluation, base: undefined, z, given: { ...given, shifts: undefined } }
      assert.deepEqual(unitFlatness(evaluation), unitFlatness(whole))
      assert.deepEqual(mutualInformation(evaluation), mutualInformation(whole))
    }
  })
})
