import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { deadSiteLinks } from '../../scripts/links'
import { importModule } from '../../src/platform/importModule'
import { inFolder } from '../data/temporary'
import { root } from '../package/publicApi'

interface Docs {
  copyDocs(docs: string, out: string, notebooks: readonly string[]): void
}

/** Pages as TypeDoc and the gallery of `npm run docs` make them. */
const PAGES = {
  'index.html': '<nav id="tsd-toolbar-links"><a href="notebooks/index.html">Notebooks</a></nav>',
  'functions/fit.html':
    '<nav><a href="../notebooks/index.html" class="tsd-nav-link"><span>Notebooks</span></a></nav>',
  'notebooks/index.html':
    '<p><a href="../index.html">lidvae</a>: each as it ran</p><a class="card" href="tour.html"><h2>Tour</h2></a><a class="card" href="paper/1-gmm.html"><h2>GMM</h2></a>',
  'notebooks/tour.html': '<p>tour</p>',
  'notebooks/paper/1-gmm.html': '<p>gmm</p>',
}

it('the documentation and the site lead to each other', () =>
  inFolder(async (folder) => {
    const [docs, out] = [path.join(folder, 'docs-made'), path.join(folder, 'site')]
    for (const [base, pages] of [
      [docs, PAGES],
      [out, { 'index.html': '<a href="docs/index.html">Documentation</a>', 'notebooks/index.html': '' }],
    ] as const)
      for (const [name, html] of Object.entries(pages)) {
        mkdirSync(path.dirname(path.join(base, name)), { recursive: true })
        writeFileSync(path.join(base, name), html)
      }
    const made = await importModule<Docs>(pathToFileURL(path.join(root, 'web/build/docs.mjs')).href)
    made.copyDocs(docs, out, ['tour.ipynb'])
    assert.deepEqual(deadSiteLinks(out), [])
    const page = (name: string): string => readFileSync(path.join(out, 'docs', name), 'utf8')
    assert.match(page('index.html'), /<a href="\.\.\/index\.html">Playground and labs<\/a>/)
    assert.match(page('functions/fit.html'), /<a href="\.\.\/\.\.\/index\.html"><span>Playground and labs/)
    const gallery = page('notebooks/index.html')
    assert.match(gallery, /<a href="\.\.\/\.\.\/index\.html">playground and labs<\/a>/)
    assert.deepEqual(
      [...gallery.matchAll(/href="([^"]*)">Run it here/g)].map(([, link]) => link),
      ['../../notebooks/index.html?path=tour.ipynb'],
    )
  }))
