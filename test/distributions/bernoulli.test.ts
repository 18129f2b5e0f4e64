import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { Draws, drawKey } from '../../src/compute/draws'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { numbers, rowsOf } from '../support/tables'

const probability = (eta: number): number => 1 / (1 + Math.exp(-eta))

/** log p(x|η) as it reads in a book, in doubles. */
const direct = (x: number[], eta: number[]): number =>
  x.reduce((sum, xi, i) => sum + Math.log(xi === 1 ? probability(eta[i]) : 1 - probability(eta[i])), 0)

const bound = (dim: number) => bernoulli(dim).bind(Parameters.from(1))

onEachEngine('bernoulli', () => {
  it('has log p(x|η) summed over features, for every x of a small width: they sum to one', () =>
    expectNoLeaks(() => {
      const dim = 4
      const all = Array.from({ length: 16 }, (_, n) => Array.from({ length: dim }, (_, i) => (n >> i) & 1))
      const eta = new Random(1).normals(dim, 2)
      const found = numbers(() => bound(dim).logProb(tf.tensor2d(all), tf.tensor2d([eta])))
      near(
        found,
        all.map((x) => direct(x, eta)),
        1e-6,
      )
      nearNumber(
        found.reduce((sum, v) => sum + Math.exp(v), 0),
        1,
        1e-6,
      )
    }))

  it('stays finite and right for logits of ±80', () => {
    const found = numbers(() =>
      bound(2).logProb(
        tf.tensor2d([[1, 0]]),
        tf.tensor2d([
          [-80, 80],
          [80, -80],
        ]),
      ),
    )
    near(found, [-160, 0], 1e-6)
  })

  it('has the gradient of its value, in η, and none in the data', () =>
    expectNoLeaks(() => {
      const [rows, dim] = [3, 5]
      const random = new Random(2)
      const x = random.bits(rows * dim)
      const eta = random.normals(rows * dim, 2)
      const G = random.normals(rows)
      const score = (e: tf.Tensor): tf.Scalar =>
        tf.sum(tf.mul(bound(dim).logProb(tf.tensor2d(x, [rows, dim]), e), tf.tensor1d(G)))
      const found = numbers(() => tf.grad(score)(tf.tensor2d(eta, [rows, dim])))
      const inDoubles = [...eta]
      const expected = finiteDifferences(
        () => rowsOf(inDoubles, dim).reduce((s, row, n) => s + G[n] * direct(rowsOf(x, dim)[n], row), 0),
        inDoubles,
      )
      near(found, expected, 2e-6)
    }))

  it('has the gradient also where x is broadcast over draws of z', () => {
    const x = [
      [1, 0, 1],
      [0, 0, 1],
    ]
    const eta = new Random(3).normals(2 * 4 * 3)
    const score = (e: tf.Tensor): tf.Scalar => tf.sum(bound(3).logProb(tf.expandDims(tf.tensor2d(x), 1), e))
    const found = numbers(() => tf.grad(score)(tf.tensor3d(eta, [2, 4, 3])))
    const expected = eta.map((e, i) => x[Math.floor(i / 12)][i % 3] - probability(e))
    near(found, expected, 2e-6)
  })

  it('has the symmetric KL that enumeration gives', () => {
    const dim = 3
    const random = new Random(4)
    const [a, b] = [random.normals(dim, 2), random.normals(dim, 2)]
    const all = Array.from({ length: 8 }, (_, n) => Array.from({ length: dim }, (_, i) => (n >> i) & 1))
    const expected = all.reduce((sum, x) => {
      const [p, q] = [direct(x, a), direct(x, b)]
      return sum + (Math.exp(p) - Math.exp(q)) * (p - q)
    }, 0)
    const divergence = (u: number[], v: number[]) =>
      numbers(() => bound(dim).divergence(tf.tensor2d([u]), tf.tensor2d([v])))[0]
    nearNumber(divergence(a, b), expected, 1e-6)
    nearNumber(divergence(b, a), expected, 1e-6)
    assert.equal(divergence(a, a), 0)
  })

  it('draws zeros and ones with the right means', () =>
    expectNoLeaks(() => {
      const eta = [-2, 0, 1.5]
      const count = 20000
      const [draws, mean] = [
        numbers(() => {
          const d = new Draws(drawKey(5, 0))
          return bound(3).sample(tf.tile(tf.tensor2d([eta]), [count, 1]), d)
        }),
        numbers(() => bound(3).mean(tf.tensor1d(eta))),
      ]
      near(mean, eta.map(probability), 1e-6)
      assert.ok(draws.every((x) => x === 0 || x === 1))
      eta.forEach((e, i) => {
        const share = draws.filter((_, n) => n % 3 === i).reduce((s, x) => s + x, 0) / count
        const p = probability(e)
        assert.ok(Math.abs(share - p) < 5 * Math.sqrt((p * (1 - p)) / count), `${share}, expected ${p}`)
      })
    }))

  it('starts η at the log-odds of the mean, kept within ±log 99', () => {
    const eta = bernoulli(4).etaOfMean(Float32Array.of(0, 0.25, 0.5, 1))
    near(eta, [-Math.log(99), Math.log(1 / 3), 0, Math.log(99)], 1e-6)
  })

  it('accepts intensities and binary data, and refuses an invalid dimension', () => {
    assert.deepEqual(bernoulli(2).accepts, ['intensity', 'binary'])
    for (const dim of [0, -1, 2.5, NaN]) assert.throws(() => bernoulli(dim), ArgumentError)
  })
})
