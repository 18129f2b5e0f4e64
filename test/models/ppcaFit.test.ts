import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ppca } from '../../src/models/ppca'
import { fitPpca } from '../../src/models/ppcaFit'
import { near, nearNumber } from '../support/near'

const truth = ppca({
  weights: [
    [2, -1, 0.5, 1, 0],
    [0, 1, 1, -1, 2],
  ],
  sigma: 0.5,
})
const { x } = truth.sample({ size: 500, seed: 1 })
const logX = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

describe('fitPpca', () => {
  it('in closed form has a higher likelihood than the truth and its neighbours, and finds W Wᵀ and σ', () => {
    const [{ model, objective }] = fitPpca(x, { latent: 2, dim: 5 })
    assert.ok(objective > logX(truth.logEvidence(x)))
    nearNumber(model.sigma, 0.5, 0.03)
    for (const factor of [0.97, 1.03]) {
      const { weights, sigma, mean } = model
      for (const other of [
        ppca({ weights, sigma: factor * sigma, mean }),
        ppca({ weights: weights.map((row) => row.map((w) => factor * w)), sigma, mean }),
      ])
        assert.ok(logX(other.logEvidence(x)) < objective)
    }
    const expected = truth.rotated().weights.map((row) => row.reduce((sum, w) => sum + w * w, 0))
    const found = model.weights.map((row) => row.reduce((sum, w) => sum + w * w, 0))
    found.forEach((length, k) => nearNumber(length / expected[k], 1, 0.2))
  })

  it('EM reaches the same likelihood from every start', () => {
    const [{ objective }] = fitPpca(x, { latent: 2, dim: 5 })
    for (const fit of fitPpca(x, { latent: 2, dim: 5, estimator: 'em', seed: 1 }))
      nearNumber((fit.objective - objective) / 500, 0, 1e-5)
  })

  it('the bound with independent units reaches the same likelihood too, rotated so that they are independent', () => {
    const [{ objective }] = fitPpca(x, { latent: 2, dim: 5 })
    const [fit] = fitPpca(x, { latent: 2, dim: 5, estimator: 'variational', seed: 1, iterations: 10_000 })
    nearNumber((fit.objective - objective) / 500, 0, 1e-4)
    const { covariance } = fit.model.posterior(x.slice(0, 5))
    near([covariance[0][1]], [0], 1e-3)
    assert.ok(fit.objective <= logX(fit.model.logEvidence(x)) + 1e-9)
  })

  it('takes rows in arrays of their own, whose length is the dimension', () => {
    const rows = Array.from({ length: 500 }, (_, i) => Array.from(x.slice(5 * i, 5 * i + 5)))
    assert.deepEqual(truth.logEvidence(rows), truth.logEvidence(x))
    assert.equal(fitPpca(rows, { latent: 2 })[0].objective, fitPpca(x, { latent: 2, dim: 5 })[0].objective)
    assert.throws(
      () => truth.logEvidence([rows[0], [1, 2]]),
      /`x\[1\]` must be a row of 5 numbers, got an Array of length 2/,
    )
    assert.throws(
      () => truth.logEvidence([rows[0], [1, 2, NaN, 4, 5]]),
      /`x\[1\]\[2\]` must be a finite number, got NaN/,
    )
  })

  it('asks for the dimension of plain numbers', () => {
    assert.throws(() => fitPpca([1, 2, 3, 4, 5, 6], { latent: 2 }), /`dim` must be .*latent: 2, dim: 3/)
    assert.throws(() => fitPpca(undefined as never, { latent: 2 }), /`x` must be at least one row/)
  })

  it('refuses data that determine nothing, and says why', () => {
    assert.throws(() => fitPpca(x, { latent: 5, dim: 5 }), /`latent` must be .*, got 5/)
    assert.throws(() => fitPpca(x, { latent: 2, dim: 5, seed: -1 }), /`seed` must be .*, got -1/)
    assert.throws(
      () => fitPpca(x, { latent: 2, dim: 5, estimator: 'ml' as never }),
      /`estimator` must be .*, got 'ml'/,
    )
    // Two rows lie on a line.
    for (const estimator of ['maximum likelihood', 'em', 'variational'] as const)
      assert.throws(
        () => fitPpca(x.slice(0, 10), { latent: 2, dim: 5, estimator }),
        /`x` must be data that vary in more than 2 directions, got data that vary in 1\./,
      )
  })
})
