import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { atCap, formatEstimate } from '../../src/base/estimate'
import { mutualInformation } from '../../src/metrics/mutualInformation'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'
import { evaluationByHand } from './byHand'
import { calibrated } from './calibration'
import { average, drawX, exactInference, logNormal, standard, type Inference, type Known } from './known'

const one: Known = standard([1], 1)
const twoComponents: Known = { slopes: [1], sigma: 1, means: [[-1], [1]], sds: [[1], [1]] }
const measure = (known: Known, xs: number[][], inference: Inference, seed = 7) =>
  mutualInformation(evaluationByHand(known, xs, inference, { samples: 1, random: new Random(seed) }))

/** I(x; z) over N data points by quadrature over z, q(z|x) a mixture of normals. */
function byQuadrature(posteriors: { weight: number; mean: number; sd: number }[][]): number {
  const step = 0.01
  let sum = 0
  for (let z = -12; z <= 12; z += step) {
    const q = posteriors.map((parts) =>
      parts.reduce((p, { weight, mean, sd }) => p + weight * Math.exp(logNormal(z, mean, sd)), 0),
    )
    const all = average(q)
    if (all > 0) sum += step * average(q.map((p) => (p > 0 ? p * Math.log(p / all) : 0)))
  }
  return sum
}

describe('mutualInformation of z', () => {
  it('agrees with quadrature over z for the same data points', () => {
    const xs = drawX(one, 400, new Random(1))
    const inference = exactInference(one)
    const exact = byQuadrature(
      xs.map((x) => inference.q(x).map(({ mean, sd }) => ({ weight: 1, mean: mean[0], sd: sd[0] }))),
    )
    const { z } = measure(one, xs, inference)
    assert.ok(Math.abs(z.value - exact) < 3 * z.standardError, `${formatEstimate(z)}, exact ${exact}`)
    assert.ok(z.standardError < 0.06 && Math.abs(exact - 0.5 * Math.log(2)) < 0.06)
  })

  it('agrees with quadrature where q(z|x, w) depends on w, q(w|x) weighing the branches', () => {
    const xs = drawX(twoComponents, 400, new Random(2))
    // Branches far apart with chances that change with x: the wrong branch would show.
    const inference: Inference = {
      qw: ([x]) => [1 / (1 + Math.exp(2 * x)), 1 - 1 / (1 + Math.exp(2 * x))],
      q: ([x]) => [
        { mean: [x / 2 - 3], sd: [0.5] },
        { mean: [x / 2 + 3], sd: [0.5] },
      ],
    }
    const exact = byQuadrature(
      xs.map((x) =>
        inference.q(x).map(({ mean, sd }, w) => ({ weight: inference.qw(x)[w], mean: mean[0], sd: sd[0] })),
      ),
    )
    const { z } = measure(twoComponents, xs, inference)
    assert.ok(Math.abs(z.value - exact) < 3 * z.standardError, `${formatEstimate(z)}, exact ${exact}`)
    assert.ok(exact > 0.8 && z.standardError < 0.06)
  })

  it('takes branches according to q(w|x), whatever the number of data points and their order', () => {
    // Data points all alike, q(w|x) = 0.3, 0.7: I = 0 means that log q(z) averages to minus the entropy, on
    // either branch.
    for (const size of [500, 1009]) {
      const xs = Array.from({ length: size }, () => [0])
      const inference: Inference = {
        qw: () => [0.3, 0.7],
        q: () => [
          { mean: [-20], sd: [1] },
          { mean: [20], sd: [1] },
        ],
      }
      nearNumber(measure(twoComponents, xs, inference).z.value, 0, 1e-9)
    }
  })

  it('counts each branch in proportion to q(w|x)', () => {
    // Branch 0 tells data points apart, which is worth log N; branch 1 is the same for all, worth nothing.
    const xs = Array.from({ length: 100 }, (_, i) => [100 * i])
    const inference: Inference = {
      qw: () => [0.3, 0.7],
      q: ([x]) => [
        { mean: [x], sd: [1] },
        { mean: [-1000], sd: [1] },
      ],
    }
    nearNumber(measure(twoComponents, xs, inference).z.value, 0.3 * Math.log(100), 1e-6)
  })

  it('saturates at log N, and reports the cap', () => {
    const xs = Array.from({ length: 50 }, (_, i) => [100 * i])
    const { z } = measure(one, xs, { qw: () => [1], q: ([x]) => [{ mean: [x], sd: [1] }] })
    // No more than the cap, and below it by no more than the noise of one draw per data point.
    assert.ok(z.value <= Math.log(50) && z.value > Math.log(50) - 3 * z.standardError, `${z.value}`)
    assert.equal(z.cap, Math.log(50))
    assert.ok(atCap(z))
    assert.match(formatEstimate(z), /^≥ 3\.\d\d$/)
  })

  it('is 0 exactly where q(z|x) is the same for all data', () => {
    const xs = drawX(one, 100, new Random(3))
    const { z, w } = measure(one, xs, { qw: () => [1], q: () => [{ mean: [0.7], sd: [0.5] }] })
    nearNumber(z.value, 0, 1e-12)
    assert.deepEqual([w.value, w.standardError, w.cap], [0, 0, undefined])
  })

  it('has a calibrated standard error', () => {
    const known = standard([1], 2)
    calibrated(
      0.5 * Math.log(1 + 1 / 4),
      (random) =>
        mutualInformation(
          evaluationByHand(known, drawX(known, 100, random), exactInference(known), { samples: 1, random }),
        ).z,
    )
  })
})

describe('mutualInformation of w', () => {
  const known: Known = { ...twoComponents, means: [[-1], [1], [0]], sds: [[1], [1], [1]] }
  const table = [
    [0.7, 0.2, 0.1],
    [0.1, 0.8, 0.1],
    [0.2, 0.2, 0.6],
  ]
  const inference: Inference = { qw: ([x]) => table[x], q: () => [{ mean: [0], sd: [1] }] }
  const information = (weights: number[]): number => {
    const q = [0, 1, 2].map((k) => weights.reduce((sum, p, x) => sum + p * table[x][k], 0))
    return weights.reduce(
      (sum, p, x) => sum + p * table[x].reduce((s, t, k) => s + t * Math.log(t / q[k]), 0),
      0,
    )
  }

  it('is the sum over components, for data by hand', () => {
    const xs = [[0], [0], [1], [2]]
    nearNumber(measure(known, xs, inference).w.value, information([0.5, 0.25, 0.25]), 1e-6)
  })

  it('reaches its cap log K and reports it; with fewer data points than components the cap is log N', () => {
    const certain: Inference = { ...inference, qw: ([x]) => [0, 1, 2].map((k) => (k === x ? 1 : 1e-30)) }
    const { w } = measure(known, [[0], [1], [2]], certain)
    nearNumber(w.value, Math.log(3), 1e-6)
    assert.equal(w.cap, Math.log(3))
    assert.equal(formatEstimate(w), '≥ 1.10')
    assert.equal(measure(known, [[0], [1]], certain).w.cap, Math.log(2))
    assert.equal(atCap(measure(known, [[0], [1], [2], [2]], inference).w), false)
  })

  it('has a calibrated standard error', () => {
    calibrated(information([0.2, 0.3, 0.5]), (random) => {
      const xs = Array.from({ length: 100 }, () => {
        const u = random.uniform()
        return [u < 0.2 ? 0 : u < 0.5 ? 1 : 2]
      })
      return measure(known, xs, inference).w
    })
  })
})
