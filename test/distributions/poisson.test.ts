import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { poisson } from '../../src/distributions/poisson'
import { Draws, drawKey } from '../../src/compute/draws'
import { Parameters } from '../../src/compute/parameters'
import { EvaluationStep } from '../../src/compute/step'
import { ArgumentError } from '../../src/base/errors'
import { logFactorial } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { numbers, rowsOf } from '../support/tables'

/** log p(x|η) as it reads in a book, in doubles. */
const direct = (x: number[], eta: number[]): number =>
  x.reduce((sum, xi, i) => sum + xi * eta[i] - Math.exp(eta[i]) - logFactorial(xi), 0)

const bound = (dim: number) => poisson(dim).bind(Parameters.from(1))
const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Draws of Poisson(rate) with this seed. */
const drawn = (rate: number, count: number, seed = 5): number[] =>
  numbers(() => bound(1).sample(tf.fill([count, 1], Math.log(rate)), new Draws(drawKey(seed, 0))))

onEachEngine('poisson', (engine) => {
  it('has log p(x|η) summed over features', () =>
    expectNoLeaks(() => {
      const eta = new Random(1).normals(4, 2)
      const x = [
        [0, 0, 0, 0],
        [1, 2, 3, 4],
        [20, 0, 15, 16],
      ]
      near(
        numbers(() => bound(4).logProb(tf.tensor2d(x), tf.tensor2d([eta]))),
        x.map((row) => direct(row, eta)),
        1e-6,
      )
    }))

  it('sums to one over counts, for small and large rates', () => {
    for (const rate of [0.01, 1, 7.5, 40, 1000]) {
      const eta = Math.log(rate)
      const all = range(Math.ceil(rate + 12 * Math.sqrt(rate) + 30))
      const found = numbers(() => bound(1).logProb(tf.tensor2d(all, [all.length, 1]), tf.tensor2d([[eta]])))
      nearNumber(
        found.reduce((sum, v) => sum + Math.exp(v), 0),
        1,
        1e-5,
        `rate ${rate}`,
      )
    }
  })

  it('keeps its precision where large terms cancel: counts about their rate, up to a million', () => {
    for (const x of [14, 15, 16, 17, 100, 1e4, 1e6])
      for (const shift of [-2, 0, 2]) {
        const eta = Math.fround(Math.log(x + shift * Math.sqrt(x)))
        const [found] = numbers(() => bound(1).logProb(tf.tensor2d([[x]]), tf.tensor2d([[eta]])))
        // In doubles, without the cancellation: deviance and Stirling's series.
        const u = eta - Math.log(x)
        const rest = logFactorial(x) - x * Math.log(x) + x
        const expected = -x * (Math.expm1(u) - u) - rest
        // float32 has η itself only to 1e-6 at a million, of which a million times u is left.
        nearNumber(found, expected, x > 1e5 ? 1e-3 : 2e-5, `x ${x}, shift ${shift}`)
      }
  })

  it('stays finite and right for log-rates of −80 and 40', () => {
    const found = numbers(() => bound(1).logProb(tf.tensor2d([[0], [3]]), tf.tensor2d([[-80], [-80]])))
    near(found, [0, -240 - Math.log(6)], 1e-6)
    const [large] = numbers(() => bound(1).logProb(tf.tensor2d([[5]]), tf.tensor2d([[40]])))
    nearNumber(large / direct([5], [40]), 1, 1e-5)
  })

  it('has the gradient of its value, in η, and none in the data', () =>
    expectNoLeaks(() => {
      const [rows, dim] = [3, 5]
      const random = new Random(2)
      const x = range(rows * dim).map(() => Math.floor(6 * random.uniform()))
      const eta = random.normals(rows * dim)
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
      [1, 0, 3],
      [0, 20, 1],
    ]
    const eta = new Random(3).normals(2 * 4 * 3)
    const score = (e: tf.Tensor): tf.Scalar => tf.sum(bound(3).logProb(tf.expandDims(tf.tensor2d(x), 1), e))
    const found = numbers(() => tf.grad(score)(tf.tensor3d(eta, [2, 4, 3])))
    const expected = eta.map((e, i) => x[Math.floor(i / 12)][i % 3] - Math.exp(e))
    near(found, expected, 2e-6)
  })

  it('has the symmetric KL that enumeration gives', () => {
    const all = range(120)
    const [a, b] = [1.2, 2.4]
    const expected = all.reduce((sum, x) => {
      const [p, q] = [direct([x], [a]), direct([x], [b])]
      return sum + (Math.exp(p) - Math.exp(q)) * (p - q)
    }, 0)
    const divergence = (u: number[], v: number[]) =>
      numbers(() => bound(u.length).divergence(tf.tensor2d([u]), tf.tensor2d([v])))[0]
    nearNumber(divergence([a], [b]), expected, 1e-6)
    nearNumber(divergence([b, a], [a, b]), 2 * expected, 1e-6)
    assert.equal(divergence([a], [a]), 0)
  })

  it('draws counts from its distribution, on both sides of the change of method', () =>
    expectNoLeaks(() => {
      const count = 40000
      for (const rate of [0.3, 4, 15.9, 16.1, 60]) {
        const draws = drawn(rate, count)
        const most = Math.ceil(rate + 9 * Math.sqrt(rate) + 9)
        assert.ok(
          draws.every((x) => Number.isInteger(x) && x >= 0 && x <= most),
          `rate ${rate}: a draw outside 0 … ${most}`,
        )
        // Pearson's χ² over counts that are expected at least ten times; the rest in one class.
        const expected = range(most + 1).map((x) => count * Math.exp(direct([x], [Math.log(rate)])))
        const often = range(most + 1).filter((x) => expected[x] >= 10)
        const observed = often.map((x) => draws.filter((v) => v === x).length)
        const rest = {
          seen: count - observed.reduce((s, v) => s + v, 0),
          due: count - often.reduce((s, x) => s + expected[x], 0),
        }
        const chi2 =
          often.reduce((s, x, i) => s + (observed[i] - expected[x]) ** 2 / expected[x], 0) +
          (rest.seen - rest.due) ** 2 / Math.max(rest.due, 1)
        const freedom = often.length
        assert.ok(
          chi2 < freedom + 5 * Math.sqrt(2 * freedom),
          `rate ${rate}: χ² ${chi2} with ${freedom} degrees of freedom`,
        )
      }
    }))

  it('draws the same numbers for the same key, others for another, and never a far outlier', () => {
    assert.deepEqual(drawn(3, 50), drawn(3, 50))
    assert.notDeepEqual(drawn(3, 50), drawn(3, 50, 6))
    assert.notDeepEqual(drawn(30, 50), drawn(30, 50, 6))
    // P(X ≥ 9) is 2e-15 at the rate 0.1: rounding of the sums must not lead there.
    assert.ok(drawn(0.1, 300000).every((x) => x < 9))
    assert.deepEqual(
      numbers(() => bound(1).sample(tf.fill([3, 1], -200), new Draws(drawKey(1, 0)))),
      [0, 0, 0],
    )
  })

  it('draws inside a step without leaving its graph', (t) => {
    const warn = t.mock.method(console, 'warn', () => undefined)
    const step = new EvaluationStep(({ eta }, draws) => ({ x: bound(2).sample(eta, draws) }))
    const eta = { values: Float32Array.of(1, 5), shape: [1, 2] }
    const [first, again] = [step.run({ eta }, [1, 0]), step.run({ eta }, [1, 0])]
    assert.deepEqual(first.x.values, again.x.values)
    assert.deepEqual(
      Array.from(first.x.values),
      numbers(() => bound(2).sample(tf.tensor2d([[1, 5]]), new Draws(drawKey(1, 0)))),
      engine,
    )
    step.dispose()
    assert.equal(warn.mock.callCount(), 0)
  })

  it('has e^η as its mean, and starts η at the logarithm of the mean, at least log 0.01', () => {
    near(
      numbers(() => bound(3).mean(tf.tensor1d([-1, 0, 2]))),
      [Math.exp(-1), 1, Math.exp(2)],
      1e-6,
    )
    near(poisson(3).etaOfMean(Float32Array.of(0, 1, 20)), [Math.log(0.01), 0, Math.log(20)], 1e-6)
  })

  it('takes a row’s total as its depth: e^η are the rates of a row of the reference depth', () => {
    const deep = poisson(3, { depth: 100 })
    const x = [4, 0, 16]
    const eta = [1.2, -0.3, 2]
    const shifted = eta.map((e) => e + Math.log(20 / 100))
    const of = deep.bind(Parameters.from(1))
    near(
      numbers(() => of.logProb(tf.tensor2d([x]), tf.tensor2d([eta]))),
      [direct(x, shifted)],
      1e-5,
    )
    near(
      numbers(() => of.mean(tf.tensor2d([eta]), tf.tensor2d([x]))),
      shifted.map(Math.exp),
      1e-5,
    )
    near(
      numbers(() => of.mean(tf.tensor2d([eta]))),
      eta.map(Math.exp),
      1e-5,
    )
    // The mean row has the total 8: at depth 100 its rates are 12.5 times as large.
    near(
      deep.etaOfMean(Float32Array.of(5, 1, 2)),
      [62.5, 12.5, 25].map((rate) => Math.log(rate)),
      1e-6,
    )
    const none = numbers(() => of.logProb(tf.tensor2d([[0, 0, 0]]), tf.tensor2d([eta])))
    near(none, [-eta.reduce((sum, e) => sum + Math.exp(e) / 100, 0)], 1e-6)
    assert.throws(() => poisson(3, { depth: -1 }), ArgumentError)
  })

  it('accepts counts and binary data, and refuses an invalid dimension', () => {
    assert.deepEqual(poisson(2).accepts, ['count', 'binary'])
    for (const dim of [0, -1, 2.5, NaN]) assert.throws(() => poisson(dim), ArgumentError)
  })
})
