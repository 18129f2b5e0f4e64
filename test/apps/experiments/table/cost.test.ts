import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatCosts, type Cost } from '../../../../src/apps/experiments/table/cost'

describe('the cost of the table', () => {
  const cost = (method: string, hours: number, seeds: number): Cost => ({
    data: 'yelp',
    method,
    seeds,
    measured: 100,
    msPerUpdate: 200,
    updates: 1000,
    hours,
    memory: 3000,
  })

  it('is all entries over the cores, but never less than the longest entry', () => {
    const text = formatCosts('paper', [cost('plain', 4, 3), cost('sa-vae', 20, 1)])
    assert.match(text, /Yelp +plain +200\.0 ms × 1000 updates +4\.0 h × 3 +3\.0 GB +\(100 steps\)/)
    assert.match(text, /: 20 hours and at most 6 GB on 2 cores, 20 hours and at most 48 GB on 16 cores\./)
    assert.match(
      formatCosts('paper', [cost('plain', 4, 30)]),
      /: 60 hours .* on 2 cores, 8 hours .* on 16 cores/,
    )
  })
})
