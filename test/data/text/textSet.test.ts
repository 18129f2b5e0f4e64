import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ArgumentError } from '../../../src/base/errors'
import { textBatches } from '../../../src/data/text/textBatches'
import { TextSet } from '../../../src/data/text/textSet'
import { Vocabulary } from '../../../src/data/text/vocabulary'
import { Random } from '../../support/random'

const made = (texts: readonly string[], labels?: readonly number[]): TextSet => {
  const vocabulary = Vocabulary.of(texts)
  const documents = texts.map((one) => vocabulary.encode(one))
  return new TextSet({
    name: 'toy',
    vocabulary,
    documents,
    labels: labels && Int32Array.from(labels),
    source: 'a test',
  })
}

describe('TextSet', () => {
  it('selects, takes and splits with labels, and keeps its vocabulary', () => {
    const texts = Array.from({ length: 20 }, (_, i) => `w${i} x`)
    const set = made(
      texts,
      texts.map((_, i) => i % 3),
    )
    assert.deepEqual([set.size, set.text(4), set.take(2).size, set.take(99).size], [20, 'w4 x', 2, 20])
    const some = set.select([5, 1, 5])
    assert.deepEqual(
      [[0, 1, 2].map((i) => some.text(i)), Array.from(some.labels ?? [])],
      [
        ['w5 x', 'w1 x', 'w5 x'],
        [2, 1, 2],
      ],
    )
    const { train, test } = set.split({ test: 0.25, seed: 2 })
    assert.deepEqual([train.size, test.size, test.name], [15, 5, 'toy, test'])
    const all = [train, test].flatMap((part) => Array.from({ length: part.size }, (_, i) => part.text(i)))
    assert.deepEqual(all.sort(), texts.sort())
    assert.equal(train.vocabulary, set.vocabulary)
    assert.equal(typeof train.table().numRows(), 'number')
    assert.throws(() => set.text(20), /index in text set toy must be an integer from 0 to 19, got 20/)
    assert.throws(() => set.select([-1]), ArgumentError)
    assert.throws(() => set.split({ test: 0 }), ArgumentError)
    assert.throws(() => set.take(0), ArgumentError)
  })

  it('is the same of texts in arrays of their own and in one', () => {
    const vocabulary = Vocabulary.of(['a b c'])
    const documents = ['a b', '', 'c', 'c a a'].map((one) => vocabulary.encode(one))
    const options = { name: 'toy', vocabulary, source: 'a test' }
    const apart = new TextSet({ ...options, documents })
    const inOne = new TextSet({ ...options, documents: apart.packed })
    for (const set of [apart, inOne, apart.select([2, 0, 1, 3]).select([1, 2, 0, 3]), apart.take(4)])
      assert.deepEqual(set.documents, documents)
    assert.deepEqual(apart.take(2).documents, documents.slice(0, 2))
    assert.equal(inOne.documents, inOne.documents, 'cut once')
  })

  it('gives rows to arquero', () => {
    const vocabulary = Vocabulary.of(['a'])
    const set = new TextSet({
      name: 'toy',
      vocabulary,
      documents: [vocabulary.encode('a b'), vocabulary.encode('c')],
      labels: Int32Array.of(0, 1),
      labelNames: ['bad', 'good'],
      source: 'a test',
    })
    assert.deepEqual(set.table().objects(), [
      { index: 0, words: 2, unknown: 1, label: 0, labelName: 'bad' },
      { index: 1, words: 1, unknown: 1, label: 1, labelName: 'good' },
    ])
  })

  it('refuses labels that do not fit', () => {
    const vocabulary = Vocabulary.of(['a'])
    const documents = [vocabulary.encode('a')]
    const fails = (labels: Int32Array, labelNames: string[] | undefined, wanted: RegExp) =>
      assert.throws(
        () => new TextSet({ name: 'toy', vocabulary, documents, labels, labelNames, source: '' }),
        wanted,
      )
    fails(Int32Array.of(0, 1), undefined, /`labels` of text set toy must be 1 labels, one per text/)
    fails(Int32Array.of(2), ['no', 'yes'], /`labels` of text set toy must be integers from 0 to 1, got 2/)
    assert.throws(
      () => new TextSet({ name: 'toy', vocabulary, documents: [], source: '' }),
      /at least one text/,
    )
  })
})

describe('textBatches', () => {
  const random = new Random(1)
  const texts = Array.from({ length: 200 }, () =>
    Array.from(
      { length: 1 + Math.floor(6 * random.uniform()) },
      () => `w${Math.floor(30 * random.uniform())}`,
    ).join(' '),
  )
  const set = made(texts)
  const batchesOf = (options: Partial<Parameters<typeof textBatches>[1]> = {}) => [
    ...textBatches(set, { batchSize: 16, seed: 1, epoch: 0, ...options }),
  ]

  it('has each text once, between its marks, beside texts of its length only', () => {
    const seen: number[] = []
    for (const { indices, x, size, length } of batchesOf()) {
      assert.ok(size <= 16 && size === indices.length && x.length === size * length)
      indices.forEach((index, row) => {
        const ids = x.subarray(row * length, (row + 1) * length)
        assert.deepEqual([ids[0], ids[length - 1]], [0, 1])
        assert.deepEqual(ids.subarray(1, length - 1), set.documents[index])
        seen.push(index)
      })
    }
    assert.deepEqual(
      seen.sort((a, b) => a - b),
      texts.map((_, i) => i),
    )
    // At most one batch a length is not full.
    const partial = batchesOf().filter(({ size }) => size < 16)
    assert.equal(new Set(partial.map(({ length }) => length)).size, partial.length)
    assert.deepEqual(
      batchesOf({ dropLast: true }).filter(({ size }) => size < 16),
      [],
    )
  })

  it('has an order of its own for each seed and epoch, lengths mixed', () => {
    const order = (options: object) => batchesOf(options).map(({ indices }) => Array.from(indices))
    assert.deepEqual(order({}), order({}))
    assert.notDeepEqual(order({}), order({ epoch: 1 }))
    assert.notDeepEqual(order({}), order({ seed: 2 }))
    const lengths = batchesOf().map(({ length }) => length)
    assert.notDeepEqual(
      lengths,
      [...lengths].sort((a, b) => a - b),
    )
    assert.throws(() => textBatches(set, { batchSize: 0, seed: 1, epoch: 0 }), ArgumentError)
    assert.throws(() => textBatches(set, { batchSize: 1, seed: 1, epoch: -1 }), ArgumentError)
  })
})
