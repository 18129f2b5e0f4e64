import { repeat } from './known'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judge, type VerdictKind } from '../../src/metrics/verdict'

const estimate = (value: number, cap?: number) => ({ value, standardError: 0.01, estimator: 'by hand', cap })

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
    figures: [0.04, 0.04, 0.04],
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
    figures: [-0.03, 2, 0],
    words: [
      /F = -0\.03 ± 0\.01, .* nats\)\. F cannot be negative: an estimate below 0 is due to sampling error and counts as 0\. Change/,
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
    figures: [-0.03, 2, -0.02],
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
  {
    kind: 'weakly identified',
    variable: 'z',
    figures: [0.3, 0.2, 0.2],
    words: [/^z: weakly identified\. The likelihood depends on z, but only weakly/, /Raise μ/],
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
      const verdict = judge({ variable, activeUnits: estimate(1), kl, mutualInformation, flatness }, active)
      assert.equal(verdict.kind, kind)
      for (const pattern of words) assert.match(verdict.summary, pattern)
      assert.match(verdict.summary, / nats\)\./)
      assert.doesNotMatch(verdict.summary, /-0\.00|dead units.*component|undefined|NaN| {2}/)
    })

  it('prints figures that are 0 or at their cap as such', () => {
    const zero = { value: 1e-5, standardError: 1e-6, estimator: 'by hand' }
    const none = judge(
      {
        variable: 'w',
        activeUnits: zero,
        kl: zero,
        mutualInformation: { ...zero, cap: 2.3 },
        flatness: zero,
      },
      all,
    )
    assert.match(none.summary, /\(F < 0\.01, KL < 0\.01, I < 0\.01 nats\)/)
    const full = judge(
      {
        variable: 'z',
        activeUnits: estimate(1),
        kl: estimate(12),
        mutualInformation: estimate(6.85, 6.9),
        flatness: estimate(60),
      },
      all,
    )
    assert.match(full.summary, /I ≥ 6\.85 nats/)
  })
})
