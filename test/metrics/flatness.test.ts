import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flatness, inferenceGap } from '../../src/metrics/flatness'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { evaluationByHand } from './byHand'
import { calibrated } from './calibration'
import {
  average,
  bestFactorized,
  drawX,
  exactInference,
  normalKl,
  standard,
  truthAt,
  type Inference,
  type Known,
  repeat,
} from './known'

const linear = standard([1.5, -0.7, 0], 0.8)
const mixture: Known = {
  slopes: [1, 0.5],
  sigma: 0.6,
  means: [
    [-1, 0],
    [1, 0.5],
    [0, -1],
  ],
  sds: [
    [0.5, 1],
    [0.7, 0.4],
    [1, 0.8],
  ],
}
/** Some q(w|x) that is not p(w|x), with the best single q(z|x) for it. */
const factorized: Inference = {
  qw: ([x]) => {
    const p = [1, Math.exp(x), Math.exp(-x / 2)]
    return p.map((value) => value / (p[0] + p[1] + p[2]))
  },
  q: (x) => [bestFactorized(mixture, x, factorized.qw(x))],
}
const standardErrorOf = (errors: number[]): number =>
  Math.sqrt(average(errors.map((e) => e * e)) / errors.length)

describe('flatness of z', () => {
  it('is KL(p(z) ‖ p(z|x)) in closed form, up to the noise of the prior draws', () => {
    const random = new Random(1)
    const xs = drawX(linear, 300, random)
    const e = evaluationByHand(linear, xs, exactInference(linear), { samples: 2, priorSamples: 200, random })
    const { z, pointsZ } = flatness(e)
    const exact = xs.map((x) => truthAt(linear, x).flatnessZ)
    // A second closed form, to check the reference.
    const [first] = xs
    const { posteriors } = truthAt(linear, first)
    nearNumber(
      linear.slopes.reduce(
        (sum, _, u) => sum + normalKl(0, 1, posteriors[0].mean[u], posteriors[0].sd[u]),
        0,
      ),
      exact[0],
      1e-9,
    )
    const errors = Array.from(pointsZ, (f, i) => f - exact[i])
    assert.ok(Math.abs(average(errors)) < 4 * standardErrorOf(errors), `${average(errors)}`)
    assert.ok(standardErrorOf(errors) < 0.03 && average(exact) > 2)
    nearNumber(z.value, average(pointsZ), 1e-12)
  })

  it('is 0 if the decoder ignores z, and with a poor q too low, never too high', () => {
    const dead = standard([0, 0], 1)
    const xs = drawX(dead, 200, new Random(2))
    nearNumber(flatness(evaluationByHand(dead, xs, exactInference(dead))).z.value, 0, 1e-6)
    const poor: Inference = { qw: () => [1], q: () => [{ mean: [0.5, -0.3], sd: [1.2, 1.1] }] }
    const rows = drawX(dead, 4000, new Random(2))
    const { z } = flatness(evaluationByHand(dead, rows, poor, { samples: 20, priorSamples: 1 }))
    assert.ok(z.value < 0 && z.value > -0.05, `${z.value}`)
  })

  it('has a calibrated standard error, with a component and with three', () => {
    const known = standard([1], 1)
    // E F over x ~ N(0, 2): −½ log 4πe + (2 + 1)/2 + ½ log 2π.
    const exact = -0.5 * Math.log(4 * Math.PI * Math.E) + 1.5 + 0.5 * Math.log(2 * Math.PI)
    calibrated(exact, (random) => {
      const xs = drawX(known, 100, random)
      return flatness(
        evaluationByHand(known, xs, exactInference(known), { samples: 2, priorSamples: 2, random }),
      ).z
    })
    const all = drawX(mixture, 40000, new Random(3))
    calibrated(average(all.map((x) => truthAt(mixture, x).flatnessZ)), (random) => {
      const xs = drawX(mixture, 100, random)
      return flatness(
        evaluationByHand(mixture, xs, exactInference(mixture), { samples: 1, priorSamples: 2, random }),
      ).z
    })
  })
})

describe('flatness of w', () => {
  it('is KL(p(w) ‖ p(w|x)) by enumeration, for both posterior families', () => {
    const xs = drawX(mixture, 100, new Random(4))
    const exact = xs.map((x) => truthAt(mixture, x).flatnessW)
    // The same as a KL, to check the reference.
    const { posteriorW } = truthAt(mixture, xs[0])
    nearNumber(average(posteriorW.map((p) => Math.log(1 / 3 / p))), exact[0], 1e-9)
    for (const inference of [exactInference(mixture), factorized]) {
      const { w, pointsW } = flatness(
        evaluationByHand(mixture, xs, inference, { samples: 2, samplesGivenW: 2 }),
      )
      near(pointsW, exact, 1e-5)
      nearNumber(w.value, average(exact), 1e-5)
    }
    assert.ok(average(exact) > 0.5)
  })

  it('is 0 to rounding where components are identical, whatever q', () => {
    const same: Known = { ...mixture, means: repeat([0.3, 0.4], 3), sds: repeat([0.8, 1.1], 3) }
    const xs = drawX(same, 50, new Random(5))
    const poor: Inference = {
      qw: () => [0.98, 0.01, 0.01],
      q: () => repeat({ mean: [2, -1], sd: [0.5, 0.6] }, 3),
    }
    const { w, pointsW } = flatness(evaluationByHand(same, xs, poor, { samples: 3 }))
    assert.ok(w.value <= 1e-6, `${w.value}`)
    assert.ok(pointsW.every((f) => f >= 0))
  })

  it('is 0 without components', () => {
    const xs = drawX(linear, 5, new Random(6))
    const { w, pointsW } = flatness(evaluationByHand(linear, xs, exactInference(linear)))
    assert.deepEqual([w.value, w.standardError], [0, 0])
    assert.ok(pointsW.every((f) => f === 0))
  })

  it('has a calibrated standard error', () => {
    const all = drawX(mixture, 40000, new Random(7))
    calibrated(average(all.map((x) => truthAt(mixture, x).flatnessW)), (random) => {
      const xs = drawX(mixture, 100, random)
      return flatness(
        evaluationByHand(mixture, xs, exactInference(mixture), { samples: 1, priorSamples: 1, random }),
      ).w
    })
  })
})

describe('inferenceGap', () => {
  it('is 0 for the exact posterior, up to the noise of the ELBO', () => {
    const xs = drawX(mixture, 500, new Random(8))
    const { total, z, w } = inferenceGap(
      evaluationByHand(mixture, xs, exactInference(mixture), { samples: 50 }),
    )
    nearNumber(w.value, 0, 1e-6)
    for (const gap of [total, z])
      assert.ok(Math.abs(gap.value) < 4 * gap.standardError && gap.standardError < 0.02, `${gap.value}`)
  })

  it('is KL(q(w|x) ‖ p(w|x)) for w, and the rest for z', () => {
    const xs = drawX(mixture, 500, new Random(9))
    const q = [0.5, 0.3, 0.2]
    const inference: Inference = { ...exactInference(mixture), qw: () => q }
    const ofW = average(
      xs.map((x) => truthAt(mixture, x).posteriorW.reduce((sum, p, k) => sum + q[k] * Math.log(q[k] / p), 0)),
    )
    const gap = inferenceGap(evaluationByHand(mixture, xs, inference, { samples: 50 }))
    nearNumber(gap.w.value, ofW, 1e-5)
    assert.ok(Math.abs(gap.z.value) < 4 * gap.z.standardError, `${gap.z.value}`)
    nearNumber(gap.total.value, gap.z.value + gap.w.value, 1e-12)
    assert.ok(ofW > 0.2)
  })

  it('is KL(q ‖ p(z|x)) in closed form for a q moved and widened', () => {
    const xs = drawX(linear, 400, new Random(10))
    const wrong: Inference = {
      qw: () => [1],
      q: (x) => {
        const [{ mean, sd }] = exactInference(linear).q(x)
        return [{ mean: mean.map((m, u) => m + 0.3 * sd[u]), sd: sd.map((s) => 1.2 * s) }]
      },
    }
    const exact = 3 * normalKl(0.3, 1.2, 0, 1)
    const { total, w } = inferenceGap(evaluationByHand(linear, xs, wrong, { samples: 400, priorSamples: 1 }))
    assert.ok(
      Math.abs(total.value - exact) < 4 * total.standardError + 0.01,
      `${total.value}, exact ${exact}`,
    )
    assert.ok(total.standardError < 0.01 && exact > 0.15)
    assert.equal(w.value, 0)
  })
})
