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
const notebook = (words: string): string => `<html><head>
<style type="text/css">${CSS}</style><style>b { color: blue }</style>
</head><body>${words}</body></html>`

it('pages of the documentation share their long styles, and that of formulas goes where there are some', () =>
  inFolder((folder) => {
    const site = path.join(folder, 'site')
    write(site, {
      'assets/main.js': '',
      'index.html': '<html><head></head><body>none</body></html>',
      'documents/docs_a.html': '<html><head></head><body><span class="katex">x</span></body></html>',
      'notebooks/tour.html': notebook('tour'),
      'notebooks/labs/1.html': notebook('lab'),
    })
    shareParts(site, '.katex { color: green }')
    assert.deepEqual(deadSiteLinks(site), [])
    const page = (name: string): string => readFileSync(path.join(site, name), 'utf8')
    const styles = (name: string): string[] =>
      [...page(name).matchAll(/<link rel="stylesheet" href="([^"]*)">/g)].map(([, href]) =>
        page(path.posix.join(path.posix.dirname(name), href)),
      )
    assert.deepEqual(styles('index.html'), [])
    assert.deepEqual(styles('documents/docs_a.html'), ['.katex { color: green }'])
    for (const name of ['notebooks/tour.html', 'notebooks/labs/1.html']) {
      assert.deepEqual(styles(name), [CSS])
      assert.match(page(name), /<style>b { color: blue }<\/style>/)
    }
    return Promise.resolve()
  }))

it('parts that a page loads from another host are found', () =>
  inFolder((folder) => {
    write(folder, {
      'a.html':
        '<script src="https://one.example/a.js"></script><script>import("https://two.example/b.mjs")</script><a href="https://three.example">a link</a>',
    })
    assert.deepEqual(
      foreignParts(folder).map(({ link }) => link),
      ['https://one.example/a.js', 'https://two.example/b.mjs'],
    )
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
