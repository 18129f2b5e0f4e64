import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataSet } from '../../src/data/dataset'
import {
  batchesAnEpoch,
  epochBatches,
  isTexts,
  pieces,
  scatter,
  trainingPoints,
} from '../../src/data/modelData'
import { describeLengths, textBatches } from '../../src/data/text/textBatches'
import { tinyTexts } from '../support/texts'

const rows = new DataSet({
  name: 'rows',
  x: Float32Array.from({ length: 7 * 2 }, (_, i) => i),
  shape: [2],
  values: 'real',
  source: 'a test',
})
// Five texts of one word, four each of two and of three.
const texts = tinyTexts(13, 5, 1, [1, 2, 3])

const sorted = (numbers: Iterable<number>): number[] => Array.from(numbers).sort((a, b) => a - b)
const upTo = (size: number): number[] => Array.from({ length: size }, (_, i) => i)

/** A text as it enters a step. */
const marked = (index: number): number[] => [0, ...texts.documents[index], 1]

describe('what a model is trained on', () => {
  it('is told apart: texts, or rows of numbers', () => {
    assert.deepEqual([isTexts(texts), isTexts(rows), isTexts(undefined as never)], [true, false, false])
  })

  for (const [title, data] of [
    ['rows', rows],
    ['texts', texts],
  ] as const)
    it(`comes once an epoch, in as many batches as are counted, in the same order for the same seed: ${title}`, () => {
      const options = { batchSize: 3, seed: 4, epoch: 2 }
      const all = [...trainingPoints(data, options)]
      assert.equal(all.length, batchesAnEpoch(data, 3))
      assert.deepEqual(sorted(all.flatMap(({ indices }) => Array.from(indices))), upTo(data.size))
      const order = (more: object) =>
        [...trainingPoints(data, { ...options, ...more })].flatMap(({ indices }) => Array.from(indices))
      assert.deepEqual(order({}), order({}))
      assert.notDeepEqual(order({}), order({ epoch: 3 }))
      assert.notDeepEqual(order({}), order({ seed: 5 }))
      const { count, at } = epochBatches(data, options)
      assert.equal(count, all.length)
      for (const i of [count - 1, 0, 2]) assert.deepEqual(at(i), all[i])
      assert.deepEqual([...trainingPoints(data, { ...options, skip: 2 })], all.slice(2))
    })

  it('of texts has batches of one shape a length, filled up with rows that count nothing', () => {
    const all = [...trainingPoints(texts, { batchSize: 3, seed: 4, epoch: 0 })]
    // ⌈5/3⌉ + ⌈4/3⌉ + ⌈4/3⌉.
    assert.equal(all.length, 6)
    for (const { indices, size, x, weight } of all) {
      const [count, length] = x.shape
      assert.equal(count, 3)
      assert.deepEqual(
        Array.from(weight!),
        upTo(3).map((row) => +(row < size)),
      )
      for (let row = 0; row < 3; row++)
        assert.deepEqual(
          Array.from(x.values.subarray(row * length, (row + 1) * length)),
          // The first row again where there is none.
          marked(indices[row < size ? row : 0]),
        )
    }
    // Fewer texts of a length than a batch: no more rows than texts.
    const few = [...trainingPoints(texts.select([0, 3, 2]), { batchSize: 32, seed: 1, epoch: 0 })]
    assert.deepEqual(few.map(({ x }) => x.shape).sort(), [
      [1, 5],
      [2, 3],
    ])
  })

  it('of long texts has smaller batches, which is said, as is a length far above the others', () => {
    const long = tinyTexts(40, 5, 1, [600])
    const all = [...trainingPoints(long, { batchSize: 32, seed: 1, epoch: 0 })]
    // ⌊16,384 / 602⌋ = 27 texts.
    assert.deepEqual(all.map(({ x, size }) => [x.shape[0], size]).sort(), [
      [27, 13],
      [27, 27],
    ])
    assert.equal(batchesAnEpoch(long, 32), 2)
    assert.match(
      describeLengths(long, 32)!,
      /^batches of texts from 600 tokens on have fewer than 32 texts, at/,
    )
    assert.equal(describeLengths(long, 27), undefined)
    assert.equal(describeLengths(texts, 32), undefined)
    const mixed = tinyTexts(7, 5, 1, [3, 4, 5, 6, 7, 8, 1300])
    assert.match(
      describeLengths(mixed, 32)!,
      /^the longest text has 1,300 tokens, half of the texts at most 6: /,
    )
    // Longer than a batch may be: alone.
    const [one] = [...trainingPoints(tinyTexts(2, 5, 1, [20_000]), { batchSize: 32, seed: 1, epoch: 0 })]
    assert.deepEqual(one.x.shape, [1, 20_002])
  })

  it('goes on after a number of batches as if it had never stopped', () => {
    const options = { batchSize: 3, seed: 4, epoch: 1 }
    for (const data of [rows, texts]) {
      const all = [...trainingPoints(data, options)]
      for (const skip of [1, all.length - 1, all.length])
        assert.deepEqual([...trainingPoints(data, { ...options, skip })], all.slice(skip))
    }
    const whole = [...textBatches(texts, options)]
    assert.deepEqual([...textBatches(texts, { ...options, skip: 4 })], whole.slice(4))
    assert.deepEqual([...textBatches(texts, { ...options, skip: whole.length + 1 })], [])
    assert.throws(() => textBatches(texts, { ...options, skip: -1 }), /skip.* must be an integer ≥ 0, got -1/)
    // What is left out of an epoch is left out before batches are skipped.
    const kept = [...textBatches(texts, { ...options, dropLast: true })]
    assert.ok(kept.length < whole.length && kept.every(({ size }) => size === 3))
    assert.deepEqual([...textBatches(texts, { ...options, dropLast: true, skip: 2 })], kept.slice(2))
  })

  it('is measured in pieces in order, no larger than wanted, and put back where it stands', () => {
    for (const data of [rows, texts]) {
      const all = pieces(data, () => 2)
      assert.deepEqual(sorted(all.flatMap(({ indices }) => Array.from(indices))), upTo(data.size))
      const out = new Float64Array(2 * data.size).fill(-1)
      for (const piece of all) {
        assert.ok(piece.size <= 2 && piece.x.shape[0] >= piece.size)
        // Rows that only fill up have numbers too, which must not be put anywhere.
        const values = Array.from({ length: 2 * piece.x.shape[0] }, (_, i) =>
          i < 2 * piece.size ? 10 * piece.indices[Math.floor(i / 2)] + (i % 2) : 999,
        )
        scatter(out, values, 2, piece)
      }
      assert.deepEqual(
        Array.from(out),
        upTo(2 * data.size).map((i) => 10 * Math.floor(i / 2) + (i % 2)),
      )
    }
    for (const { indices, size, x } of pieces(texts, ([length]) => (length === 5 ? 1 : 100))) {
      const [count, length] = x.shape
      assert.equal(count, length === 5 ? 1 : length === 3 ? 5 : 4)
      for (let row = 0; row < size; row++)
        assert.deepEqual(
          Array.from(x.values.subarray(row * length, (row + 1) * length)),
          marked(indices[row]),
        )
    }
    for (const { indices, size, x } of pieces(rows, () => 3))
      for (let row = 0; row < size; row++)
        assert.deepEqual(Array.from(x.values.subarray(2 * row, 2 * row + 2)), [
          2 * indices[row],
          2 * indices[row] + 1,
        ])
  })
})
