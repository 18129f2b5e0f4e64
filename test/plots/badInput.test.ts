import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as aq from 'arquero'
import { ArgumentError } from '../../src/base/errors'
import * as plots from '../../src/plots'
import { blobs, bowl, history, rateDistortionRows, tradeOffRows, walked } from './examples'

describe('bad input', () => {
  const circle = [{ x: 1, y: NaN }]
  const cases: [string, () => unknown, RegExp][] = [
    ['no rows', () => plots.training([]), /`history` must be .*at least one row/],
    ['no rows by label', () => plots.training({ plain: aq.table({ epoch: [] }) }), /at least one row/],
    ['no histories', () => plots.training({}), /`history` must be .*by label/],
    [
      'no epoch',
      () => plots.training([{ loss: 1 }]),
      /must be a table with the columns epoch, got the columns loss\. Add epoch/,
    ],
    ['nothing to draw', () => plots.training([{ epoch: 1, other: 2 }]), /any of the columns loss/],
    [
      'a forgotten await',
      () => plots.training({ plain: Promise.resolve() as never }),
      /must be a table .*, got a Promise\. Write await before it\./,
    ],
    ['not a table', () => plots.training({ plain: 3 as never }), /must be a table .*, got 3/],
    [
      'not a diagnosis',
      () => plots.collapse({ plain: { x: 1 } as never }),
      /`diagnosis` must be .*, got an object with x/,
    ],
    ['undefined', () => plots.collapse(undefined as never), /at least one row/],
    [
      'an unknown metric',
      () => plots.collapse([{ model: 'a', variable: 'w', metric: 'x', value: 1, standardError: 0 }]),
      /`metric` must be .*, got 'x'/,
    ],
    [
      'a NaN in a bar',
      () => plots.collapse([{ model: 'a', variable: 'w', metric: 'kl', value: NaN, standardError: 0 }]),
      /column `value` of `\w+` must be .*, got NaN/,
    ],
    ['no units', () => plots.unitBars(new Float32Array(0)), /`values` must be .*at least one number/],
    [
      'an infinite unit',
      () => plots.unitBars({ a: [1, Infinity] }),
      /`values\[1\]` must be .*, got Infinity/,
    ],
    [
      'a broken image',
      () => plots.samples({ images: new Float32Array(783), shape: [28, 28] }),
      /`images\[0\]` must be .*multiple of 28 × 28/,
    ],
    [
      'no shape',
      () => plots.samples({ images: new Float32Array(784), shape: undefined as never }),
      /`shape` must be .*, got undefined/,
    ],
    [
      'usage of another length',
      () => plots.samples({ images: [blobs(1, () => 1)], shape: [28, 28], usage: [0.5, 0.5] }),
      /`usage` must be .*1 fractions/,
    ],
    [
      'rows of unlike length',
      () => plots.samples({ images: [blobs(1, () => 1), blobs(2, () => 1)], shape: [28, 28] }),
      /`images` must be .*, got rows of 1, 2 images/,
    ],
    [
      'fewer reconstructions',
      () =>
        plots.reconstructions({
          original: blobs(2, () => 1),
          models: { a: blobs(1, () => 1) },
          shape: [28, 28],
        }),
      /`models.a` must be .*2 images, as many as in original/,
    ],
    [
      'labels of another length',
      () =>
        plots.reconstructions({ original: blobs(2, () => 1), models: {}, shape: [28, 28], labels: ['a'] }),
      /`labels` must be .*2 labels/,
    ],
    ['a scatter without y', () => plots.latentScatter([{ x: 1 }]), /Add y/],
    ['a NaN in a scatter', () => plots.latentScatter(circle), /column `y` of `\w+` must be .*, got NaN/],
    ['components without labels', () => plots.componentLabels([{ component: 1 }]), /Add label/],
    ['nothing to compare', () => plots.comparison({}), /estimates by model label/],
    [
      'an estimate of NaN',
      () => plots.comparison({ a: { value: NaN, standardError: 0, estimator: '' } }),
      /`estimates.a` must be .*, got NaN/,
    ],
    ['a negative ratio', () => plots.certificateRatios({ ratios: [1, -1] }), /`ratios` must be .*, got -1/],
    [
      'a constant of zero',
      () => plots.certificateRatios({ ratios: [1], constant: 0 }),
      /`constant` must be .*, got 0/,
    ],
    ['no flatness', () => plots.flatness({ plain: [] }), /`values.plain` must be .*at least one number/],
    ['no walk', () => plots.traversal(undefined as never), /`walked` must be .*, got undefined/],
    [
      'a walk of too few images',
      () => plots.traversal({ ...walked([4, 4], () => blobs(1, () => 1, 4)), steps: [0] }),
      /`walked.mean` must be .*3 × 1 images/,
    ],
    [
      'a walk without a unit’s KL',
      () => plots.traversal({ ...walked([3], () => [1, 2, 3]), kl: [1] }),
      /`walked.kl` must be .*3 numbers/,
    ],
    [
      'a walk of many features that are no image',
      () => plots.traversal(walked([784], () => new Float32Array(784))),
      /`shape` must be .*at most 10 features.*lid\.decode/,
    ],
    [
      'features of another number',
      () =>
        plots.traversal(
          walked([3], () => [1, 2, 3]),
          { features: ['a'] },
        ),
      /`features` must be .*3 names/,
    ],
    ['no way', () => plots.interpolation({} as never), /`way` must be .*at least one pair/],
    [
      'a way without its ends',
      () =>
        plots.interpolation({
          mean: blobs(3, () => 1, 4),
          ends: blobs(1, () => 1, 4),
          names: ['a'],
          steps: [0, 0.5, 1],
          shape: [4, 4],
        }),
      /`way.ends` must be .*2 images/,
    ],
    [
      'a surface with a hole',
      () => plots.likelihoodSurface({ ...bowl(1, 1), logLikelihood: new Float32Array(961).fill(NaN) }),
      /`surface.logLikelihood\[0\]` must be .*, got NaN/,
    ],
    [
      'a surface of another size',
      () => plots.likelihoodSurface({ ...bowl(1, 1), logLikelihood: new Float32Array(900) }),
      /`surface.logLikelihood` must be .*31 × 31/,
    ],
    ['a history without units', () => plots.klUnits(history(238, 1)), /`history` must be .*klUnits/],
    [
      'units that come and go',
      () =>
        plots.klUnits([
          { epoch: 1, klUnits: [1, 2] },
          { epoch: 2, klUnits: [1] },
        ]),
      /column `klUnits` of `\w+` must be .*2 finite numbers/,
    ],
    ['a trade-off without methods', () => plots.tradeOff([]), /`rows` must be .*at least one row/],
    [
      'a trade-off of no number',
      () =>
        plots.tradeOff([{ ...tradeOffRows[0], information: { ...tradeOffRows[0].information, value: NaN } }]),
      /column `information` of `\w+` must be .*finite/,
    ],
    ['a plane without models', () => plots.rateDistortion([]), /`rows` must be .*at least one row/],
    [
      'a rate that is no number',
      () =>
        plots.rateDistortion([
          { ...rateDistortionRows[0], rate: { value: NaN, standardError: 0, estimator: '' } },
        ]),
      /column `rate` of `\w+` must be .*, got NaN/,
    ],
    ['confusion without labels', () => plots.confusion([{ component: 1 }]), /Add label/],
    ['nothing beside', () => plots.beside([]), /`specs` must be .*a list of specifications/],
    ['means of half a row', () => plots.projectLatent([1, 2, 3], 2), /`means` must be .*multiple of 2/],
  ]
  for (const [name, call, message] of cases)
    it(`${name}: one line that says what to do`, () => {
      assert.throws(call, (error: Error) => {
        assert.ok(error instanceof ArgumentError, String(error))
        assert.match(error.message, message)
        assert.doesNotMatch(error.message, /\n/)
        return true
      })
    })
})
