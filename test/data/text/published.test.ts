import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fetchData, listData } from '../../../src/data/catalog'
import { isThere } from '../../../src/platform/files'
import { md5 } from '../../../src/platform/hash'
import { yahoo, yelp, type PublishedTextOptions } from '../../../src/data/text/published'
import type { TextSet } from '../../../src/data/text/textSet'
import { tokensOf } from '../../../src/data/text/vocabulary'
import { dataFolder } from '../../../src/platform/places'
import { ArgumentError, DataError } from '../../../src/base/errors'
import { inFolder, withEnvironment } from '../temporary'

/** What Python reads in the files; see fixtures/data/text_figures.py. */
interface Part {
  size: number
  words: number
  shortest: number
  longest: number
  first: string
  last: string
  labels: [number, number]
}
type Figures = Record<'train' | 'valid' | 'test', Part> & {
  vocabulary: number
  unknown: number
  order: string
}
const figures = JSON.parse(
  readFileSync(path.join(__dirname, '../../fixtures/data/text-figures.json'), 'utf8'),
) as Record<'yahoo' | 'yelp', Figures>

const quiet = { onNote: () => undefined }
const here = async (name: string): Promise<boolean> => {
  const folder = dataFolder()
  return folder !== undefined && isThere(path.join(folder, name, `${name}.train.txt`), '')
}

function agrees(set: TextSet, truth: Part, labelled: boolean): void {
  const lengths = set.documents.map((document) => document.length)
  assert.equal(set.size, truth.size)
  assert.equal(
    lengths.reduce((a, b) => a + b, 0),
    truth.words,
  )
  assert.deepEqual(
    [lengths.reduce((a, b) => Math.min(a, b)), lengths.reduce((a, b) => Math.max(a, b))],
    [truth.shortest, truth.longest],
  )
  if (!labelled) assert.equal(set.labels, undefined)
  else
    assert.deepEqual(
      [0, 1].map((label) => Array.from(set.labels ?? []).filter((one) => one === label).length),
      truth.labels,
    )
}

describe('the texts of LIDVAE_DATA', () => {
  for (const [name, load] of [
    ['yahoo', yahoo],
    ['yelp', yelp],
  ] as const)
    it(`${name} is read as Python reads it`, async (t) => {
      if (!(await here(name))) return t.skip(`${name} is not in LIDVAE_DATA`)
      const truth = figures[name]
      const { train, validation, test, vocabulary, source } = await load(quiet)
      agrees(train, truth.train, name === 'yelp')
      agrees(validation, truth.valid, name === 'yelp')
      agrees(test, truth.test, name === 'yelp')
      assert.deepEqual(
        [vocabulary.size, vocabulary.counts[2], source],
        [truth.vocabulary, truth.unknown, 'LIDVAE_DATA'],
      )
      assert.equal(md5(vocabulary.tokens.slice(3).join('\n')), truth.order)
      // First texts whose words are all known come back word for word.
      const all = [train.text(0), train.text(train.size - 1), test.text(0), test.text(test.size - 1)]
      const begins = [truth.train.first, truth.train.last, truth.test.first, truth.test.last]
      const same = all.map((line, i) => md5(tokensOf(line, 'words').slice(0, 5).join(' ')) === begins[i])
      assert.ok(same[0] && same[1] && same.filter(Boolean).length >= 3, String(same))
    })
})

/** Loads with a data folder of the test's own. */
const load = (folder: string, options: PublishedTextOptions = {}) =>
  withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: undefined }, () => yelp({ ...quiet, ...options }))

async function put(folder: string): Promise<string> {
  const place = path.join(folder, 'data', 'yelp')
  await mkdir(place, { recursive: true })
  const content = {
    train: '1\tgood food\n0\tbad food\n1\tgood good\n',
    valid: '0\tnot good\n',
    test: '1\tfood\n0\tbad\n',
  }
  for (const [part, lines] of Object.entries(content))
    await writeFile(path.join(place, `yelp.${part}.txt`), lines)
  return place
}

describe('yelp and yahoo', () => {
  it('share the vocabulary of the training texts, and take the first texts asked for', () =>
    inFolder(async (folder) => {
      await put(folder)
      const notes: string[] = []
      const { train, validation, vocabulary, source } = await load(folder, {
        onNote: (line) => notes.push(line),
      })
      assert.deepEqual(vocabulary.tokens.slice(3), ['good', 'food', 'bad'])
      assert.deepEqual(
        [validation.text(0), source, train.labelNames],
        ['_UNK good', 'cache', ['negative', 'positive']],
      )
      assert.deepEqual(notes, ['Yelp, from the cache: 3 training, 1 validation and 2 test texts, 6 tokens'])
      const few = await load(folder, { train: 2, test: 1, size: 5 })
      assert.deepEqual(
        [few.train.size, few.test.size, few.vocabulary.tokens.slice(3)],
        [2, 1, ['food', 'bad']],
      )
      await assert.rejects(
        load(folder, { train: 0 }),
        /^ArgumentError: `yelp\(\{ train \}\)` must be .*, got 0/,
      )
      await assert.rejects(load(folder, { size: 1 }), ArgumentError)
    }))

  it('say which files to put where, and are never fetched', () =>
    inFolder(async (folder) => {
      const wanted = (error: unknown) => {
        assert.ok(error instanceof DataError, String(error))
        const place = path.join(folder, 'data', 'yelp')
        assert.match(
          error.message,
          /cannot be downloaded automatically\. Put these into .* by hand: yelp\.train\.txt, yelp\.valid\.txt, yelp\.test\.txt\. They are in the archive/,
        )
        return error.message.includes(place) && !error.message.includes('\n')
      }
      await assert.rejects(load(folder), wanted)
      await withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: undefined }, async () => {
        await assert.rejects(fetchData('yelp'), wanted)
        const row = (await listData()).find(({ name }) => name === 'yelp')
        assert.deepEqual([row?.found, row?.optional, row?.byHand], [false, true, true])
      })
    }))
})
