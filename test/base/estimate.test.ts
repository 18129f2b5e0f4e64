import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { atCap, formatEstimate, meanEstimate, moments, formatNamedEstimate } from '../../src/base/estimate'

const estimate = (value: number, standardError = 0, cap?: number) => ({
  value,
  standardError,
  estimator: 'by hand',
  cap,
})

describe('estimate', () => {
  it('has mean, unbiased variance and standard error of the mean', () => {
    // 1, 2, 4, 9: mean 4, squares 9 + 4 + 0 + 25 = 38.
    assert.deepEqual(moments([1, 2, 4, 9]), { mean: 4, variance: 38 / 3 })
    assert.deepEqual(meanEstimate([1, 2, 4, 9], 'mean'), {
      value: 4,
      standardError: Math.sqrt(38 / 3 / 4),
      estimator: 'mean',
    })
    assert.equal(meanEstimate([7], 'one').standardError, 0)
    // A variance in one pass would lose all digits here.
    assert.ok(Math.abs(moments([1e9 + 1, 1e9 + 2, 1e9 + 3]).variance - 1) < 1e-9)
  })

  it('is at its cap within 0.2 nat of it', () => {
    assert.equal(atCap(estimate(6.71, 0, 6.9)), true)
    assert.equal(atCap(estimate(6.69, 0, 6.9)), false)
    assert.equal(atCap(estimate(1e6)), false)
  })

  it('prints value and standard error, "≥" at the cap, "<" for what would round to nothing', () => {
    const cases: [ReturnType<typeof estimate>, string][] = [
      [estimate(1.784, 0.0213), '1.78 ± 0.02'],
      [estimate(-243.518, 2.91), '-243.52 ± 2.91'],
      [estimate(6.8, 0.03, 6.9), '≥ 6.80'],
      [estimate(0.5), '0.50'],
      [estimate(0), '0.00'],
      [estimate(-0), '0.00'],
      [estimate(1e-4, 1e-5), '< 0.01'],
      [estimate(1e-4), '< 0.01'],
      [estimate(-1e-4, 1e-5), '< 0.01'],
      [estimate(0, 1e-5), '< 0.01'],
      [estimate(-1e-4, 0.02), '0.00 ± 0.02'],
      [estimate(1e-3, 0.02), '0.00 ± 0.02'],
      [estimate(0.0049, 0.0049), '< 0.01'],
      [estimate(0.0051, 0.0001), '0.01 ± 0.00'],
    ]
    for (const [given, text] of cases) assert.equal(formatEstimate(given), text)
    assert.equal(formatEstimate(estimate(1e-4, 1e-5), 4), '0.0001 ± 0.0000')
    assert.equal(formatEstimate(estimate(0.01, 0.02), 1), '< 0.1')
    for (const digits of [-1, 1.5, 21, NaN])
      assert.throws(
        () => formatEstimate(estimate(1), digits),
        /^ArgumentError: `digits` must be an integer from 0 to 20, got /,
      )
  })

  it('prints the bias that may be left where the standard error does not cover it', () => {
    const biased = (bias: number, standardError = 0.05) => ({ ...estimate(2.56, standardError), bias })
    assert.equal(formatEstimate(biased(-0.5)), '2.56 ± 0.05 (+0.50)')
    assert.equal(formatEstimate(biased(0.5)), '2.56 ± 0.05 (-0.50)')
    assert.equal(formatEstimate(biased(-0.5, 2)), '2.56 ± 2.00')
    assert.equal(formatEstimate(biased(-0.04)), '2.56 ± 0.05')
  })

  it('reads well after a symbol', () => {
    assert.equal(formatNamedEstimate('F', estimate(1.784, 0.0213)), 'F = 1.78 ± 0.02')
    assert.equal(formatNamedEstimate('F', estimate(1e-4, 1e-5)), 'F < 0.01')
    assert.equal(formatNamedEstimate('I', estimate(6.8, 0.03, 6.9)), 'I ≥ 6.80')
  })
})
