import assert from 'node:assert/strict'
import { it } from 'node:test'
import { WordTable } from '../../../src/data/text/wordTable'
import { Random } from '../../support/random'

it('a table of words numbers them as a Map of strings does, however many and however long', () => {
  const random = new Random(5)
  const below = (n: number) => Math.floor(random.uniform() * n)
  const table = new WordTable()
  const truth = new Map<string, number>()
  // Far more than there is room for at first; some long, some of letters of several bytes, one empty.
  const word = (i: number) => (i % 5000 === 0 ? 'long'.repeat(i) : `${'é'.repeat(i % 3)}w${i}`)
  const words = ['', ...Array.from({ length: 60_000 }, () => word(below(20_000)))]
  words.forEach((one, i) => {
    if (!truth.has(one)) truth.set(one, truth.size)
    const before = 'x'.repeat(below(5))
    const bytes = Buffer.from(`${before}${one} y`)
    assert.equal(table.number(bytes, before.length, bytes.length - 2), truth.get(one))
    // Strings made in between do not hold for good.
    if (i % 20_000 === 7) assert.deepEqual(table.words(), [...truth.keys()])
  })
  assert.equal(table.size, truth.size)
  assert.deepEqual(table.words(), [...truth.keys()])
})
