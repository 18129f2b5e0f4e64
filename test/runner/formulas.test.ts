import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { notebooksIn } from '../../src/runner/run'
import { setFormula, withFormulas } from '../../src/runner/formulas'

const page = (body: string): string => `<html><head></head><body>${body}</body></html>`

it('formulas that are marked in a page are set, without scripts and other hosts', () => {
  const found = withFormulas(
    page(
      '<p>if <span data-formula="inline">a &lt; \\alpha &amp;&gt; b</span></p><span data-formula="display">\n\\frac{1}{2}\n</span>',
    ),
  )
  assert.match(found, /<annotation encoding="application\/x-tex">\\frac\{1\}\{2\}<\/annotation>/)
  assert.equal(found.match(/class="katex-display"/g)?.length, 1)
  assert.doesNotMatch(found, /data-formula|<script|https?:\/\/(?!www\.w3\.org)/)
  // Every font of the style is inside it.
  const fonts = found.match(/src:url\([^)]{0,30}/g) ?? []
  assert.ok(fonts.length >= 20 && fonts.every((one) => one.startsWith('src:url(data:font/woff2;base64,')))
})

it('a page without formulas stays as it is', () => assert.equal(withFormulas(page('$5')), page('$5')))

it('a formula that cannot be set is shown as it is written', () => {
  assert.match(setFormula('\\frac{1', false), /katex-error[^>]*>\\frac\{1</)
  assert.doesNotMatch(
    setFormula('<img src=x onerror=alert(1)> \\href{javascript:alert(1)}{x}', false),
    /<img|<a /,
  )
})

it('every formula of the notebooks can be set', () => {
  let count = 0
  for (const file of notebooksIn(path.join(__dirname, '..', '..', 'notebooks'))) {
    const { cells } = JSON.parse(readFileSync(file, 'utf8')) as {
      cells: { cell_type: string; source: string | string[] }[]
    }
    for (const { cell_type, source } of cells) {
      if (cell_type !== 'markdown') continue
      const text = [source]
        .flat()
        .join('')
        .replace(/```[^]*?```|`[^`]*`/g, '')
      for (const [whole, display, inline] of text.matchAll(/\$\$([^$]+)\$\$|\$([^$]+)\$/g)) {
        count++
        assert.doesNotMatch(
          setFormula(display ?? inline, display !== undefined),
          /katex-error/,
          `${file}: ${whole}`,
        )
      }
    }
  }
  assert.ok(count > 300, `${count}`)
})
