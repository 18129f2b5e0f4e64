import { describe, it } from 'node:test'
import assert from 'node:assert/strict'
import { beta, digamma, logGamma } from '../../src/distributions/beta'
import { near, nearNumber } from '../support/near'

describe('beta', () => {
  it('agrees with known values of log Γ and ψ', () => {
    nearNumber(logGamma(0.5), Math.log(Math.PI) / 2, 1e-13)
    nearNumber(logGamma(11), Math.log(3628800), 1e-13)
    nearNumber(logGamma(1e-3), 6.907178885383853, 1e-12)
    nearNumber(digamma(1), -0.5772156649015329, 1e-12)
    for (const x of [0.2, 3, 40]) {
      const step = 1e-5
      nearNumber(digamma(x), (logGamma(x + step) - logGamma(x - step)) / (2 * step), 1e-8)
      nearNumber(digamma(x + 1), digamma(x) + 1 / x, 1e-12)
    }
  })

  it('integrates to one, with its mean and spread', () => {
    for (const [a, b] of [
      [5, 5],
      [2, 8],
      [1, 1],
    ]) {
      const p = beta(a, b)
      const count = 4000
      const at = Array.from({ length: count }, (_, i) => (i + 0.5) / count)
      const integral = (f: (alpha: number) => number): number =>
        at.reduce((sum, alpha) => sum + (f(alpha) * Math.exp(p.logDensity(alpha))) / count, 0)
      near(
        [integral(() => 1), integral((x) => x), Math.sqrt(integral((x) => (x - p.mean) ** 2))],
        [1, p.mean, p.sd],
        1e-6,
      )
    }
  })

  it('is flat to its ends when uniform', () => {
    for (const alpha of [0, 0.3, 1]) nearNumber(beta(1, 1).logDensity(alpha), 0, 1e-12)
  })

  it('refuses what is not positive', () => {
    assert.throws(() => beta(0, 1), /`a` must be .*, got 0/)
  })
})
