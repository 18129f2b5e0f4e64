import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { interval, quantile } from '../../src/metrics/interval'
import { nearNumber } from '../support/near'

/** Student's density. */
function density(t: number, degrees: number): number {
  const gamma = (x: number): number => (x === 1 ? 1 : x === 0.5 ? Math.sqrt(Math.PI) : (x - 1) * gamma(x - 1))
  const scale = gamma((degrees + 1) / 2) / (Math.sqrt(degrees * Math.PI) * gamma(degrees / 2))
  return scale * (1 + (t * t) / degrees) ** (-(degrees + 1) / 2)
}

/** P(|T| ≤ t), by the trapezoidal rule. */
function within(t: number, degrees: number): number {
  const steps = 200_000
  let sum = 0
  for (let i = 0; i <= steps; i++)
    sum += density((t * i) / steps, degrees) * (i === 0 || i === steps ? 0.5 : 1)
  return (2 * sum * t) / steps
}

describe('an interval of 99 %', () => {
  it("has Student's quantile, by quadrature, for few and for many degrees of freedom", () => {
    for (const degrees of [1, 2, 3, 4, 5, 6, 10, 30, 100])
      nearNumber(within(quantile(degrees), degrees), 0.99, 3e-4)
    assert.deepEqual([1, 2, 3, 4].map(quantile), [63.66, 9.925, 5.841, 4.604])
    assert.equal(quantile(0), Infinity)
    assert.equal(quantile(NaN), Infinity)
  })

  it('reaches as far as its error and the bias that may be left, on the side of that', () => {
    const estimate = { value: 5, standardError: 1, estimator: 'by hand' }
    const reach = quantile(99)
    assert.deepEqual(interval(estimate, 100), { low: 5 - reach, high: 5 + reach })
    assert.deepEqual(interval({ ...estimate, bias: 2 }, 100), { low: 3 - reach, high: 5 + reach })
    assert.deepEqual(interval({ ...estimate, bias: -2 }, 100), { low: 5 - reach, high: 7 + reach })
  })

  it('is a point without an error, however few the data points, and everything for one alone', () => {
    assert.deepEqual(interval({ value: 0, standardError: 0, estimator: 'exact' }, 2), { low: 0, high: 0 })
    const one = interval({ value: 0, standardError: 0, estimator: 'exact' }, 1)
    assert.deepEqual(one, { low: -Infinity, high: Infinity })
  })

  it('has no upper end within 0.2 nat of the most that its estimator can return, and has one below', () => {
    const at = (value: number): number =>
      interval({ value, standardError: 0, estimator: 'by hand', cap: 4 }, 10).high
    assert.deepEqual([3, 3.75, 3.85, 4].map(at), [3, 3.75, Infinity, Infinity])
  })
})
