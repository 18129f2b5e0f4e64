import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PNG } from 'pngjs'
import * as vega from 'vega'
import { ArgumentError } from '../../src/base/errors'
import { svgToPng, toPng, toSvg } from '../../src/display/render'
import { samples, type VegaLiteSpec } from '../../src/plots'
import { example } from '../plots/examples'

const $schema = 'https://vega.github.io/schema/vega-lite/v5.json'

/** From the leftmost to the rightmost pixel that is drawn. */
function inkWidth(png: Buffer): number {
  const { data, width } = PNG.sync.read(png)
  const columns = [...data.keys()].filter((i) => i % 4 === 3 && data[i] > 0).map((i) => ((i - 3) / 4) % width)
  return columns.reduce((a, b) => Math.max(a, b), 0) - columns.reduce((a, b) => Math.min(a, b), width)
}

describe('toSvg', () => {
  it('is what Vega’s own, waiting way draws', async () => {
    const { compile } = await import('vega-lite')
    const spec = {
      ...example('unitBars'),
      config: { ...(example('unitBars').config as object), aria: false },
    }
    const marks = (svg: string) => (svg.match(/<path|<line|<text/g) ?? []).length
    const theirs = await new vega.View(vega.parse(compile(spec as never).spec), { renderer: 'none' }).toSVG()
    const bars = (svg: string) => svg.match(/mark-rect[^]*?<\/g>/)?.[0]?.match(/d="[^"]*"/g)
    assert.equal(marks(toSvg(spec)), marks(theirs))
    assert.ok(bars(theirs)?.length === 16)
    assert.deepEqual(
      bars(toSvg(spec))?.map((d) => d.split('v')[1]),
      bars(theirs)?.map((d) => d.split('v')[1]),
    )
  })

  it('is the same each time, with ids that no other chart has', () => {
    const clips = (name: string) =>
      [...toSvg(example(name)).matchAll(/id="([^"]+)"/g)].map((found) => found[1])
    assert.equal(toSvg(example('latentScatter')), toSvg(example('latentScatter')))
    const [a, b] = [clips('latentScatter'), clips('latentScatterOne')]
    assert.ok(a.length > 0)
    for (const id of a) {
      assert.ok(toSvg(example('latentScatter')).includes(`url(#${id})`))
      assert.ok(!b.includes(id))
    }
  })

  it('leaves Vega’s own text measure as it was', () => {
    const { textMetrics } = vega as unknown as { textMetrics: { width: unknown } }
    const before = textMetrics.width
    toSvg(example('comparison'))
    assert.equal(textMetrics.width, before)
  })

  it('holds long texts to the width they were laid out for, so that a wider font cuts none', () => {
    const title = 'Longer than this narrow chart, and <bold>'
    for (const name of ['unitBars', 'reconstructions']) {
      const spec = example(name)
      const svg = toSvg({ ...spec, title: { text: [title, 'short'], subtitle: 'x' } })
      const [, held] = new RegExp(
        ` textLength="(\\d+)"[^>]*>${title.replace('<bold>', '&lt;bold&gt;')}<`,
      ).exec(svg)!
      // What resvg draws with the font itself, without being told a length.
      const alone = (text: string) =>
        `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="40"><text y="20" font-family="Open Sans" font-size="15px" font-weight="bold">${text}</text></svg>`
      const drawn = inkWidth(svgToPng(alone(title.replace('<bold>', '&lt;bold&gt;')), 1))
      assert.ok(Math.abs(Number(held) - drawn) < 0.03 * drawn, `${held} against ${drawn} drawn`)
      assert.ok(!/textLength[^>]*>short</.test(svg), 'short ones stay as they are')
    }
  })

  it('escapes the title in the spoken label', () => {
    const svg = toSvg({ ...example('comparison'), title: 'a "<b>" & c\'s' })
    assert.ok(svg.startsWith('<svg role="img" aria-label="a &quot;&lt;b&gt;&quot; &amp; c&#39;s" '))
  })

  const bad: [string, unknown, RegExp][] = [
    ['no object', 'bar', /`spec` must be a Vega-Lite specification, got 'bar'/],
    ['no mark', { $schema, data: { values: [] } }, /Vega-Lite reports: /],
    [
      'a broken expression',
      {
        $schema,
        data: { values: [{ a: 1 }] },
        mark: 'bar',
        transform: [{ calculate: 'datum.(', as: 'b' }],
        encoding: {},
      },
      /Vega-Lite reports: /,
    ],
  ]
  for (const [name, spec, message] of bad)
    it(`says what is wrong in one line: ${name}`, () => {
      assert.throws(
        () => toSvg(spec as VegaLiteSpec),
        (error: Error) =>
          error instanceof ArgumentError && message.test(error.message) && !error.message.includes('\n'),
      )
    })
})

describe('toPng', () => {
  const words = (text: string, fontSize = 40): VegaLiteSpec => ({
    $schema,
    data: { values: [{}] },
    mark: { type: 'text', text, fontSize },
    width: 200,
    height: 60,
  })

  it('draws letters that its font lacks with a font of the system, or says once that it lacks them', (t) => {
    const lines: string[] = []
    t.mock.method(console, 'warn', (line: string) => lines.push(line))
    // Letters of Chinese, Thai and Arabic, a face and a tick: which of them a machine has differs.
    const letters = ['\u4f60', '\u{1f600}', '\u0e2a', '\u0633', '\u2713', '\u{10fff0}']
    const pictures = letters.map((letter) => toPng(words(letter), 1))
    const before = lines.length
    toPng(words(letters.join(' ')), 1)
    assert.equal(lines.length, before, 'said once')
    const missing = toPng(words('\ufffd'), 1)
    const blank = toPng(words(' '), 1)
    letters.forEach((letter, i) => {
      const isSaid = lines.some((line) => line.includes(letter))
      assert.notDeepEqual(pictures[i], blank, `${letter} leaves ink`)
      assert.equal(pictures[i].equals(missing), isSaid, letter)
    })
    for (const line of lines)
      assert.match(
        line,
        /^lidvae: no font here has .*: pictures in PNG have \ufffd or \? for (it|them)\. Install/,
      )
    toPng(words('Äß ñ'), 1)
    assert.equal(lines.filter((line) => /[Äßñ]/.test(line)).length, 0)
  })

  it('keeps the colours of images, and few colours of all else', () => {
    const x = Float32Array.from({ length: 64 * 64 * 3 }, (_, i) =>
      i % 3 === 0 ? (i % 192) / 191 : i % 3 === 1 ? Math.floor(i / 192) / 63 : 0.1,
    )
    const { data } = PNG.sync.read(toPng(samples({ images: x, shape: [64, 64, 3] }), 2))
    const colors = new Set<number>()
    for (let at = 0; at < data.length; at += 4) colors.add(data.readUIntBE(at, 3))
    assert.ok(colors.size > 600, `${colors.size}`)
    const grey = PNG.sync.read(toPng(words('grey'), 2)).data
    assert.ok(new Set(Array.from({ length: grey.length / 4 }, (_, i) => grey.readUInt32BE(4 * i))).size <= 64)
  })

  it('refuses data that are elsewhere, which it would draw as an empty chart', () => {
    const spec: VegaLiteSpec = { $schema, data: { url: 'my.csv' }, mark: 'bar', encoding: {} }
    const wanted =
      /^ArgumentError: data of the chart must be values inside it, got the address my\.csv\. Read them first/
    assert.throws(() => toPng(spec), wanted)
    assert.throws(() => toSvg({ $schema, hconcat: [{ ...spec }] }), wanted)
    toSvg({ $schema, data: { values: [{ data: { url: 'x' } }] }, mark: 'bar', encoding: {} })
  })

  it('draws letters with the font that comes along, at the scale asked for', () => {
    const text = (words: string): VegaLiteSpec => ({
      $schema,
      data: { values: [{}] },
      mark: { type: 'text', text: words, fontSize: 40 },
      width: 200,
      height: 60,
    })
    const width = (png: Buffer) => png.readUInt32BE(16)
    assert.equal(width(toPng(text('MM'), 2)), 2 * width(toPng(text('MM'), 1)))
    assert.ok(toPng(text('MMWW'), 1).length > toPng(text(' '), 1).length + 100)
  })
})
