import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ArgumentError } from '../../../src/base/errors'
import { Vocabulary } from '../../../src/data/text/vocabulary'

const lines = ['a b a', 'c  a\tb', 'd </s> _UNK']

describe('Vocabulary', () => {
  it('numbers words by how often they come, after the three marks', () => {
    const { tokens: words, counts, size } = Vocabulary.of(lines)
    assert.deepEqual(words, ['<s>', '</s>', '_UNK', 'a', 'b', 'c', 'd'])
    // Three texts; the mark and the unknown word in the last one are not known.
    assert.deepEqual(counts, [3, 3, 2, 3, 2, 1, 1])
    assert.equal(size, 7)
  })

  it('keeps to a size and a least count, and counts what it leaves out', () => {
    assert.deepEqual(Vocabulary.of(lines, { size: 5 }).tokens.slice(3), ['a', 'b'])
    assert.deepEqual(Vocabulary.of(lines, { minCount: 3 }).tokens.slice(3), ['a'])
    assert.equal(Vocabulary.of(lines, { minCount: 3 }).counts[2], 6)
    assert.throws(
      () => Vocabulary.of(lines, { size: 3 }),
      /size of the vocabulary must be an integer ≥ 4, got 3/,
    )
    assert.throws(() => Vocabulary.of(lines, { minCount: 0 }), ArgumentError)
  })

  it('is the same of words that were counted', () => {
    const counted = (options: object) =>
      Vocabulary.ofCounts(['_UNK', 'a', 'b', '</s>', 'c', 'd'], [1, 3, 2, 1, 1, 1], 3, options)
    for (const options of [{}, { size: 5 }, { minCount: 2 }]) {
      const [{ tokens: words, counts }, truth] = [counted(options), Vocabulary.of(lines, options)]
      assert.deepEqual([words, counts], [truth.tokens, truth.counts])
    }
    assert.throws(() => counted({ size: 3 }), ArgumentError)
    assert.throws(() => counted({ minCount: 0.5 }), ArgumentError)
  })

  it('encodes and decodes: a mark inside a text is a word that nobody knows', () => {
    const vocabulary = Vocabulary.of(lines)
    assert.deepEqual(Array.from(vocabulary.encode(' b x  </s> <s> a ')), [4, 2, 2, 2, 3])
    assert.equal(vocabulary.decode([0, 4, 2, 3, 1, 5]), 'b _UNK a')
    for (const line of ['a b a', 'd c b a']) assert.equal(vocabulary.decode(vocabulary.encode(line)), line)
    assert.equal(vocabulary.encode('').length, 0)
    assert.deepEqual(
      ['b', 'x', '</s>', '<s>', '_UNK'].map((word) => vocabulary.number(word)),
      [4, 2, 2, 2, 2],
    )
    assert.deepEqual(vocabulary.encode('b\ta \t b\t'), vocabulary.encode('b a b'))
    assert.throws(() => vocabulary.decode([7]), /`decode\(ids\)\[0\]` must be a token id from 0 to 6, got 7/)
  })

  it('of texts without a frequent word has the marks only, and can be saved', () => {
    const vocabulary = Vocabulary.of(['a b'], { minCount: 2 })
    assert.deepEqual(vocabulary.tokens, ['<s>', '</s>', '_UNK'])
    assert.deepEqual(Vocabulary.from(vocabulary.tokens, vocabulary.counts).tokens, vocabulary.tokens)
  })
})
