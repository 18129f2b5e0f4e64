import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ArgumentError } from '../../src/base/errors'
import { effectiveSampleSize, rHat } from '../../src/inference/diagnostics'
import { normalQuantile, normalTail } from '../../src/inference/normalQuantile'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'

/** Chains of an AR(1) process of variance 1: x' = φx + √(1 − φ²) ε. */
function autoregressive(phi: number, chains: number, draws: number, random: Random): Float64Array[] {
  return Array.from({ length: chains }, () => {
    const out = new Float64Array(draws)
    out[0] = random.normal()
    for (let i = 1; i < draws; i++) out[i] = phi * out[i - 1] + Math.sqrt(1 - phi * phi) * random.normal()
    return out
  })
}

describe('normalQuantile', () => {
  it('inverts the tail, and knows the textbook quantiles', () => {
    nearNumber(normalQuantile(0.975), 1.959963984540054, 1e-9)
    nearNumber(normalQuantile(0.5), 0, 1e-12)
    nearNumber(normalTail(3), 1.3498980316300946e-3, 1e-12)
    for (const p of [1e-6, 1e-3, 0.1, 0.3, 0.49]) {
      nearNumber(normalTail(-normalQuantile(p)) / p, 1, 1e-8, `tail at ${p}`)
      nearNumber(normalQuantile(1 - p), -normalQuantile(p), 1e-8)
    }
  })
})

describe('effectiveSampleSize', () => {
  it('does not depend on the unit, even where squares overflow', () => {
    const chains = autoregressive(0.5, 2, 400, new Random(5))
    const large = chains.map((chain) => chain.map((value) => value * 2 ** 700))
    nearNumber(effectiveSampleSize(large) / effectiveSampleSize(chains), 1, 1e-9)
  })

  it('is N(1 − φ)/(1 + φ) for an autoregressive process, and more than N for an anti-correlated one', () => {
    for (const phi of [-0.4, 0, 0.5, 0.9]) {
      const chains = autoregressive(phi, 4, 5000, new Random(3))
      const expected = (20_000 * (1 - phi)) / (1 + phi)
      const ess = effectiveSampleSize(chains)
      assert.ok(Math.abs(Math.log(ess / expected)) < 0.15, `φ = ${phi}: ${ess}, expected ${expected}`)
    }
  })

  it('is small where chains disagree, and the number of draws where nothing moves', () => {
    const random = new Random(4)
    const apart = autoregressive(0, 4, 500, random).map((chain, c) => chain.map((value) => value + 5 * c))
    assert.ok(effectiveSampleSize(apart) < 10)
    assert.equal(effectiveSampleSize([new Float64Array(10), new Float64Array(10)]), 20)
  })
})

describe('rHat', () => {
  it('is 1 for chains of one distribution, and above 1.01 for a shift, a drift and another width', () => {
    const random = new Random(5)
    const good = autoregressive(0.3, 4, 1000, random)
    assert.ok(rHat(good) < 1.01, String(rHat(good)))
    const changed = (change: (value: number, i: number) => number): number =>
      rHat([...good.slice(1), good[0].map(change)])
    assert.ok(changed((value) => value + 0.7) > 1.01, 'shift')
    assert.ok(changed((value) => 3 * value) > 1.01, 'width')
    assert.ok(rHat(good.map((chain) => chain.map((value, i) => value + i / 500))) > 1.01, 'drift')
  })

  it('does not change under a monotone transformation, whatever the tails, but for the fold about the median', () => {
    const chains = autoregressive(0.5, 4, 400, new Random(6))
    const cubed = chains.map((chain) => chain.map((value) => value ** 3))
    nearNumber(rHat(cubed), rHat(chains), 0.01)
  })

  it('is 1 if nothing moves, and infinite if each chain stays at a value of its own', () => {
    near([rHat([new Float64Array(8), new Float64Array(8)])], [1], 0)
    const stuck = [new Float64Array(200).fill(1), new Float64Array(200).fill(2)]
    assert.ok(rHat(stuck) > 10)
  })

  it('refuses chains of unequal length', () => {
    assert.throws(() => rHat([[1, 2, 3, 4], [1]]), ArgumentError)
    assert.throws(() => effectiveSampleSize([]), ArgumentError)
    assert.throws(() => rHat(undefined as never), /`chains` must be .*, got undefined/)
  })

  it('refuses draws that are not finite: after sorting, chains would look mixed', () => {
    for (const of of [rHat, effectiveSampleSize])
      assert.throws(() => of([[1, 2, 3, 4, NaN]]), /`chains\[0\]\[4\]` must be .*, got NaN/)
  })
})
