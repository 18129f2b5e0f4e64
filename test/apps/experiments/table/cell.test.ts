import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { cellsOf, commandOf, dataSets, placeOf } from '../../../../src/apps/experiments/table/cell'
import { methods } from '../../../../src/apps/experiments/table/methods'
import { inOrder } from '../../../../src/apps/experiments/table/order'
import { paperTable } from '../../../../src/apps/experiments/table/paper'

describe('cells of the table', () => {
  it('are every data set with every method that goes with it, and no ablation', () => {
    const cells = cellsOf()
    assert.deepEqual([...new Set(cells.map(({ data }) => data))], Object.keys(dataSets))
    for (const data of Object.keys(dataSets)) {
      const those = cells.filter((cell) => cell.data === data).map(({ method }) => method)
      assert.ok(['plain', 'beta-0.2', 'lid'].every((method) => those.includes(method)))
      assert.equal(those.includes('plain-z-at-head'), /text|yahoo|yelp/.test(data))
      assert.ok(those.every((method) => !methods[method].ablation))
      assert.equal(new Set(those).size, those.length)
    }
  })

  it('are those that are named, ablations too, in the order of the table', () => {
    const cells = cellsOf({
      size: 'local',
      data: ['fashion-mnist'],
      method: ['plain-wide-means', 'plain'],
      seeds: [4, 2],
    })
    assert.deepEqual(
      cells.map(({ method, seed }) => `${method} ${seed}`),
      ['plain 4', 'plain 2', 'plain-wide-means 4', 'plain-wide-means 2'],
    )
    assert.equal(placeOf(cells[0]), path.join('local', 'fashion-mnist', 'plain', 'seed-4'))
    assert.equal(
      commandOf(cells[0]),
      'npx lidvae table --size local --data fashion-mnist --method plain --seeds 4',
    )
  })

  it('are refused by name where there are none', () => {
    assert.throws(() => cellsOf({ size: 'huge' }), /`--size` must be 'quick', 'local' or 'paper', got 'huge'/)
    assert.throws(
      () => cellsOf({ data: ['mnist'] }),
      /`--data` must be 'fashion-mnist', 'omniglot-mixture'.*, got 'mnist'/,
    )
    assert.throws(() => cellsOf({ method: ['id'] }), /`--method` must be 'plain'.*, got 'id'/)
    assert.throws(() => cellsOf({ seeds: [1.5] }), /`--seeds` must be .*, got 1.5/)
    assert.throws(() => cellsOf({ seeds: [1, 2, 1] }), /`--seeds` must be different seeds, got/)
    assert.throws(
      () => cellsOf({ data: ['yelp'], method: ['plain-wide-means'] }),
      /`--method` must be a method that applies to yelp/,
    )
  })

  it('stand beside a row of the paper for every data set', () => {
    assert.deepEqual(Object.keys(paperTable).sort(), Object.keys(dataSets).sort())
    for (const rows of Object.values(paperTable)) {
      const { vae, lidvae } = rows
      for (const metric of ['au', 'mi'] as const) assert.ok(lidvae[metric] > vae[metric])
    }
  })

  it('are all trained by one rule at a size, with a rate that only the rule changes', () => {
    for (const size of ['quick', 'local', 'paper'] as const) {
      const settings = Object.values(dataSets).map(({ at }) => at[size])
      assert.equal(new Set(settings.map(({ until }) => JSON.stringify(until))).size, 1)
      for (const { fit } of settings)
        assert.equal(typeof (fit.optimizer as { rate: unknown }).rate, 'number', size)
    }
  })

  it('have five seeds where the claims are decided, fewer where an entry takes long', () => {
    const seeds = (data: string, method: string) =>
      cellsOf({ size: 'local', data: [data], method: [method] }).length
    assert.deepEqual(
      [
        seeds('fashion-mnist', 'lid'),
        seeds('omniglot', 'lid'),
        seeds('yelp', 'lid'),
        seeds('yelp', 'sa-vae'),
      ],
      [5, 3, 3, 1],
    )
  })

  it('come in the order of what they decide: seeds of the pair and its rivals before the rest', () => {
    const order = inOrder(cellsOf({ size: 'local', data: ['yelp', 'fashion-mnist'], seeds: [2, 1] }))
    assert.deepEqual(
      order.slice(0, 4).map(({ data, method, seed }) => `${data} ${method} ${seed}`),
      ['plain', 'lid', 'sa-vae', 'lagging'].map((method) => `fashion-mnist ${method} 1`),
    )
    assert.ok(order.every((cell, i) => i === 0 || !(order[i - 1].data === 'yelp' && cell.data !== 'yelp')))
  })
})
