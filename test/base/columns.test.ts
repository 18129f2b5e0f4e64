import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inColumns } from '../../src/base/consoleSummary'

const words = (count: number): string => Array.from({ length: count }, (_, i) => `word${i}`).join(' ')

it('long lines are broken between words, at 110 columns at most', () => {
  const text = `${words(40)}\n\n  ${words(3)}\n${words(60)}`
  const found = inColumns(text)
  assert.ok(found.split('\n').every((line) => line.length <= 110))
  // Nothing but the places where lines end has changed, and no line could have held another word.
  assert.equal(found.replace(/\s+/g, ' '), text.replace(/\s+/g, ' '))
  assert.ok(found.startsWith(`${words(17)}\nword17`), found)
  assert.equal(words(17).length, 108)
})

it('what is indented goes on further in', () => {
  assert.match(inColumns(`  ${words(30)}`), /^ {2}word0 .*\n {4}word\d+ [^\n]*$/)
})

it('short lines, and words that no line can hold, stay as they are', () => {
  for (const text of ['', 'a', ` ${words(3)} `, 'a\n\nb\n', 'x'.repeat(110), 'x'.repeat(300)])
    assert.equal(inColumns(text), text)
})

it('a figure stays together with its name and its error', () => {
  for (let before = 90; before < 110; before++)
    assert.match(
      inColumns(`${'x'.repeat(before)} F = 9.00 ± 0.01 nats and more words after it`),
      /F = 9\.00 ± 0\.01/,
    )
})
