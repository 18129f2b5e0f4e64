import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { logDomain, logHistogram } from '../../src/plots/logHistogram'

describe('logHistogram', () => {
  const values = [0, 1e-9, 0.01, 0.02, 0.5, 3, 3.1, 99]
  const domain = logDomain(values, 1e-3)

  it('has a domain that holds every value above the floor', () => {
    assert.ok(domain[0] <= 1e-3 * 1.0001 && domain[0] > 1e-4)
    assert.ok(domain[1] >= 99 && domain[1] < 200)
  })

  it('counts every value once, values below the floor in the first bin', () => {
    const bins = logHistogram(values, domain)
    assert.equal(
      bins.reduce((sum, bin) => sum + bin.count, 0),
      values.length,
    )
    assert.equal(bins[0].count, 2)
    assert.equal(bins[0].from, Number(domain[0].toPrecision(4)))
    for (const value of values.slice(2)) {
      const bin = bins.find(({ from, to }) => value >= from * 0.999 && value <= to * 1.001)
      assert.ok(bin && bin.count > 0, `${value}`)
    }
  })

  it('has a domain also for a single value', () => {
    const [low, high] = logDomain([1], 1e-3)
    assert.ok(low <= 1 && high > 1)
  })
})
