import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { elbo } from '../../src/metrics/logLikelihood'
import { rateDistortion } from '../../src/metrics/rateDistortion'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'
import { evaluationByHand } from './byHand'
import { calibrated } from './calibration'
import { average, drawX, exactInference, normalKl, standard, truthAt, type Known } from './known'

const linear = standard([1.5, -0.7], 0.8)
const mixture: Known = {
  slopes: [1, 0.5],
  sigma: 0.6,
  means: [
    [-1, 0],
    [1, 0.5],
  ],
  sds: [
    [0.5, 1],
    [0.7, 0.4],
  ],
}

describe('rateDistortion', () => {
  it('is KL in closed form for the linear model, with the remaining distortion', () => {
    const xs = drawX(linear, 400, new Random(1))
    const { rate, distortion } = rateDistortion(
      evaluationByHand(linear, xs, exactInference(linear), { samples: 50 }),
    )
    const truths = xs.map((x) => truthAt(linear, x))
    const kl = average(
      truths.map(({ posteriors: [{ mean, sd }] }) =>
        mean.reduce((sum, m, u) => sum + normalKl(m, sd[u], 0, 1), 0),
      ),
    )
    nearNumber(rate.value, kl, 1e-5)
    // E_q log p(x|z) = log p(x) + KL for the exact posterior.
    const exact = -average(truths.map(({ logX }) => logX)) - kl
    assert.ok(
      Math.abs(distortion.value - exact) < 0.03 && distortion.standardError > 0.01,
      `${distortion.value}, ${exact}`,
    )
  })

  it('adds up to −ELBO, w included, and has no rate where q is the prior', () => {
    const xs = drawX(mixture, 50, new Random(2))
    const e = evaluationByHand(mixture, xs, exactInference(mixture), { samples: 3 })
    const { rate, distortion } = rateDistortion(e)
    nearNumber(rate.value + distortion.value, -elbo(e).value, 1e-12)
    assert.ok(average(e.klW) > 0.1)
    nearNumber(rate.value, average(e.klW) + 2 * average(e.klZ), 1e-9)
    const atPrior = { qw: () => [1], q: () => [{ mean: [0, 0], sd: [1, 1] }] }
    const collapsed = rateDistortion(evaluationByHand(linear, drawX(linear, 20, new Random(3)), atPrior))
    nearNumber(collapsed.rate.value, 0, 1e-9)
    assert.match(collapsed.rate.estimator, /closed-form KL, 20 data points/)
  })

  it('has a calibrated standard error', () => {
    // E_x KL for x ~ N(0, a² + σ²): the mean of the squared posterior mean is a²/(a² + σ²).
    const known = standard([1], 1)
    const exact = (0.5 + 0.5 - 1 + Math.log(2)) / 2
    calibrated(exact, (random) => {
      const xs = drawX(known, 100, random)
      return rateDistortion(
        evaluationByHand(known, xs, exactInference(known), { samples: 1, priorSamples: 1, random }),
      ).rate
    })
  })
})
