import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { logSumExp, pointElbos, pointLogLikelihoods } from '../../src/metrics/importance'
import { elbo, logLikelihood } from '../../src/metrics/logLikelihood'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { evaluationByHand } from './byHand'
import { calibrated } from './calibration'
import { average, drawX, exactInference, posteriorGivenW, standard, truthAt, type Known } from './known'

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
const truths = (known: Known, xs: number[][]): number[] => xs.map((x) => truthAt(known, x).logX)

describe('logSumExp', () => {
  it('takes a part of an array with a stride, and handles large numbers', () => {
    const values = [0, 1000, 5, 1000 + Math.log(3), 7]
    nearNumber(logSumExp(values, 1, 2, 2), 1000 + Math.log(4), 1e-12)
    assert.equal(logSumExp([-Infinity, -Infinity]), -Infinity)
    nearNumber(logSumExp([-1e4, -Infinity]), -1e4, 1e-12)
  })
})

describe('logLikelihood', () => {
  it('takes the mean inside the logarithm, separately for each data point', () => {
    const e = {
      size: 2,
      samples: 2,
      components: 2,
      logRatio: Float32Array.from([0, 1, 2, 3, -50, -51, -52, -53]),
    }
    const of = (...logs: number[]): number => Math.log(average(logs.map(Math.exp)))
    near(pointLogLikelihoods(e), [of(0, 1, 2, 3), of(0, -1, -2, -3) - 50], 1e-12)
  })

  it('is the evidence to rounding when the proposal is the exact posterior', () => {
    const random = new Random(1)
    const xs = drawX(linear, 50, random)
    const e = evaluationByHand(linear, xs, exactInference(linear), { samples: 2, random })
    near(pointLogLikelihoods(e), truths(linear, xs), 1e-5)
    nearNumber(logLikelihood(e).value, average(truths(linear, xs)), 1e-6)
    const many = drawX(mixture, 50, random)
    const withW = evaluationByHand(mixture, many, exactInference(mixture), { samples: 2, random })
    near(pointLogLikelihoods(withW), truths(mixture, many), 1e-5)
  })

  it('has the theoretical bias of a poor proposal, at rate 1/S', () => {
    const known = standard([1], 1)
    const xs = drawX(known, 8000, new Random(2))
    const exact = truths(known, xs)
    // q = N(m + δ, (c s)²) about the posterior N(m, s²): E[weight²]/E[weight]² = c² exp(δ²/(s²(2c² − 1)))/√(2c² − 1).
    const [c, delta] = [1.6, 0.3]
    const s = Math.sqrt(0.5)
    const squares = (c ** 2 / Math.sqrt(2 * c ** 2 - 1)) * Math.exp(delta ** 2 / (s ** 2 * (2 * c ** 2 - 1)))
    for (const samples of [4, 16]) {
      const e = evaluationByHand(
        known,
        xs,
        {
          qw: () => [1],
          q: (x) => {
            const { mean, sd } = posteriorGivenW(known, x, 0)
            return [{ mean: [mean[0] + delta], sd: [c * sd[0]] }]
          },
        },
        { samples, priorSamples: 1, random: new Random(3 + samples) },
      )
      const errors = pointLogLikelihoods(e).map((log, i) => log - exact[i])
      const noise = Math.sqrt(average(errors.map((d) => d * d)) / xs.length)
      const bias = average(errors)
      const theory = -(squares - 1) / (2 * samples)
      assert.ok(theory < -5 * noise, 'the test can see the bias')
      // The next term of the series is of order 1/S².
      assert.ok(
        Math.abs(bias - theory) < 4 * noise + 2 * theory ** 2,
        `S = ${samples}: bias ${bias}, theory ${theory}, noise ${noise}`,
      )
    }
  })

  it('has a calibrated standard error', () => {
    const known = standard([1], 0.5)
    const total = 0.5 ** 2 + 1
    calibrated(-0.5 * Math.log(2 * Math.PI * Math.E * total), (random) =>
      logLikelihood(
        evaluationByHand(known, drawX(known, 100, random), exactInference(known), { samples: 1, random }),
      ),
    )
  })
})

describe('elbo', () => {
  it('is the reconstruction minus every KL', () => {
    const e = {
      size: 2,
      latent: 2,
      reconstruction: Float64Array.of(-10, -20),
      klZ: Float32Array.of(1, 2, 3, 4),
      klW: Float64Array.of(0.5, 0.25),
    }
    near(pointElbos(e), [-13.5, -27.25], 1e-12)
  })

  it('is the evidence on average when q is the exact posterior', () => {
    const random = new Random(4)
    const xs = drawX(mixture, 2000, random)
    const e = evaluationByHand(mixture, xs, exactInference(mixture), { samples: 10, random })
    const gap = pointElbos(e).map((bound, i) => bound - truthAt(mixture, xs[i]).logX)
    const noise = Math.sqrt(average(gap.map((g) => g * g)) / xs.length)
    assert.ok(Math.abs(average(gap)) < 4 * noise && noise < 0.02, `${average(gap)} ± ${noise}`)
    nearNumber(elbo(e).value, average(pointElbos(e)), 1e-12)
  })
})
