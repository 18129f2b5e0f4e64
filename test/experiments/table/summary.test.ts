import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CellRecord } from '../../../src/experiments/table/record'
import { rowsOf, tableInWords } from '../../../src/experiments/table/summary'

type Values = { au: number; kl: number; mi: number; ll: number; cap?: number }

/** A record with these values; the rest is beside the point. */
function record(method: string, seed: number, { cap, ...values }: Values): CellRecord {
  const metrics = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { value, standardError: 0.1, estimator: 'given', ...(name === 'mi' && cap && { cap }) },
    ]),
  )
  const about = { data: 'fashion-mnist', model: 'gmvae', size: 'quick', variable: 'w' as const }
  const run = { verdict: [], epochs: 1, updates: 200, seconds: 10 * seed, memory: 1, engine: 'wasm' }
  const origin = {
    versions: {},
    machine: {},
    dataChecksum: 'none',
    commit: 'none',
    command: 'none',
    curve: [],
  }
  return { ...about, method, seed, metrics, ...run, ...origin }
}

const plain = [1, 2, 3].map((seed) => record('plain', seed, { au: 0, kl: 0.01, mi: 0.01, ll: -245 - seed }))

describe('rows of the table', () => {
  it('are means and deviations over seeds, in the order of the table', () => {
    const rows = rowsOf([record('lid', 1, { au: 1, kl: 1.5, mi: 1.4, ll: -243 }), ...plain])
    assert.deepEqual(
      rows.map(({ method }) => method),
      ['plain', 'lid'],
    )
    const { metrics, seeds, seconds, paper } = rows[0]
    assert.deepEqual(seeds, [1, 2, 3])
    assert.equal(seconds, 20)
    assert.equal(metrics.ll.mean, -247)
    assert.equal(metrics.ll.deviation, 1)
    assert.equal(paper?.ll, -258.8)
    assert.equal(rows[1].metrics.ll.deviation, undefined)
  })

  it('lie to a side of plain only beyond twice the error over seeds', () => {
    const found = (ll: number) => rowsOf([...plain, record('lid', 1, { au: 1, kl: 1.5, mi: 1.4, ll })])[1]
    // The mean of three with deviation 1 has the error 0.58.
    assert.deepEqual(found(-246).directions?.ll, { paper: '+', here: '=' })
    assert.deepEqual(found(-245.5).directions?.ll, { paper: '+', here: '+' })
    assert.deepEqual(found(-248.5).directions?.ll, { paper: '+', here: '−' })
    assert.deepEqual(found(-246).directions?.au, { paper: '+', here: '+' })
  })

  it('say where information is at its cap, and where they are as in the paper', () => {
    const lid = record('lid', 1, { au: 1, kl: 2.2, mi: 2.2, ll: -250, cap: Math.log(10) })
    const text = tableInWords(rowsOf([...plain, lid]))
    assert.match(text, /LID +1 +1\.00 +2\.20 +≥ 2\.20 +-250\.0 .*✓ ✓ ✓ ✗\n/)
    assert.match(text, /plain +3 +0\.00 ± 0\.00 .*-247\.0 ± 1\.0 .*· · · ·\n/)
    assert.match(text, /AU, KL, MI about w/)
    assert.equal(tableInWords([]), 'no records yet')
  })
})
