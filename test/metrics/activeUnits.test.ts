import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  activeUnits,
  activeUnitsCurve,
  posteriorMeans,
  priorMeans,
  priorVariance,
} from '../../src/metrics/activeUnits'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { evaluationByHand } from './byHand'
import { drawX, exactInference, standard, type Inference, type Known, repeat } from './known'

/** q(z|x) with mean x itself: what is active is then decided by the data. */
const meansAre = (units: number): { known: Known; inference: Inference } => ({
  known: standard(repeat(0, units)),
  inference: { qw: () => [1], q: (x) => [{ mean: x, sd: x.map(() => 1) }] },
})
const measure = (xs: number[][], threshold?: number) => {
  const { known, inference } = meansAre(xs[0].length)
  return activeUnits(evaluationByHand(known, xs, inference, { samples: 1, priorSamples: 1 }), { threshold })
}

describe('activeUnits of z', () => {
  it('is the unbiased variance of E[z_u|x] over data points', () => {
    // Unit 0: 1, 2, 4, 9 has variance 38/3; unit 1 never moves; unit 2 has variance 0.02 · 38/3… scaled to 1/300.
    const xs = [1, 2, 4, 9].map((v) => [v, 5, v * Math.sqrt(3 / 38 / 300)])
    const { z, w } = measure(xs)
    near(z.activity, [38 / 3, 0, 1 / 300], 1e-6)
    assert.deepEqual(z.active, [true, false, false])
    nearNumber(z.fraction.value, 1 / 3, 1e-12)
    assert.deepEqual(measure(xs, 0.001).z.active, [true, false, true])
    assert.deepEqual(measure(xs, 20).z.active, [false, false, false])
    assert.deepEqual([w.active, w.fraction.value, w.fraction.standardError], [[], 0, 0])
  })

  it('keeps its digits far from the origin', () => {
    near(measure([1, 2, 4, 9].map((v) => [4096 + v])).z.activity, [38 / 3], 1e-6)
  })

  it('has the population’s value for a linear VAE: a²/(a² + σ²)', () => {
    const known = standard([1.5, 0.5, 0], 1)
    const xs = drawX(known, 4000, new Random(1))
    const { z } = activeUnits(
      evaluationByHand(known, xs, exactInference(known), { samples: 1, priorSamples: 1 }),
    )
    // The standard error of a normal variance is √(2/N) of it.
    near(z.activity, [2.25 / 3.25, 0.25 / 1.25, 0], 4 * Math.sqrt(2 / 4000))
    assert.deepEqual(z.active, [true, true, false])
  })

  it('divides by the variance of the whole prior, means included', () => {
    const known: Known = {
      slopes: [0, 0],
      sigma: 1,
      means: [
        [3, 0],
        [-3, 1],
      ],
      sds: [
        [1, 2],
        [2, 2],
      ],
    }
    const inference: Inference = { qw: () => [0.5, 0.5], q: (x) => [{ mean: x, sd: [1, 1] }] }
    const e = evaluationByHand(
      known,
      [
        [0, 0],
        [1, 1],
      ],
      inference,
      { samples: 1, priorSamples: 1 },
    )
    near(priorMeans(e), [0, 0.5], 1e-6)
    near(priorVariance(e), [9 + 2.5, 0.25 + 4], 1e-6)
    near(activeUnits(e).z.activity, [0.5 / 11.5, 0.5 / 4.25], 1e-6)
  })

  it('averages q(z|x, w) over q(w|x)', () => {
    const known: Known = { slopes: [0], sigma: 1, means: [[0], [0]], sds: [[1], [1]] }
    const inference: Inference = {
      qw: ([x]) => [x, 1 - x],
      q: () => [
        { mean: [1], sd: [1] },
        { mean: [-1], sd: [1] },
      ],
    }
    const e = evaluationByHand(known, [[0.25], [0.75]], inference, { samples: 1, priorSamples: 1 })
    near(posteriorMeans(e), [-0.5, 0.5], 1e-6)
    near(activeUnits(e).z.activity, [0.5], 1e-6)
  })

  it('has a standard error near the binomial one for many units at the threshold, 0 for units far from it', () => {
    const random = new Random(2)
    const [units, size] = [200, 300]
    const rows = (sd: number): number[][] => Array.from({ length: size }, () => random.normals(units, sd))
    // Half of the units lie above by chance: binomial √(¼/200) = 0.035. The bootstrap knows only its one
    // sample: E[p(1 − p)] = ⅙ instead of ¼.
    const { fraction } = measure(rows(0.1)).z
    assert.ok(Math.abs(fraction.value - 0.5) < 0.15, `${fraction.value}`)
    assert.ok(
      fraction.standardError > 0.6 * 0.029 && fraction.standardError < 1.4 * 0.035,
      `${fraction.standardError}`,
    )
    const clear = measure(rows(1)).z
    assert.deepEqual([clear.fraction.value, clear.fraction.standardError], [1, 0])
    assert.match(clear.fraction.estimator, /300 data points > 0.01/)
  })

  it('resamples data points: of two, half of the samples hold one of them twice and no variance', () => {
    const { fraction } = measure([[0], [1]]).z
    assert.equal(fraction.value, 1)
    nearNumber(fraction.standardError, 0.5, 0.05)
  })

  it('takes one data point as no variance', () => {
    const { z } = measure([[3, 4]])
    assert.deepEqual(
      [Array.from(z.activity), z.active],
      [
        [0, 0],
        [false, false],
      ],
    )
  })
})

describe('activeUnits of w', () => {
  it('counts components whose q(w = k|x) varies by more than the threshold, however often they are used', () => {
    const known: Known = { slopes: [0], sigma: 1, means: [[0], [0], [0], [0]], sds: [[1], [1], [1], [1]] }
    // Component 0 and 1 trade places; 2 is used always alike; 3 moves by 0.05 each way: variance 0.0033 of four points.
    const table = [
      [0.5, 0.05, 0.35, 0.1],
      [0.05, 0.4, 0.35, 0.2],
      [0.5, 0.05, 0.35, 0.1],
      [0.05, 0.4, 0.35, 0.2],
    ]
    const inference: Inference = { qw: ([x]) => table[x], q: () => [{ mean: [0], sd: [1] }] }
    const e = evaluationByHand(known, [[0], [1], [2], [3]], inference, { samples: 1, priorSamples: 1 })
    const { w } = activeUnits(e)
    near(w.activity, [0.0675, 0.1225 / 3, 0, 0.01 / 3], 1e-6)
    assert.deepEqual(w.active, [true, true, false, false])
    nearNumber(w.fraction.value, 0.5, 1e-12)
    assert.deepEqual(activeUnits(e, { threshold: 0.05 }).w.active, [true, false, false, false])
  })
})

describe('activeUnitsCurve', () => {
  const xs = [1, 2, 4, 9].map((v) => [v, 5, v / 100])
  const { known, inference } = meansAre(3)
  const e = evaluationByHand(known, xs, inference, { samples: 1, priorSamples: 1 })

  it('is activeUnits at each threshold, standard error included', () => {
    const thresholds = [0, 1e-4, 1e-3, 0.1, 10, 20]
    const { z, w } = activeUnitsCurve(e, { thresholds })
    thresholds.forEach((threshold, i) => {
      assert.deepEqual(z[i], { threshold, ...activeUnits(e, { threshold }).z.fraction })
    })
    near(
      z.map(({ value }) => value),
      [2 / 3, 2 / 3, 2 / 3, 1 / 3, 1 / 3, 0],
      1e-12,
    )
    assert.deepEqual(w, [])
  })

  it('falls from 1e-4 to 1 by default, for components too', () => {
    const mixture: Known = { slopes: [0], sigma: 1, means: [[0], [0], [0]], sds: [[1], [1], [1]] }
    const qw = ([x]: number[]): number[] => (x < 3 ? [0.6, 0.2, 0.2] : [0.5, 0.3, 0.2])
    const byHand = evaluationByHand(
      mixture,
      xs.map(([x]) => [x]),
      { qw, q: () => [{ mean: [0], sd: [1] }] },
      { samples: 1, priorSamples: 1 },
    )
    const { z, w } = activeUnitsCurve(byHand)
    assert.equal(w.length, 41)
    near([w[0].threshold, w[40].threshold], [1e-4, 1], 1e-12)
    // Variances over the data 1/300, 1/300 and 0.
    assert.deepEqual([w[0].value, w[15].value, w[16].value], [2 / 3, 2 / 3, 0])
    assert.ok(z.every(({ value }) => value === 0))
    for (const threshold of [-1, NaN, '0.1' as never])
      assert.throws(
        () => activeUnits(e, { threshold }),
        /^ArgumentError: `threshold` must be a number ≥ 0, got /,
      )
    assert.throws(
      () => activeUnitsCurve(e, { thresholds: [-1] }),
      /^ArgumentError: `thresholds` must be .*, got -1/,
    )
  })
})
