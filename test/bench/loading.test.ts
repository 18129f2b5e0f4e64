import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { agree, type Load } from '../../bench/loading/load'
import { tableOf } from '../../bench/loading/table'

const load: Load = { ms: 1, peakBytes: 1, items: [10, 2], sums: [100, 20], labels: [3, 4] }

describe('the benchmark of loading', () => {
  it('tells sides that read different things', () => {
    assert.ok(agree(load, { ...load, ms: 9, sums: [100.00001, 20] }))
    for (const other of [{ items: [10, 3] }, { items: [10] }, { sums: [100.01, 20] }, { labels: [4, 3] }])
      assert.ok(!agree(load, { ...load, ...other }), JSON.stringify(other))
  })

  it('is a table with a line a data set', () => {
    const quartiles: [number, number] = [1, 2]
    const table = tableOf([
      {
        data: 'yelp',
        oursMs: 150,
        oursQuartiles: quartiles,
        peerMs: 100,
        peerQuartiles: quartiles,
        peerBareMs: 50,
        ratio: 1.5,
        decodedBytes: 2e6,
        oursPeakBytes: 5e6,
        peerPeakBytes: 7e6,
        peakOverDecoded: 2.5,
      },
    ])
    const [, line] = table.split('\n')
    assert.deepEqual(line.trim().split(/ +/), [
      'yelp',
      '150',
      '100',
      '1.50',
      '50',
      '2.0',
      '5.0',
      '7.0',
      '2.50',
    ])
  })
})
