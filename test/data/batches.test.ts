import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { batches, epochOrder } from '../../src/data/batches'
import { DataSet } from '../../src/data/dataset'
import { permutation, streamKey } from '../../src/compute/streams'

const dataset = (size: number) =>
  new DataSet({
    name: 'rows',
    x: Float32Array.from({ length: size * 2 }, (_, i) => i),
    shape: [2],
    values: 'real',
    source: 'test',
  })

describe('epochOrder', () => {
  it('is the permutation of the stream of batches for that epoch', () => {
    assert.deepEqual(epochOrder(50, 9, 4), permutation(50, streamKey(9, 'batches', 'epoch 4')))
    // Recorded: the same numbers on every machine and in every version, or old runs could not be repeated.
    assert.deepEqual(Array.from(epochOrder(10, 1, 0)), [3, 6, 0, 2, 7, 4, 1, 8, 9, 5])
  })

  it('differs between epochs and seeds', () => {
    const orders = [epochOrder(100, 1, 0), epochOrder(100, 1, 1), epochOrder(100, 2, 0)].map((o) => o.join())
    assert.equal(new Set(orders).size, 3)
  })

  it('refuses impossible arguments', () => {
    assert.throws(() => epochOrder(0, 1, 0), /`epochOrder\(size\)` must be .*, got 0/)
    assert.throws(() => epochOrder(5, -1, 0), /`epochOrder\(…, seed, …\)` must be .*, got -1/)
    assert.throws(() => epochOrder(5, 1, -1), /`epochOrder\(…, epoch\)` must be .*, got -1/)
  })
})

describe('batches', () => {
  it('gives every row once, in the order of the epoch, with its values', () => {
    const data = dataset(25)
    const all = [...batches(data, { batchSize: 10, seed: 3, epoch: 2 })]
    assert.deepEqual(
      all.map((b) => b.size),
      [10, 10, 5],
    )
    assert.deepEqual(
      all.flatMap((b) => Array.from(b.indices)),
      Array.from(epochOrder(25, 3, 2)),
    )
    for (const { indices, x, size } of all) {
      assert.equal(x.length, size * 2)
      indices.forEach((row, i) => assert.deepEqual([x[2 * i], x[2 * i + 1]], [2 * row, 2 * row + 1]))
    }
  })

  it('leaves out a smaller last batch when told to', () => {
    const sizes = (rows: number, dropLast: boolean) =>
      [...batches(dataset(rows), { batchSize: 10, seed: 1, epoch: 0, dropLast })].map((b) => b.size)
    assert.deepEqual(sizes(25, true), [10, 10])
    assert.deepEqual(sizes(20, true), [10, 10])
    assert.deepEqual(sizes(7, true), [])
    assert.deepEqual(sizes(7, false), [7])
  })

  it('gives batches that may be kept and changed', () => {
    const data = dataset(20)
    const [first, second] = [...batches(data, { batchSize: 10, seed: 1, epoch: 0 })]
    first.x.fill(-1)
    assert.ok(second.x.every((v) => v >= 0))
    assert.ok(data.x.every((v) => v >= 0))
  })

  it('complains when called, not at the first batch', () => {
    assert.throws(
      () => batches(dataset(5), { batchSize: 0, seed: 1, epoch: 0 }),
      /`batches\(\{ batchSize \}\)` must be .*, got 0/,
    )
    assert.throws(
      () => batches(dataset(5), { batchSize: 1, seed: 0.5, epoch: 0 }),
      /`batches\(\{ seed \}\)` must be .*, got 0\.5/,
    )
    assert.throws(
      () => batches(dataset(5), { batchSize: 1, seed: 1, epoch: 0.5 }),
      /epoch\)` must be .*, got 0\.5/,
    )
  })
})
