import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { deadSiteLinks } from '../../scripts/links'
import { foreignParts, linkToPages, shareParts } from '../../scripts/sitePages'
import { inFolder } from '../data/temporary'

const write = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
}
const CSS = `p { color: red } ${'/* long */'.repeat(500)}`
/** As nbconvert writes a page. */
const notebook = (words: string): string => `<html><head>
<script src="https://cdnjs.example/ajax/libs/require.js/2.1.10/require.min.js"></script>
<style type="text/css">${CSS}</style><style>b { color: blue }</style>
<script src="https://cdnjs.example/ajax/libs/mathjax/2.7.7/latest.js?config=TeX,Safe"> </script>
<!-- MathJax configuration -->
<script type="text/x-mathjax-config">init_mathjax()</script>
<script type="module">
  document.addEventListener("DOMContentLoaded", async () => {
    const mermaid = (await import("https://cdnjs.example/mermaid.mjs")).default;
  })
</script></head><body>${words}</body></html>`

it('pages of the documentation ask no other host, and share their styles', () =>
  inFolder((folder) => {
    const site = path.join(folder, 'site')
    write(site, {
      'assets/main.js': '',
      'index.html': '<html><head></head><body>$y$</body></html>',
      'documents/docs_a.html': '<html><head></head><body>$x$</body></html>',
      'notebooks/tour.html': notebook('$z$'),
      'notebooks/labs/1.html': notebook('$w$'),
    })
    write(folder, { 'mathjax.js': 'typeset()' })
    assert.equal(foreignParts(site).length, 6, 'three parts of each notebook')
    shareParts(site, path.join(folder, 'mathjax.js'))
    assert.deepEqual(foreignParts(site), [])
    assert.deepEqual(deadSiteLinks(site), [])
    const page = (name: string): string => readFileSync(path.join(site, name), 'utf8')
    assert.equal(page('assets/notebook-1.css'), CSS)
    assert.equal(page('assets/mathjax.js'), 'typeset()')
    assert.match(page('notebooks/tour.html'), /<link rel="stylesheet" href="\.\.\/assets\/notebook-1\.css">/)
    assert.match(page('notebooks/labs/1.html'), /<link rel="stylesheet" href="\.\.\/\.\.\/assets\/notebook-1/)
    assert.match(page('notebooks/labs/1.html'), /<style>b { color: blue }<\/style>/)
    assert.match(page('index.html'), /<script defer src="assets\/mathjax\.js">/)
    for (const name of ['notebooks/tour.html', 'documents/docs_a.html'])
      assert.match(page(name), /<script defer src="\.\.\/assets\/mathjax\.js">/)
    return Promise.resolve()
  }))

it('links to notebooks and to Markdown lead to pages, and to a copy where there is no page', () =>
  inFolder((folder) => {
    const site = path.join(folder, 'site')
    write(folder, {
      'notebooks/labs/1.ipynb': '{"for":"students"}',
      'notebooks/labs/solutions/1.ipynb': '{"with":"solutions"}',
      'notebooks/tour.ipynb': '{}',
    })
    write(site, {
      'index.html': '<a href="notebooks/labs/1.ipynb">1</a>',
      // As TypeDoc copies them: the second of a name gets a number.
      'media/1.ipynb': '{"for":"students"}',
      'media/1-1.ipynb': '{"with":"solutions"}',
      'documents/docs_b.html': '<h2 id="here"></h2>',
      'documents/docs_a.html':
        '<a href="../media/1.ipynb">for students</a><a href="../media/1-1.ipynb">solved</a>',
      'notebooks/tour.html': '<a href="labs/1.ipynb#Top">lab</a><a href="../docs/b.md#here">page</a>',
      'notebooks/labs/1.html': '<h1 id="Top"></h1><a href="../tour.ipynb">tour</a>',
    })
    linkToPages(site, folder)
    assert.deepEqual(deadSiteLinks(site), [])
    const links = (name: string): string[] =>
      [...readFileSync(path.join(site, name), 'utf8').matchAll(/href="([^"]*)"/g)].map(([, link]) => link)
    assert.deepEqual(links('index.html'), ['notebooks/labs/1.html'])
    assert.deepEqual(links('documents/docs_a.html'), ['../notebooks/labs/1.html', '../media/1-1.ipynb'])
    assert.deepEqual(links('notebooks/tour.html'), [
      '../notebooks/labs/1.html#Top',
      '../documents/docs_b.html#here',
    ])
    assert.deepEqual(links('notebooks/labs/1.html'), ['../../notebooks/tour.html'])
    assert.equal(existsSync(path.join(site, 'media/1.ipynb')), false, 'no page needs it')
    return Promise.resolve()
  }))
