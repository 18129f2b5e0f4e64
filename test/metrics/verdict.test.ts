import { repeat } from './known'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ModelKind } from '../../src/models/model'
import { judge, type CannotTell, type Circumstances, type VerdictKind } from '../../src/metrics/verdict'

const estimate = (value: number, cap?: number, standardError = 0.01, bias = 0) => ({
  value,
  standardError,
  estimator: 'by hand',
  cap,
  bias,
})
/** Units of which each certainly varies with the data or certainly does not. */
const unitsOf = (active: boolean[]) =>
  active.map((is) => ({ activity: estimate(is ? 0.5 : 0, undefined, 0.001) }))
const many = { size: 1000 }

interface Case {
  kind: VerdictKind
  variable: 'z' | 'w'
  /** F, KL, I in nats. */
  figures: [number, number, number]
  active?: boolean[]
  words: RegExp[]
}

const all = [true, true, true]
const cases: Case[] = [
  {
    kind: 'healthy',
    variable: 'z',
    figures: [9, 3, 2],
    words: [
      /^z: healthy\. z carries information about the data in every unit \(F = 9\.00 ± 0\.01, KL = 3\.00 ± 0\.01, I = 2\.00 ± 0\.01 nats\)\.$/,
    ],
  },
  { kind: 'healthy', variable: 'w', figures: [9, 3, 2], words: [/^w: healthy\. .* in every component/] },
  {
    kind: 'non-identifiable model',
    variable: 'w',
    figures: [0.01, 0.01, 0.01],
    words: [
      /^w: non-identifiable model\. The likelihood is flat in w/,
      /Change the model: use one that is injective in w \(lidmvae\)\./,
    ],
  },
  // Inference that strays from a prior that is the exact posterior changes nothing about the model.
  {
    kind: 'non-identifiable model',
    variable: 'z',
    figures: [0, 2, 0],
    words: [/no better inference can help/],
  },
  {
    kind: 'non-identifiable model',
    variable: 'z',
    figures: [-0.018, 2, 0],
    words: [
      /F = -0\.02 ± 0\.01, .* nats\)\. F cannot be negative: an estimate below 0 is due to sampling error and counts as 0\. Change/,
    ],
  },
  {
    kind: 'same for all data',
    variable: 'z',
    figures: [5, 2.3, -0.02],
    words: [/I = -0\.02 ± 0\.01 nats\)\. I cannot be negative: /],
  },
  {
    kind: 'non-identifiable model',
    variable: 'z',
    figures: [-0.018, 2, -0.02],
    words: [/ F and I cannot be negative: /],
  },
  // Where it would be shown as 0 there is nothing to explain.
  {
    kind: 'non-identifiable model',
    variable: 'z',
    figures: [-0.004, 2, 0],
    words: [/ nats\)\. Change/],
  },
  {
    kind: 'failed inference',
    variable: 'z',
    figures: [5, 0.01, 0.01],
    words: [
      /^z: failed inference\. The exact posterior of z differs from the prior, but q\(z\|x\) does not/,
      /improve inference/,
    ],
  },
  {
    kind: 'same for all data',
    variable: 'w',
    figures: [5, 2.3, 0.01],
    words: [/^w: same for all data\./, /One component is used for all data/],
  },
  {
    kind: 'same for all data',
    variable: 'z',
    figures: [5, 2.3, 0.01],
    words: [/q\(z\|x\) has left the prior but is the same for all data/, /Check the encoder/],
  },
  // A KL this small has hardly left the prior.
  {
    kind: 'weakly identified',
    variable: 'w',
    figures: [0.08, 0.06, 0.01],
    words: [/^w: weakly identified\./],
  },
  {
    kind: 'weakly identified',
    variable: 'z',
    figures: [0.3, 0.2, 0.2],
    words: [
      /^z: weakly identified\. The likelihood depends on z, but only weakly/,
      /Train longer, or use a model that is injective in z/,
    ],
  },
  {
    kind: 'dead units',
    variable: 'z',
    figures: [9, 3, 2],
    active: [true, false, false],
    words: [
      /^z: dead units\. .* but 2 of its 3 units do not vary with the data \(numbers 1, 2, counted from 0\)/,
    ],
  },
  {
    kind: 'dead units',
    variable: 'w',
    figures: [9, 3, 2],
    active: [true, false, true],
    words: [
      /^w: dead components\. .* but 1 of its 3 components does not vary with the data \(number 1, counted from 0\)/,
      /Fewer components/,
    ],
  },
  {
    kind: 'dead units',
    variable: 'w',
    figures: [9, 3, 2],
    active: [false, false],
    words: [/no component varies with the data/],
  },
  {
    kind: 'dead units',
    variable: 'z',
    figures: [9, 3, 2],
    active: repeat(false, 20).concat(true),
    words: [/0, 1, .*, 11 …/],
  },
]

describe('judge', () => {
  for (const { kind, variable, figures, active = all, words } of cases)
    it(`${variable}: F, KL, I = ${figures.join(', ')}, ${active.filter(Boolean).length} of ${active.length} active: ${kind}`, () => {
      const [flatness, kl, mutualInformation] = figures.map((value) => estimate(value))
      const verdict = judge({ variable, kl, mutualInformation, flatness }, unitsOf(active), many)
      assert.equal(verdict.kind, kind)
      for (const pattern of words) assert.match(verdict.summary, pattern)
      assert.match(verdict.summary, / nats\)\./)
      assert.doesNotMatch(verdict.summary, /-0\.00|dead units.*component|undefined|NaN| {2}/)
    })

  interface Open {
    title: string
    flatness: ReturnType<typeof estimate>
    kl?: number
    information?: ReturnType<typeof estimate>
    circumstances?: Partial<Circumstances>
    reason: CannotTell
    words: RegExp
  }
  const open: Open[] = [
    {
      title: 'F and its error as a broken log p(x) gives them',
      flatness: estimate(-155.59, undefined, 120.56),
      kl: 6,
      information: estimate(5.17),
      circumstances: { draws: { samples: 50, effective: 1.3 } },
      reason: 'log p(x)',
      words: /not estimated well enough: 50 draws of q\(z\|x\) count as 1\.3.*\{ samples: 500 \}/,
    },
    {
      title: 'F below 0 beyond its error',
      flatness: estimate(-3),
      reason: 'log p(x)',
      words: /log p\(x\)/,
    },
    {
      title: 'F that more draws may raise',
      flatness: estimate(0, undefined, 0.001, -0.4),
      reason: 'log p(x)',
      words: /more draws may raise it by 0\.40 nats/,
    },
    {
      title: 'F within noise of 0 and of more',
      flatness: estimate(0.03, undefined, 0.02),
      reason: 'few data',
      words: /open at 1000 data points.*Evaluate more than 1,000 data points/,
    },
    {
      title: 'I within noise of 0 and of more',
      flatness: estimate(9),
      information: estimate(0.05, undefined, 0.05),
      reason: 'few data',
      words: /I\(x; z\) is 0 is open/,
    },
    {
      title: 'NaN',
      flatness: estimate(NaN),
      reason: 'not finite',
      words: /NaN in the weights/,
    },
    {
      title: 'weights as they started',
      flatness: estimate(0),
      circumstances: { untrained: true },
      reason: 'not trained',
      words: /Train the model with lid\.fit first/,
    },
    {
      title: 'one data point, whose error is unknown',
      flatness: estimate(9, undefined, 0),
      circumstances: { size: 1 },
      reason: 'few data',
      words: /One data point says too little/,
    },
  ]
  for (const { title, flatness, kl = 3, information = estimate(2), circumstances, reason, words } of open)
    it(`cannot tell from ${title}`, () => {
      const measured = { variable: 'z' as const, flatness, kl: estimate(kl), mutualInformation: information }
      const verdict = judge(measured, unitsOf(all), { ...many, ...circumstances })
      assert.deepEqual([verdict.kind, verdict.reason], ['cannot tell', reason])
      assert.match(verdict.summary, words)
    })

  it('does not flip on noise at a threshold', () => {
    for (let value = 0; value < 0.12; value += 0.001)
      for (const standardError of [0.0005, 0.002]) {
        const flatness = estimate(value, undefined, standardError)
        const figures = { flatness, kl: estimate(0.01, undefined, 0.001), mutualInformation: estimate(0) }
        const { kind } = judge({ variable: 'z', ...figures }, unitsOf(all), many)
        if (kind === 'non-identifiable model') assert.ok(value < 0.05, `${value}`)
        if (kind === 'failed inference') assert.ok(value > 0.1, `${value}`)
      }
  })

  it('knows a lower bound of F that needs no log p(x)', () => {
    const figures = {
      flatness: estimate(-9, undefined, 5, -20),
      kl: estimate(3),
      mutualInformation: estimate(2),
    }
    const { kind } = judge({ variable: 'z', ...figures, gain: estimate(4) }, unitsOf(all), many)
    assert.equal(kind, 'healthy')
  })

  it('finds a q that is farther from the exact posterior than the prior', () => {
    const figures = { flatness: estimate(9), kl: estimate(3), mutualInformation: estimate(2) }
    const { kind, summary } = judge({ variable: 'z', ...figures, gain: estimate(-4) }, unitsOf(all), many)
    assert.equal(kind, 'failed inference')
    assert.match(summary, /farther from the exact posterior than the prior is, by 4\.00 nats/)
  })

  it('leaves open whether a unit near the threshold is dead', () => {
    const figures = { flatness: estimate(9), kl: estimate(3), mutualInformation: estimate(2) }
    const units = [0.5, 0.009].map((value) => ({ activity: estimate(value, undefined, 0.002) }))
    const { kind, summary } = judge({ variable: 'z', ...figures }, units, many)
    assert.equal(kind, 'healthy')
    assert.match(summary, /whether unit 1 \(counted from 0\) does is open/)
    const more = [...units, { activity: estimate(0, undefined, 0.001) }]
    const some = judge({ variable: 'z', ...figures }, more, many)
    assert.equal(some.kind, 'dead units')
    assert.match(
      some.summary,
      /but 1 of its 3 units does not vary with the data \(number 2, counted from 0\); whether unit 1 \(counted from 0\) does is open/,
    )
  })

  const flat = { flatness: estimate(0), kl: estimate(0), mutualInformation: estimate(0) }
  const adviceFor = (model: ModelKind, noise?: Circumstances['noise']) =>
    judge({ variable: 'z', ...flat }, unitsOf(all), { ...many, model, noise }).summary

  it('never advises what is in use already', () => {
    assert.match(adviceFor('vae'), /Change the model: .*lidvae/)
    for (const model of ['lidvae', 'lidsvae', 'lidmvae'] as const)
      assert.doesNotMatch(adviceFor(model), /Change the model|lid\w*vae/)
  })

  it('speaks of the components where it is about w', () => {
    const { summary } = judge({ variable: 'w', ...flat }, unitsOf(all), { ...many, model: 'lidmvae' })
    assert.match(summary, /The means of the components are kept apart, but/)
    assert.doesNotMatch(summary, /injective in z|μ/)
  })

  it('advises less noise where σ is above the spread of the data, and no other model', () => {
    const summary = adviceFor('vae', { sigma: 1, spread: 0.291 })
    assert.match(summary, /Keep the model and lower σ: it is 1, and the data themselves spread by 0\.291/)
    assert.doesNotMatch(summary, /Change the model/)
    assert.match(adviceFor('vae', { sigma: 0.1, spread: 0.291 }), /Change the model/)
  })

  it('advises a lower floor of a learned σ, or more training where only σ is high', () => {
    const atFloor = adviceFor('vae', { sigma: 0.52, floor: 0.5, spread: 0.291 })
    assert.match(atFloor, /lower the floor of σ: it is 0\.5, and the data themselves spread by 0\.291/)
    const above = adviceFor('vae', { sigma: 0.9, floor: 0.05, spread: 0.291 })
    assert.match(above, /train longer: σ is still 0\.9/)
    assert.doesNotMatch(atFloor + above, /Change the model|'learned'/)
  })

  it('prints figures that are 0 or at their cap as such', () => {
    const zero = { value: 1e-5, standardError: 1e-6, estimator: 'by hand' }
    const none = judge(
      {
        variable: 'w',
        kl: zero,
        mutualInformation: { ...zero, cap: 2.3 },
        flatness: zero,
      },
      unitsOf(all),
      many,
    )
    assert.match(none.summary, /\(F < 0\.01, KL < 0\.01, I < 0\.01 nats\)/)
    const full = judge(
      {
        variable: 'z',
        kl: estimate(12),
        mutualInformation: estimate(6.85, 6.9),
        flatness: estimate(60),
      },
      unitsOf(all),
      many,
    )
    assert.match(full.summary, /I ≥ 6\.85 nats/)
  })
})
