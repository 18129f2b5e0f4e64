import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataError } from '../../../src/base/errors'
import { inVocabulary, vocabularyOf } from '../../../src/data/text/inVocabulary'
import { readTexts, type Wanted } from '../../../src/data/text/readTexts'
import { withPlainSpaces } from '../../../src/data/text/spaces'
import { TextSet } from '../../../src/data/text/textSet'
import { WordTable } from '../../../src/data/text/wordTable'
import { Random } from '../../support/random'
import { byStrings } from './byStrings'

const ALTERATIONS = process.env.LIDVAE_TEST_FULL ? 10_000 : 2000

describe('text of a file that was altered', () => {
  it(`has the words, labels and errors of strings, whatever ${ALTERATIONS} random alterations made of a file`, async () => {
    const random = new Random(9)
    const below = (n: number) => Math.floor(random.uniform() * n)
    const original = Buffer.from(
      Array.from({ length: 20 }, (_, i) => `${i % 2}\twörds of line ${i}`).join('\n'),
    )
    // What ends lines, what stands between words, what is space to some, a byte order mark, marks of ours,
    // halves of letters.
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
