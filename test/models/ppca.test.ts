import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { advi } from '../../src/inference/advi'
import { ppca, type Ppca } from '../../src/models/ppca'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { Random } from '../support/random'

const random = new Random(1)
const weights = (latent: number, dim: number): number[][] =>
  Array.from({ length: latent }, () => Array.from({ length: dim }, () => 2 * random.normal()))
const twoUnits = ppca({ weights: weights(2, 5), sigma: 0.8, mean: [1, 0, -1, 0, 2] })
const { x } = twoUnits.sample({ size: 3, seed: 1 })

/**
 * E over p(x|z) p(z) of 1, z, zzᵀ, log p(x|z) … by the trapezoidal rule on a grid about the posterior, which
 * converges exponentially.
 */
function quadrature(model: Ppca, row: Float64Array, center: number[], sd: number[]) {
  const points = 161
  const at = (u: number, i: number): number => center[u] + sd[u] * 9 * ((2 * i) / (points - 1) - 1)
  const z = new Float64Array(2 * points * points)
  for (let i = 0; i < points; i++)
    for (let j = 0; j < points; j++) z.set([at(0, i), at(1, j)], 2 * (i * points + j))
  const log = model
    .logLikelihood(row, z)
    .map((value, k) => value - (z[2 * k] ** 2 + z[2 * k + 1] ** 2) / 2 - Math.log(2 * Math.PI))
  const most = Math.max(...log)
  const cell = (18 / (points - 1)) ** 2 * sd[0] * sd[1]
  const weight = log.map((value) => Math.exp(value - most))
  const total = weight.reduce((sum, value) => sum + value, 0)
  const expect = (f: (z1: number, z2: number) => number): number =>
    weight.reduce((sum, w, k) => sum + (w / total) * f(z[2 * k], z[2 * k + 1]), 0)
  return { logEvidence: most + Math.log(total * cell), expect }
}

describe('ppca', () => {
  it('has evidence, posterior and KL that agree with quadrature to 1e-6', () => {
    for (const model of [
      twoUnits,
      ppca({ weights: [twoUnits.weights[0], [0, 0, 0, 0, 0]], sigma: 0.3 }),
      ppca({ weights: twoUnits.weights, sigma: 0.1 }),
    ])
      for (let i = 0; i < 3; i++) {
        const row = x.slice(5 * i, 5 * i + 5)
        const { mean, covariance } = model.posterior(row)
        const sd = [0, 1].map((u) => Math.sqrt(covariance[u][u]))
        // Correlated units need a grid as fine as the narrow direction: about the same, since D is larger than 2 here.
        const { logEvidence, expect } = quadrature(model, row, Array.from(mean), sd)
        nearNumber(model.logEvidence(row)[0], logEvidence, 1e-6, 'evidence')
        near(mean, [expect((a) => a), expect((_, b) => b)], 1e-6, 'mean')
        near(
          covariance.flat(),
          [
            expect((a) => (a - mean[0]) ** 2),
            expect((a, b) => (a - mean[0]) * (b - mean[1])),
            expect((a, b) => (a - mean[0]) * (b - mean[1])),
            expect((_, b) => (b - mean[1]) ** 2),
          ],
          1e-6,
          'covariance',
        )
        // KL(p(z|x) ‖ p(z)) = E log p(x|z) − log p(x).
        const fit = expect((a, b) => model.logLikelihood(row, [a, b])[0])
        nearNumber(model.kl(row)[0], fit - logEvidence, 1e-6, 'KL')
      }
  })

  it('has a flatness equal to log p(x) − E log p(x|z) under the prior, in closed form', () => {
    for (let i = 0; i < 3; i++) {
      const row = x.slice(5 * i, 5 * i + 5)
      const [atZero] = twoUnits.logLikelihood(row, [0, 0])
      const size = twoUnits.weights.flat().reduce((sum, w) => sum + w * w, 0)
      const expected = atZero - size / (2 * 0.8 ** 2)
      nearNumber(twoUnits.flatness(row)[0], twoUnits.logEvidence(row)[0] - expected, 1e-9)
    }
  })

  it('is non-identifiable in an unused unit: posterior equals prior and flatness is 0, both to 1e-6', () => {
    const model = ppca({ weights: [[0, 0, 0, 0, 0], twoUnits.weights[0]], sigma: 0.5 })
    const data = model.sample({ size: 50, seed: 2 }).x
    const { mean, covariance } = model.posterior(data)
    const units = model.unitFlatness(data)
    for (let i = 0; i < 50; i++) {
      near([mean[2 * i], units[2 * i]], [0, 0], 1e-6)
      assert.ok(units[2 * i + 1] > 1)
    }
    near([covariance[0][0], covariance[0][1]], [1, 0], 1e-6)
  })

  it('differs more from the prior as σ falls, and as an unused unit is used', () => {
    const row = x.slice(0, 5)
    let last = Infinity
    let lastKl = Infinity
    for (const sigma of [0.1, 0.2, 0.5, 1, 2, 1e4]) {
      const model = ppca({ weights: twoUnits.weights, sigma })
      const [flat] = model.flatness(row)
      const information = model.mutualInformation()
      assert.ok(flat < last && information < lastKl, `σ = ${sigma}: F = ${flat}`)
      last = flat
      lastKl = information
    }
    near([last, lastKl], [0, 0], 1e-5)
    let used = -1
    for (const scale of [0, 0.1, 0.3, 1]) {
      const model = ppca({
        weights: [twoUnits.weights[0], twoUnits.weights[1].map((w) => scale * w)],
        sigma: 1,
      })
      const unit = model.unitFlatness(row)[1]
      assert.ok(unit > used)
      used = unit
    }
  })

  it('has the mutual information of a linear Gaussian channel, and the same evidence when rotated', () => {
    const one = ppca({ weights: [[3, 4]], sigma: 2 })
    nearNumber(one.mutualInformation(), 0.5 * Math.log(1 + 25 / 4), 1e-12)
    const turned = twoUnits.rotated()
    near(turned.logEvidence(x), twoUnits.logEvidence(x), 1e-9)
    near(turned.flatness(x), twoUnits.flatness(x), 1e-9)
    nearNumber(turned.posterior(x).covariance[0][1], 0, 1e-12)
    assert.ok(turned.posterior(x).covariance[0][0] <= turned.posterior(x).covariance[1][1])
  })

  it('has a target whose value and gradient are those of p(x, z)', () => {
    const row = x.slice(0, 5)
    const target = twoUnits.target(row)
    const u = Float64Array.of(0.3, -1.2)
    const gradient = new Float64Array(2)
    const value = target.logDensity(u, gradient)
    near(
      gradient,
      finiteDifferences(() => target.logDensity(u), u),
      1e-6,
    )
    nearNumber(
      value,
      twoUnits.logLikelihood(row, u)[0] - (0.3 ** 2 + 1.2 ** 2) / 2 - Math.log(2 * Math.PI),
      1e-12,
    )
  })

  it('full-rank variational inference is within 0.02 standard deviations and 3 % of the covariance, at every σ', () => {
    for (const sigma of [0.1, 0.2, 0.5, 1, 2]) {
      const model = ppca({ weights: twoUnits.weights, sigma })
      const row = x.slice(5, 10)
      const { mean, covariance } = model.posterior(row)
      const q = advi(model.target(row), { family: 'full-rank', seed: 1 })
      for (const u of [0, 1]) {
        const off = (q.mean[u] - mean[u]) / Math.sqrt(covariance[u][u])
        assert.ok(Math.abs(off) < 0.02, `σ = ${sigma}: mean of z${u + 1} is off by ${off} sd`)
      }
      const size = Math.sqrt(covariance[0][0] * covariance[1][1])
      near(
        [q.covariance[0][0] / covariance[0][0], q.covariance[1][1] / covariance[1][1]],
        [1, 1],
        0.03,
        `σ = ${sigma}: variances`,
      )
      nearNumber((q.covariance[0][1] - covariance[0][1]) / size, 0, 0.03, `σ = ${sigma}: covariance`)
      nearNumber(q.elbo.value, model.logEvidence(row)[0], 0.002)
    }
  })

  it('draws from the distribution it claims', () => {
    const model = ppca({ weights: [[1, 2, 0]], sigma: 0.5, mean: [0, 0, 3] })
    const { x: drawn } = model.sample({ size: 20_000, seed: 3 })
    const second = (i: number, j: number): number => {
      let sum = 0
      for (let n = 0; n < 20_000; n++)
        sum += (drawn[3 * n + i] - model.mean[i]) * (drawn[3 * n + j] - model.mean[j])
      return sum / 20_000
    }
    near([second(0, 0), second(0, 1), second(1, 1), second(2, 2)], [1.25, 2, 4.25, 0.25], 0.04)
  })

  it('refuses what cannot work', () => {
    assert.throws(() => ppca({ weights: [[1, 2], [3]], sigma: 1 }), /`weights` must be/)
    assert.throws(() => ppca({ weights: [[1], null as never], sigma: 1 }), /`weights` must be/)
    assert.throws(
      () => twoUnits.kl([[0, 1, null as never, 2, 3]]),
      /`x\[0\]\[2\]` must be a finite number, got null/,
    )
    assert.throws(() => twoUnits.kl([0, 1n as never, 0, 2, 3]), /`x\[1\]` must be a finite number/)
    assert.throws(() => twoUnits.sample({ size: 1, seed: -1 }), /`seed` must be .*, got -1/)
    assert.throws(() => ppca({ weights: [[1]], sigma: 0 }), /`sigma` must be .*, got 0/)
    assert.throws(() => ppca({ weights: [[1]], sigma: 1e-160 }), /`sigma` must be .*, got 1e-160/)
    assert.throws(() => twoUnits.target(x), /`x` must be one data point of 5 numbers, got .*/)
    assert.throws(() => twoUnits.posterior([1, 2, 3]), /`x` must be at least one row of 5 numbers, got/)
    assert.throws(
      () => twoUnits.logLikelihood(x.slice(0, 5), [1, 2, 3]),
      /`z` must be at least one row of 2 numbers, got/,
    )
    assert.throws(
      () => ppca({ weights: [[1, 2]], sigma: 1, mean: [0] }),
      /`mean` must be 2 finite numbers, .*, got an Array/,
    )
  })
})
