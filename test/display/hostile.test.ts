import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as aq from 'arquero'
import * as plots from '../../src/plots'
import { bundle } from '../../src/display/show'
import { save } from '../../src/display/save'

/** What somebody may have written into a label, a file's name or a column's. */
const HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>"]

/** Vega's own program speaks of scripts in its texts. */
const vegaScripts = (readFileSync(require.resolve('vega/build/vega.min.js'), 'utf8').match(/<script/gi) ?? [])
  .length

/** Fails where the text would become an element or a handler; in a quoted attribute it is text. */
const requireHarmless = (html: string, where: string): void => {
  const markup = html.replace(/"[^"]*"/g, '""')
  assert.doesNotMatch(markup, /<script|<img|<svg onload|<[^>]*\son\w+=/i, where)
}

/** A chart of each kind that takes words of a person's. */
const charts = (words: string) => {
  const pixels = new Float32Array(2 * 4).fill(0.5)
  const rows = [1, 2].map((epoch) => ({ epoch, loss: 3 - epoch, klZ: 0.1 }))
  const told = { title: words, subtitle: words }
  return {
    training: plots.training({ [words]: { rows }, other: { rows } }, told),
    latentScatter: plots.latentScatter(
      [
        { x: 0, y: 1, label: words },
        { x: 1, y: 0, label: 'b' },
      ],
      { ...told, axes: [words, words], kind: words },
    ),
    classImages: plots.classImages(
      { x: pixels, shape: [2, 2], labels: [0, 1], labelNames: [words, 'b'] },
      told,
    ),
    reconstructions: plots.reconstructions(
      { original: pixels, models: { [words]: pixels }, shape: [2, 2], labels: [words, words] },
      told,
    ),
    samples: plots.samples({ images: pixels, shape: [2, 2] }, told),
  }
}

describe('words of a person that look like HTML', () => {
  for (const words of HOSTILE) {
    it(`stay words in a table's cells and column names: ${words}`, () => {
      const { data } = bundle(aq.table({ [words]: [words, 'b'], n: [1, 2] }))
      requireHarmless(String(data['text/html']), 'table')
      // They are shown, not left out.
      assert.equal(String(data['text/html']).split('&gt;').length > 2, true)
    })

    it(`stay words in charts, as SVG, as a notebook's output and as a page: ${words}`, () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-hostile-'))
      try {
        for (const [name, spec] of Object.entries(charts(words))) {
          const { data } = bundle(spec)
          requireHarmless((data['image/svg+xml'] as string | undefined) ?? '', `${name}, output`)
          requireHarmless(readFileSync(save(spec, path.join(folder, `${name}.svg`)), 'utf8'), `${name}.svg`)
          const page = readFileSync(save(spec, path.join(folder, `${name}.html`)), 'utf8')
          // Vega itself stands in one script, the chart in another: no third one begins, and no text of the
          // chart is markup.
          assert.equal(page.match(/<script/gi)!.length - vegaScripts, 2, name)
          const [, chart] = /new vega\.View\(vega\.parse\((.*)\), \{ renderer/.exec(page)!
          assert.ok(!chart.includes('<'), name)
          requireHarmless(page.slice(0, page.indexOf('<body')), `${name}.html, title`)
        }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
})
