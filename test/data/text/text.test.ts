import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as aq from 'arquero'
import { DataError } from '../../../src/base/errors'
import { text, type TextOptions } from '../../../src/data/text/readText'
import { Vocabulary } from '../../../src/data/text/vocabulary'
import { inFolder } from '../temporary'

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
})
