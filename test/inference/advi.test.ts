import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { advi } from '../../src/inference/advi'
import { near, nearNumber } from '../support/near'
import { normalTarget } from './targets'

const covariance: [[number, number], [number, number]] = [
  [0.04, 0.27],
  [0.27, 9],
]
const target = normalTarget([1, -4], covariance)

describe('advi', () => {
  it('full-rank finds a normal exactly, and its bound is the log normaliser', () => {
    const q = advi(target, { family: 'full-rank', seed: 1 })
    near([(q.mean[0] - 1) / 0.2, (q.mean[1] + 4) / 3], [0, 0], 0.02, 'mean')
    q.covariance.forEach((row, i) =>
      row.forEach((value, j) => nearNumber(value / covariance[i][j], 1, 0.03, `covariance[${i}][${j}]`)),
    )
    nearNumber(q.elbo.value, 0, 0.005)
    nearNumber(q.logDensity([1, -4]), target.logDensity(Float64Array.of(1, -4)), 0.01)
  })

  it('mean-field has the mean, the variances 1/precision, and a bound lower by the known gap', () => {
    const q = advi(target, { seed: 1 })
    const correlation = 0.27 ** 2 / (0.04 * 9)
    near([(q.mean[0] - 1) / 0.2, (q.mean[1] + 4) / 3], [0, 0], 0.03, 'mean')
    nearNumber(q.covariance[0][0] / (0.04 * (1 - correlation)), 1, 0.03)
    nearNumber(q.covariance[1][1] / (9 * (1 - correlation)), 1, 0.03)
    assert.equal(q.covariance[0][1], 0)
    nearNumber(q.elbo.value, Math.log(1 - correlation) / 2, 4 * q.elbo.standardError + 0.01)
  })

  it('draws from what it found', () => {
    const q = advi(target, { family: 'full-rank', seed: 1 })
    const { first, second } = q.sample(4000, 3)
    const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length
    nearNumber((mean(first) - 1) / 0.2, 0, 0.06)
    const product = mean(first.map((value, i) => (value - 1) * (second[i] + 4)))
    nearNumber(product / 0.27, 1, 0.1)
  })

  it('refuses an unknown family', () => {
    assert.throws(() => advi(target, { family: 'flow' as never }), /`family` must be .*, got 'flow'/)
  })

  it('refuses a target without a gradient, and points of another dimension', () => {
    const flat = { ...target, logDensity: (u: Float64Array) => -u[0] * u[0] }
    assert.throws(
      () => advi(flat),
      /`target.logDensity` must be a function .*, got one that writes no gradient/,
    )
    const q = advi(target, { steps: 2 })
    assert.throws(() => q.sample(1, -1), /`seed` must be an integer ≥ 0, got -1/)
    assert.throws(() => q.logDensity([1]), /`u` must be 2 unconstrained parameters, .*, got an Array/)
  })
})
