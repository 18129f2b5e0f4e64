import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { negativeBinomial, type NegativeBinomialOptions } from '../../src/distributions/negativeBinomial'
import { poisson } from '../../src/distributions/poisson'
import { Draws, drawKey } from '../../src/compute/draws'
import { inverseSoftplus, Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { logNegativeBinomial } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { numbers } from '../support/tables'

/** x, μ, α and scipy.stats.nbinom.logpmf(x, 1/α, 1/(1 + αμ)), SciPy 1.17.1. */
const SCIPY = [
  [0, 0.3, 2, -0.2350018146],
  [1, 0.3, 2, -1.908978248],
  [7, 0.3, 2, -8.663968653],
  [6358, 0.3, 2, -6241.298512],
  [0, 4, 0.5, -2.197224577],
  [1, 4, 0.5, -1.909542505],
  [7, 4, 0.5, -2.956038792],
  [58, 4, 0.5, -21.6366634],
  [0, 60, 0.1, -19.45910149],
  [58, 60, 0.1, -3.921025704],
  [690, 60, 0.1, -79.72975355],
  [0, 700, 0.02, -135.4025101],
  [7, 700, 0.02, -116.6235683],
  [690, 700, 0.02, -5.541078931],
  [6358, 700, 0.02, -289.3167704],
  [0, 3000, 1, -8.006700845],
  [58, 3000, 1, -8.026030957],
  [6358, 3000, 1, -10.12568104],
] as const

const bound = (dispersion: number, more: NegativeBinomialOptions = {}) =>
  negativeBinomial(1, { dispersion, ...more }).bind(Parameters.from(1))
const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** log p of counts in one column, all of the same η. */
const logProbs = (x: readonly number[], eta: number, dispersion: number): number[] =>
  numbers(() => bound(dispersion).logProb(tf.tensor2d([...x], [x.length, 1]), tf.tensor2d([[eta]])))

onEachEngine('negativeBinomial', () => {
  it("has SciPy's log p(x|η), where p is small and where it is not", () =>
    expectNoLeaks(() => {
      for (const [x, mu, alpha, expected] of SCIPY) {
        const [found] = logProbs([x], Math.log(mu), alpha)
        nearNumber(found, expected, 3e-6 * Math.max(5, -expected), `x ${x}, μ ${mu}, α ${alpha}`)
      }
    }))

  it('sums to one over counts', () => {
    for (const [mu, alpha, most] of [
      [0.5, 2, 400],
      [7, 0.5, 800],
      [50, 0.05, 1000],
      [300, 1e-4, 1000],
    ]) {
      const sum = logProbs(range(most), Math.log(mu), alpha).reduce((s, v) => s + Math.exp(v), 0)
      nearNumber(sum, 1, 1e-4, `μ ${mu}, α ${alpha}`)
    }
  })

  it('is nearly Poisson’s where the dispersion is least', () => {
    const x = [0, 1, 3, 9]
    const counts = tf.tensor2d(x, [4, 1])
    const plain = numbers(() =>
      poisson(1)
        .bind(Parameters.from(1))
        .logProb(counts, tf.tensor2d([[1]])),
    )
    counts.dispose()
    near(logProbs(x, 1, 1e-4), plain, 3e-3)
  })

  it('stays finite for log-means from −80 to 200, and falls there by what a count costs', () => {
    const [none, three] = logProbs([0, 3], -80, 0.5)
    nearNumber(none, 0, 1e-6)
    // log 4 + 3 (η − log 2): Γ(5)/(Γ(2) 3!) = 4, and μ/r = e^η/2.
    nearNumber(three, Math.log(4) + 3 * (-80 - Math.log(2)), 1e-3)
    // r (log r − η) where e^η is far above: log 4 + 2 (log 2 − 200).
    const [, large] = logProbs([0, 3], 200, 0.5)
    nearNumber(large, Math.log(4) + 2 * (Math.log(2) - 200), 1e-3)
  })

  it('has the gradient of its value in η and in the dispersion,', () =>
    expectNoLeaks(() => {
      for (const [x, eta, alpha] of [
        [0, 0.4, 0.7],
        [3, -2.5, 0.7],
        [20, 2.2, 0.05],
        [690, 6.9, 0.02],
        [690, 1, 3],
      ]) {
        const r = 1 / alpha
        const mu = Math.exp(eta)
        const parameters = Parameters.from(1)
        const likelihood = negativeBinomial(1).bind(parameters)
        const free = parameters.variables.get('dispersion')!
        tf.tidy(() => free.assign(tf.scalar(inverseSoftplus(alpha - 1e-4))))
        const score = (e: tf.Tensor): tf.Scalar =>
          tf.sum(likelihood.logProb(tf.tensor2d([[x]]), tf.reshape(e, [1, 1])))
        const [found] = numbers(() => tf.grad(score)(tf.scalar(eta)))
        // d/dη: r (x − μ)/(r + μ).
        nearNumber(found, (r * (x - mu)) / (r + mu), 2e-5 * Math.max(1, Math.abs(found)), `x ${x}, η`)
        const [inAlpha] = numbers(
          () => tf.variableGrads(() => score(tf.scalar(eta)), [free]).grads[free.name],
        )
        // d/dα by central differences of doubles, times dα/dfree = 1 − e^{−softplus(free)}.
        const at = (a: number): number => inDoubles(x, mu, a)
        const h = 1e-4 * alpha
        const slope = ((at(alpha + h) - at(alpha - h)) / (2 * h)) * -Math.expm1(1e-4 - alpha)
        nearNumber(inAlpha, slope, 1e-3 * Math.max(1, Math.abs(slope)), `x ${x}, α`)
        parameters.dispose()
      }
    }))

  it('has the symmetric KL that enumeration gives', () => {
    const [a, b, alpha] = [0.5, 1.7, 0.4]
    const [p, q] = [a, b].map((eta) => logProbs(range(600), eta, alpha))
    const expected = p.reduce((sum, v, x) => sum + (Math.exp(v) - Math.exp(q[x])) * (v - q[x]), 0)
    const divergence = (u: number, v: number): number =>
      numbers(() => bound(alpha).divergence(tf.tensor2d([[u]]), tf.tensor2d([[v]])))[0]
    nearNumber(divergence(a, b), expected, 1e-5)
    assert.equal(divergence(a, a), 0)
  })

  it('draws counts of its mean and variance, the same from the same key', () =>
    expectNoLeaks(() => {
      const count = 40000
      for (const [mu, alpha] of [
        [0.5, 3],
        [5, 0.5],
        [80, 0.1],
      ]) {
        const draw = (seed: number): number[] =>
          numbers(() => bound(alpha).sample(tf.fill([count, 1], Math.log(mu)), new Draws(drawKey(seed, 0))))
        const x = draw(5)
        assert.ok(x.every((v) => Number.isInteger(v) && v >= 0))
        const mean = x.reduce((s, v) => s + v, 0) / count
        const variance = mu + alpha * mu * mu
        const found = x.reduce((s, v) => s + (v - mu) ** 2, 0) / count
        const fourth = x.reduce((s, v) => s + (v - mu) ** 4, 0) / count
        nearNumber(mean, mu, 5 * Math.sqrt(variance / count), `mean at μ ${mu}`)
        nearNumber(found, variance, 5 * Math.sqrt(fourth / count), `variance at μ ${mu}`)
        assert.deepEqual(draw(5), x)
        assert.notDeepEqual(draw(6), x)
      }
    }))

  it('learns a dispersion from 1 on, and starts η at the logarithm of the mean', () => {
    const parameters = Parameters.from(1)
    const likelihood = negativeBinomial(2)
    const learned = likelihood.bind(parameters)
    const [x, eta] = [tf.tensor2d([[3, 0]]), tf.tensor2d([[1, 0]])]
    nearNumber(numbers(() => learned.logProb(x, eta))[0], inDoubles(3, Math.E, 1) + inDoubles(0, 1, 1), 1e-5)
    near(likelihood.etaOfMean(Float32Array.of(0, 20)), [Math.log(0.01), Math.log(20)], 1e-6)
    tf.dispose([x, eta])
    parameters.dispose()
  })

  it('refuses a dispersion, a depth or a width that is none', () => {
    for (const dim of [0, 2.5]) assert.throws(() => negativeBinomial(dim), ArgumentError)
    for (const dispersion of [0, -1, NaN, 1e-6, 'free' as never])
      assert.throws(
        () => negativeBinomial(2, { dispersion }),
        /`dispersion` must be a number ≥ 0\.0001 or 'learned', got/,
      )
    assert.throws(() => negativeBinomial(2, { depth: 0 }), ArgumentError)
    assert.throws(() => negativeBinomial(2, { encode: 'log' as never }), /'log1p' or 'counts'/)
  })
})

/** The same in doubles. */
const inDoubles = (x: number, mu: number, alpha: number): number => logNegativeBinomial(x, mu, 1 / alpha)
