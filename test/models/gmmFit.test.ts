import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { beta } from '../../src/distributions/beta'
import { gmm } from '../../src/models/gmm'
import type { GmmEstimator } from '../../src/models/gmmEstimators'
import { fitGmm } from '../../src/models/gmmFit'
import { near, nearNumber } from '../support/near'

const estimators: GmmEstimator[] = ['maximum likelihood', 'evidence', 'variational']
const truth = gmm({ mean: [-2, 2], sd: [1, 0.5] })
const { x } = truth.sample({ size: 1500, alpha: 0.4, seed: 1 })

describe('fitGmm', () => {
  for (const estimator of estimators)
    it(`finds θ of well-separated components: ${estimator}`, () => {
      const [best] = fitGmm(x, { estimator, starts: 3, seed: 1 })
      const [low, high] = best.model.mean[0] < best.model.mean[1] ? [0, 1] : [1, 0]
      near([best.model.mean[low], best.model.mean[high]], [-2, 2], 0.1)
      near([best.model.sd[low], best.model.sd[high]], [1, 0.5], 0.1)
      nearNumber(low === 0 ? best.alpha : 1 - best.alpha, 0.4, 0.05)
    })

  it('is at a maximum of its objective', () => {
    const [best] = fitGmm(x, { estimator: 'evidence', starts: 3, seed: 1, iterations: 2000 })
    nearNumber(best.objective, best.model.posterior(x).logEvidence, 1e-8)
    const [ml] = fitGmm(x, { estimator: 'maximum likelihood', starts: 3, seed: 1, iterations: 2000 })
    nearNumber(ml.objective, ml.model.logLikelihood(x, [ml.alpha])[0], 1e-8)
    const { mean, sd } = best.model
    for (const [k, by] of [
      [0, 0.02],
      [0, -0.02],
      [1, 0.02],
      [1, -0.02],
    ]) {
      const moved = (values: readonly [number, number]): [number, number] =>
        values.map((value, i) => value + (i === k ? by : 0)) as [number, number]
      for (const other of [gmm({ mean: moved(mean), sd }), gmm({ mean, sd: moved(sd) })])
        assert.ok(other.posterior(x).logEvidence < best.objective)
    }
  })

  it('has a variational bound that lies below the evidence', () => {
    const [best] = fitGmm(x, { estimator: 'variational', starts: 2, seed: 1 })
    const gap = best.model.posterior(x).logEvidence - best.objective
    assert.ok(gap > 0 && gap < 5, String(gap))
  })

  it('keeps both components equal when it starts there: the posterior of α is its prior', () => {
    const single = gmm({ mean: [-1, -1] }).sample({ size: 1000, seed: 2 }).x
    for (const estimator of estimators) {
      const fits = fitGmm(single, { estimator, starts: 2, iterations: 50, seed: 1 })
      const equal = fits.find(({ start }) => start === 'equal components')!
      nearNumber(equal.model.mean[0], equal.model.mean[1], 1e-9)
      near([equal.model.posterior(single).flatness], [0], 1e-6)
    }
  })

  it('fits an outlier, and data of which one component may keep nothing', () => {
    const far = Float64Array.from([
      ...gmm({ mean: [0, 0.1] }).sample({ size: 200, alpha: 0.5, seed: 3 }).x,
      30,
    ])
    for (const data of [far, [0, 0, 1], [0, 1, 5], [0, 0, 0, 0, 100]])
      for (const estimator of estimators)
        for (const { model, objective } of fitGmm(data, { estimator })) {
          assert.ok([...model.mean, ...model.sd, objective].every(Number.isFinite))
        }
    const [{ model }] = fitGmm(far)
    assert.ok(Math.max(...model.mean) > 25, 'the outlier has a component')
  })

  it('gives the mean of q(α), which for few data is not the odds that EM goes on with', () => {
    const [{ alpha }] = fitGmm([0, 0.1, 0.2, 5], { estimator: 'variational', prior: beta(1, 1), starts: 1 })
    // Equal components: q(α) = Beta(1 + 2, 1 + 2).
    nearNumber(alpha, 0.5, 1e-6)
    const fits = fitGmm([0, 0.1, 0.2, 5], { estimator: 'variational', prior: beta(1, 1) })
    const apart = fits.find(({ model }) => Math.abs(model.mean[0] - model.mean[1]) > 4)!
    const share = apart.alpha > 0.5 ? apart.alpha : 1 - apart.alpha
    // Three of one component and one of the other: Beta(1 + 3, 1 + 1).
    nearNumber(share, 4 / 6, 1e-3)
  })

  it('refuses data that determine nothing, and says why', () => {
    assert.throws(() => fitGmm([2, 2, 2]), /`x` must be two or more different values, got 3 values, all 2/)
    assert.throws(
      () => fitGmm([1, 2], { estimator: 'toString' as never }),
      /`estimator` must be .*, got 'toString'/,
    )
    assert.throws(() => fitGmm([1, Infinity]), /`x\[1\]` must be .*, got Infinity/)
    assert.throws(() => fitGmm([1, 2], { prior: {} as never }), /`prior` must be/)
  })
})
