import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { gaussian, type GaussianOptions } from '../../src/distributions/gaussian'
import { Draws, drawKey } from '../../src/compute/draws'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { numbers, readWeights, rowsOf } from '../support/tables'
import { softplus } from '../support/convexReference'

const direct = (x: number[], eta: number[], sigma: number): number =>
  x.reduce(
    (sum, xi, i) =>
      sum + Math.log(Math.exp(-((xi - eta[i]) ** 2) / (2 * sigma ** 2)) / (sigma * Math.sqrt(2 * Math.PI))),
    0,
  )

function made(dim: number, options: GaussianOptions = {}) {
  const parameters = Parameters.from(1)
  return { parameters, bound: gaussian(dim, options).bind(parameters) }
}

onEachEngine('gaussian', () => {
  it('has log p(x|η) summed over features, for σ fixed', () =>
    expectNoLeaks(() => {
      const { bound } = made(3, { sigma: 0.6 })
      const random = new Random(1)
      const [x, eta] = [random.normals(12), random.normals(12)]
      near(
        numbers(() => bound.logProb(tf.tensor2d(x, [4, 3]), tf.tensor2d(eta, [4, 3]))),
        rowsOf(x, 3).map((row, n) => direct(row, rowsOf(eta, 3)[n], 0.6)),
        1e-6,
      )
    }))

  it('has the gradient of its value in η and in the learned σ', () =>
    expectNoLeaks(() => {
      const { parameters, bound } = made(3, { sigma: 'learned', floor: 0.1 })
      const sigma = parameters.variables.get('sigma')
      assert.ok(sigma)
      tf.tidy(() => sigma.assign(tf.scalar(-0.4)))
      const random = new Random(2)
      const [x, eta] = [random.normals(12), random.normals(12)]
      const score = (e: tf.Tensor): tf.Scalar => tf.sum(bound.logProb(tf.tensor2d(x, [4, 3]), e))
      const ofEta = numbers(() => tf.grad(score)(tf.tensor2d(eta, [4, 3])))
      const ofSigma = numbers(
        () => tf.variableGrads(() => score(tf.tensor2d(eta, [4, 3])), [sigma]).grads[sigma.name],
      )
      const inDoubles = [...eta]
      const free = [Math.fround(-0.4)]
      const total = (): number =>
        rowsOf(x, 3).reduce(
          (s, row, n) => s + direct(row, rowsOf(inDoubles, 3)[n], softplus(free[0]) + 0.1),
          0,
        )
      near(ofEta, finiteDifferences(total, inDoubles), 2e-6, 'η')
      near(ofSigma, finiteDifferences(total, free), 2e-6, 'σ')
      parameters.dispose()
    }))

  it('starts a learned σ at 1 and never lets it below its floor', () => {
    const { parameters, bound } = made(1, { sigma: 'learned', floor: 0.2 })
    const sigmaNow = (): number => {
      const [logDensity] = numbers(() => bound.logProb(tf.zeros([1, 1]), tf.zeros([1, 1])))
      return Math.exp(-logDensity) / Math.sqrt(2 * Math.PI)
    }
    nearNumber(sigmaNow(), 1, 1e-5)
    const free = parameters.variables.get('sigma')
    tf.tidy(() => free?.assign(tf.scalar(-60)))
    nearNumber(sigmaNow(), 0.2, 1e-5)
    assert.deepEqual(Object.keys(readWeights(parameters)), ['sigma'])
    parameters.dispose()
  })

  it('has the symmetric KL that numerical integration gives', () => {
    const { bound } = made(1, { sigma: 0.8 })
    for (const [a, b] of [
      [0, 1],
      [-2, 1.5],
    ]) {
      let expected = 0
      const step = 0.01
      for (let x = -10; x <= 10; x += step) {
        const [p, q] = [direct([x], [a], 0.8), direct([x], [b], 0.8)]
        expected += step * (Math.exp(p) - Math.exp(q)) * (p - q)
      }
      const [found] = numbers(() => bound.divergence(tf.tensor2d([[a]]), tf.tensor2d([[b]])))
      nearNumber(found, expected, 1e-5)
    }
    const wide = made(3, { sigma: 2 }).bound
    const [sum] = numbers(() => wide.divergence(tf.tensor2d([[1, 2, 3]]), tf.tensor2d([[0, 0, 0]])))
    nearNumber(sum, 14 / 4, 1e-6)
  })

  it('draws with the right mean and σ', () =>
    expectNoLeaks(() => {
      const { bound } = made(2, { sigma: 0.5 })
      const count = 20000
      const draws = numbers(() => {
        const d = new Draws(drawKey(7, 0))
        return bound.sample(tf.tile(tf.tensor2d([[3, -1]]), [count, 1]), d)
      })
      near(
        numbers(() => bound.mean(tf.tensor1d([3, -1]))),
        [3, -1],
        0,
      )
      ;[3, -1].forEach((mean, i) => {
        const values = draws.filter((_, n) => n % 2 === i)
        const average = values.reduce((s, x) => s + x, 0) / count
        const variance = values.reduce((s, x) => s + (x - mean) ** 2, 0) / count
        assert.ok(Math.abs(average - mean) < (5 * 0.5) / Math.sqrt(count), `mean ${average}`)
        assert.ok(Math.abs(variance / 0.25 - 1) < 5 * Math.sqrt(2 / count), `variance ${variance}`)
      })
    }))

  it("takes the data's mean for η, and any kind of data", () => {
    near(gaussian(2).etaOfMean(Float32Array.of(-3, 5)), [-3, 5], 0)
    assert.deepEqual(gaussian(2).accepts, ['real', 'count', 'intensity', 'binary'])
  })

  it('refuses an invalid σ, floor or dimension, in one line', () => {
    for (const sigma of [0, -1, NaN, Infinity]) assert.throws(() => gaussian(2, { sigma }), ArgumentError)
    assert.throws(
      () => gaussian(2, { sigma: 'free' as never }),
      /`sigma` must be a number > 0 or 'learned', got 'free'/,
    )
    for (const floor of [0, -1, NaN])
      assert.throws(() => gaussian(2, { sigma: 'learned', floor }), ArgumentError)
    assert.throws(() => gaussian(0), ArgumentError)
  })
})
