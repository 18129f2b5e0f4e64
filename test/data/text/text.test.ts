import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as aq from 'arquero'
import { inVocabulary, vocabularyOf } from '../../../src/data/text/inVocabulary'
import { text, type TextOptions } from '../../../src/data/text/readText'
import { readTexts, type Wanted } from '../../../src/data/text/readTexts'
import { textBatches } from '../../../src/data/text/textBatches'
import { TextSet } from '../../../src/data/text/textSet'
import { Vocabulary } from '../../../src/data/text/vocabulary'
import { WordTable } from '../../../src/data/text/wordTable'
import { ArgumentError, DataError } from '../../../src/base/errors'
import { Random } from '../../support/random'
import { withPlainSpaces } from '../../../src/data/text/spaces'
import { inFolder } from '../temporary'
import { byStrings } from './byStrings'

const ALTERATIONS = process.env.LIDVAE_TEST_FULL ? 10_000 : 2000

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
})

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

describe('text', () => {
  const read = (content: string | Buffer, options: TextOptions = {}) =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'mine.txt')
      await writeFile(file, content)
      return text(file, { onNote: () => undefined, ...options })
    })

  it('reads a text a line, whatever ends the lines, and passes over empty ones', async () => {
    for (const content of [
      'so it is\n\nso it was\n',
      'so it is\r\n \r\nso it was',
      '\ufeffso it is\nso it was',
    ]) {
      const set = await read(content)
      assert.deepEqual(
        [set.size, set.text(0), set.text(1), set.labels, set.name],
        [2, 'so it is', 'so it was', undefined, 'mine.txt'],
      )
    }
  })

  it('reads labels before a tab where every line has one', async () => {
    const numbers = await read('1\tgood food\n0\tbad\n', { labelNames: ['negative', 'positive'] })
    assert.deepEqual(
      [Array.from(numbers.labels ?? []), numbers.labelNames, numbers.text(0)],
      [[1, 0], ['negative', 'positive'], 'good food'],
    )
    const words = await read('up\ta\ndown\tb\nup\tc')
    assert.deepEqual(
      [Array.from(words.labels ?? []), words.labelNames],
      [
        [1, 0, 1],
        ['down', 'up'],
      ],
    )
    assert.equal((await read('a\tb\nc')).labels, undefined)
    assert.equal((await read('a\tb', { labelled: false })).text(0), 'a b')
  })

  it('ends texts at lone carriage returns, and separates words by spaces of any kind', async () => {
    const set = await read('so it is\rso it was\r')
    assert.deepEqual([set.size, set.text(1)], [2, 'so it was'])
    for (const space of ['\u00a0', '\u202f', '\u3000', '\u2009', '\u1680', '\u205f', '\f', '\v']) {
      const french = await read(`que faire${space}?\nquoi${space}${space} ?\n`)
      assert.deepEqual([french.text(0), french.text(1)], ['que faire ?', 'quoi ?'])
      assert.deepEqual(french.vocabulary.encode(`faire${space}?`), french.vocabulary.encode('faire ?'))
    }
    assert.equal((await read('caf\u00e9 \u20ac \u3042\n')).text(0), 'caf\u00e9 \u20ac \u3042', 'letters stay')
  })

  it('has characters as tokens where that is asked for, and says so where texts are one word', async () => {
    const notes: string[] = []
    const onNote = (line: string) => notes.push(line)
    const molecules = 'CCO\nC(=O)O\n'
    await read(molecules, { onNote })
    assert.match(notes[0], /; 2 of 2 texts are one word: by: 'characters' makes every character a token$/)
    const set = await read(molecules, { onNote, by: 'characters' })
    assert.match(notes[1], / 8 tokens;/)
    assert.deepEqual([set.text(0), set.text(1), set.vocabulary.by], ['CCO', 'C(=O)O', 'characters'])
    const chinese = await read('\u4eca\u5929\u3000\u{1f600}  \u597d \n', { by: 'characters' })
    assert.equal(chinese.text(0), '\u4eca\u5929 \u{1f600} \u597d')
    assert.equal(chinese.documents[0].length, 6)
    assert.deepEqual(chinese.vocabulary.encode('\u4eca\u5929 \u{1f600}\u3000\u597d'), chinese.documents[0])
    const { tokens, counts, by } = set.vocabulary
    assert.deepEqual(Vocabulary.from(tokens, counts, by).encode('OCX'), set.vocabulary.encode('OCX'))
    await assert.rejects(
      read('a', { by: 'letters' as never }),
      /`by` must be 'words' or 'characters', got 'letters'/,
    )
  })

  it('makes the mark of unknown words that a file has its own, or says that it has one', async () => {
    let note = ''
    const onNote = (line: string) => (note = line)
    const content = ' a <unk> in the park \n <unk> said\n'
    assert.equal((await read(content, { onNote })).text(1), '<unk> said')
    assert.match(
      note,
      /<unk> is a word of the texts \(2 times\): unknown: '<unk>' makes it the unknown word _UNK/,
    )
    const set = await read(content, { onNote, unknown: '<unk>' })
    assert.equal(set.text(1), '_UNK said')
    assert.deepEqual([set.vocabulary.counts[2], set.vocabulary.tokens.includes('<unk>')], [2, false])
    assert.doesNotMatch(note, /<unk>/)
  })

  it('finds the label after the text, a line of names, and the fields among several, and says which', async () => {
    let note = ''
    const onNote = (line: string) => (note = line)
    const rows = Array.from({ length: 6 }, (_, i) => [`a film number ${i}`, String(i % 2)])
    const after = await read(`sentence\tlabel\n${rows.map((row) => row.join('\t')).join('\n')}`, { onNote })
    assert.deepEqual(
      [after.size, after.text(0), Array.from(after.labels!)],
      [6, 'a film number 0', [0, 1, 0, 1, 0, 1]],
    )
    assert.match(note, /; a text, a tab and a label per line; the first line has the names of the fields/)
    const before = await read(`label\ttext\n${rows.map((row) => [...row].reverse().join('\t')).join('\n')}`, {
      onNote,
    })
    assert.deepEqual([before.size, before.text(5), before.labels![5]], [6, 'a film number 5', 1])
    const few = await read('text\tlabel\nhe said no\tx\nnot so\ty\n', { onNote })
    assert.deepEqual([few.size, few.text(0), few.labelNames], [2, 'he said no', ['x', 'y']])
    const three = rows.map(([film, label], i) => [1000 + i, label, film].join('\t')).join('\n')
    const among = await read(three, { onNote })
    assert.deepEqual([among.text(3), Array.from(among.labels!)], ['a film number 3', [0, 1, 0, 1, 0, 1]])
    assert.match(
      note,
      /tabs between 3 fields: the text is field 2, the label field 1; left out: field 0 \(choose with/,
    )
    const chosen = await read(three, { onNote, column: 2, label: 0 })
    assert.equal(new Set(chosen.labels).size, 6)
    assert.match(note, /; the labels differ in nearly every line/)
    assert.equal((await read(three, { column: 2 })).labels, undefined)
    const pairs = 'two words\tdeux mots\none\tun\ntwo\tdeux\nten\tdix\n'
    await read(pairs, { onNote })
    assert.match(note, /a label, a tab and a text per line; the labels differ in nearly every line/)
    assert.equal((await read(three, { labelled: false })).text(0), '1000 0 a film number 0')
    await assert.rejects(
      read(three, { column: 3 }),
      /`text\(\{ column \}\)` must be a field from 0 to 2, got 3/,
    )
    await assert.rejects(
      read('sentence\tlabel\na b\t1', { column: 'txt' }),
      /must be one of sentence, label, got 'txt'/,
    )
  })

  it('takes strings, and a column of a table or of a CSV, with labels, and says what it leaves out', async () => {
    let note = ''
    const onNote = (line: string) => (note = line)
    const set = await text(['so it is', ' ', 'so be it'], { labels: ['x', 'y', 'z'], onNote })
    assert.deepEqual([set.size, set.text(1), set.labelNames], [2, 'so be it', ['x', 'z']])
    assert.match(note, /^own texts: 2 texts, .*; 1 empty texts left out; spaces separate words$/)
    const table = aq.table({ review: ['very good', null, 'bad'], stars: [5, 3, 1], id: [1, 2, 3] })
    const column = await text(table, { column: 'review', label: 'stars', onNote })
    assert.deepEqual([column.text(1), Array.from(column.labels!)], ['bad', [5, 1]])
    assert.match(note, /the text is review, the label stars; left out: id; 1 empty texts left out/)
    await assert.rejects(
      text(table),
      /`text\(\{ column \}\)` must be one of the columns review, stars, id, got undefined\. Say which/,
    )
    await assert.rejects(text(['a', 3 as never]), /`text\(source\)\[1\]` must be a string, got 3/)
    await assert.rejects(text(['a'], { labels: [1, 2] }), /must be 1 labels, one per text/)
    await inFolder(async (folder) => {
      const file = path.join(folder, 'r.csv')
      await writeFile(file, 'text,label\n"good, very good",1\nbad,0\n')
      const read = await text(file, { column: 'text', label: 'label', onNote })
      assert.deepEqual([read.text(0), Array.from(read.labels!)], ['good, very good', [1, 0]])
    })
  })

  it('shares the vocabulary of another set', async () => {
    const first = await read('a b')
    const second = await read('b c', { vocabulary: first.vocabulary })
    assert.deepEqual([second.text(0), second.vocabulary], ['b _UNK', first.vocabulary])
    assert.equal((await read('a a b', { minCount: 2 })).text(0), 'a a _UNK')
  })

  it('names file and line of what is wrong', async () => {
    const is = (content: string | Buffer, wanted: RegExp, options: TextOptions = {}) =>
      assert.rejects(read(content, options), (error) => {
        assert.ok(error instanceof DataError, String(error))
        assert.match(error.message, wanted)
        return !error.message.includes('\n')
      })
    await is('', /mine\.txt has no texts/)
    await is(' \n\n', /has no texts/)
    await is(Buffer.from([0x61, 0xff, 0xfe]), /mine\.txt is not UTF-8/)
    await is('1\ta\nb\n', /has no label before a tab in line 2/, { labelled: true })
    await assert.rejects(text('nowhere.txt'), /nowhere\.txt does not exist \(ENOENT\)/)
  })

  it(`has the words, labels and errors of strings, whatever ${ALTERATIONS} random alterations made of a file`, async () => {
    const random = new Random(9)
    const below = (n: number) => Math.floor(random.uniform() * n)
    const original = Buffer.from(
      Array.from({ length: 20 }, (_, i) => `${i % 2}\twörds of line ${i}`).join('\n'),
    )
    // What ends lines, what stands between words, what is space to some, a byte order mark, marks of ours, halves of letters.
    const pieces = [
      '\r\n',
      '\t',
      ' ',
      '  ',
      '\r',
      '\u00a0',
      '\u202f',
      '\u2003',
      '\u3000',
      '\ufeff',
      '_UNK',
      '</s>',
      '\v',
      '\0',
      'é',
    ].map((one) => Buffer.from(one))
    let refused = 0
    for (let i = 0; i < ALTERATIONS; i++) {
      let bytes = original
      // Some without labels.
      if (i % 4 === 0) bytes = Buffer.from(bytes.toString().replaceAll('\t', ' '))
      for (let change = below(3); change >= 0; change--) {
        const at = below(bytes.length)
        const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
        const kind = below(6)
        if (kind === 0)
          bytes = Buffer.concat([head, Buffer.of(bytes[at] ^ (1 << below(8))), tail.subarray(1)])
        else if (kind === 1) bytes = Buffer.concat([head, Buffer.of(below(256)), tail.subarray(1)])
        else if (kind === 2) bytes = head
        else if (kind === 3) bytes = Buffer.concat([head, Buffer.of(below(256)), tail])
        else bytes = Buffer.concat([kind === 4 ? head : Buffer.of(), pieces[below(pieces.length)], tail])
      }
      const labelled = [undefined, undefined, true, false][below(4)]
      const most = below(3) === 0 ? 1 + below(20) : undefined
      const truth = byStrings(bytes, { labelled, most })
      const found = await readBytes(bytes, { labelled, most }).catch((error: unknown) => {
        assert.ok(error instanceof DataError, String((error as Error).stack))
        assert.doesNotMatch(error.message, /\n|undefined|NaN/)
        refused++
        return error.message
      })
      assert.deepEqual(found, truth, `case ${i}`)
    }
    assert.ok(refused > ALTERATIONS / 10 && refused < 0.8 * ALTERATIONS, `${refused} refused`)
    assert.ok(process.resourceUsage().maxRSS < 2 ** 20, 'never more than 1 GiB')
  })
})

/** What a file's bytes become: words, counts, numbers and labels. */
async function readBytes(bytes: Buffer, wanted: Wanted): Promise<object> {
  const table = new WordTable()
  const texts = await readTexts(
    withPlainSpaces(() => [Buffer.from(bytes)]),
    'x.txt',
    table,
    wanted,
  )
  const vocabulary = vocabularyOf(texts.documents, table, {})
  const { labels, labelNames, documents } = inVocabulary(texts, table, vocabulary)
  const set = new TextSet({ name: 'x', vocabulary, documents, labels, source: 'x' })
  return { words: vocabulary.tokens, counts: vocabulary.counts, documents: set.documents, labels, labelNames }
}
