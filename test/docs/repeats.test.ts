import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { root } from '../package/publicApi'

/** Shorter lines, heads of tables and items of items may stand twice. */
const LONG = 60
/** Items of one list that begin alike say the same: so a merge of two versions leaves them. */
const BEGINNING = 24

describe('no page says a thing twice', () => {
  const pages = [
    ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
    ...readdirSync(path.join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ]
  const twice = (lines: readonly string[]): string[] => lines.filter((line, i) => lines.indexOf(line) !== i)

  for (const page of pages)
    it(page, () => {
      const lines = readFileSync(path.join(root, page), 'utf8')
        .replace(/^```[^]*?^```$/gm, '')
        .split('\n')
      assert.deepEqual(twice(lines.filter((line) => line.length >= LONG && !/^(\||\s)/.test(line))), [])
      if (page === 'CHANGELOG.md')
        assert.deepEqual(
          twice(lines.filter((line) => line.startsWith('- ')).map((line) => line.slice(0, BEGINNING))),
          [],
        )
    })
})
