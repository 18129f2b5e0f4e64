import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mergeConfig, scale } from 'vega'
import { toSvg } from '../../src/display/render'
import {
  card,
  classColors,
  frameColor,
  ink,
  kindColors,
  lookOf,
  lookOfRows,
  modelColors,
  ramp,
  rampColor,
  rampSwitch,
  roomAbove,
  softInk,
} from '../../src/plots/theme'
import { example, examples } from './examples'

const linear = (hex: string) =>
  [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
const luminance = (hex: string) => linear(hex).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
const contrast = (a: string, b: string) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

/** Full deuteranopia and protanopia, Machado, Oliveira and Fernandes 2009, on linear RGB. */
const seen = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
}
/** CIELAB of a colour as such an eye sees it. */
function lab(hex: string, matrix: number[]): number[] {
  const rgb = linear(hex)
  const [r, g, b] = [0, 1, 2].map((i) =>
    Math.max(
      0,
      rgb.reduce((s, v, j) => s + matrix[3 * i + j] * v, 0),
    ),
  )
  const xyz = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116))
  return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])]
}
const distance = (a: string, b: string, matrix: number[]) =>
  Math.hypot(...lab(a, matrix).map((v, i) => v - lab(b, matrix)[i]))

/** Vega's theme "dark", which JupyterLab hands to charts where its own theme is dark. */
const darkTheme = {
  background: '#333',
  view: { stroke: '#888' },
  title: { color: '#fff', subtitleColor: '#fff' },
  style: { 'guide-label': { fill: '#fff' }, 'guide-title': { fill: '#fff' } },
  axis: { domainColor: '#fff', gridColor: '#888', tickColor: '#fff' },
}

describe('theme', () => {
  it('has text that is readable on its card (WCAG AA: 4.5)', () => {
    assert.ok(contrast(ink, card) > 10)
    assert.ok(contrast(softInk, card) > 4.5)
  })

  for (const name of Object.keys(examples))
    it(`has no text that is hard to read, in light or dark surroundings: ${name}`, () => {
      const spec = example(name)
      const svg = toSvg(spec)
      const fills = [...svg.matchAll(/<text [^>]*fill="([^"]+)"[^>]*>[^<]/g)].map(([, fill]) => fill)
      assert.ok(fills.length > 1)
      // White stands on dark cells only, of which the ramp's test speaks.
      const onCells = /^(componentLabels|confusion)/.test(name)
      for (const fill of new Set(fills))
        assert.ok(contrast(fill, card) >= 4.5 || (onCells && fill === '#ffffff'), `${fill} on ${card}`)
      assert.match(svg, new RegExp(`<rect width="[\\d.]+" height="[\\d.]+" fill="${card}"`))
      // As JupyterLab does where its theme is dark: the dark theme's settings under the chart's own.
      const inDark = { ...spec, config: mergeConfig(darkTheme as never, spec.config as never) }
      const named = (text: string) => text.replace(/_[0-9a-f]{8}\b/g, '')
      assert.equal(named(toSvg(inDark)), named(svg), 'a dark theme changes nothing')
    })

  it('has a ramp on which every number is readable', () => {
    for (let i = 0; i <= 200; i++) {
      const letters = i / 200 > rampSwitch ? '#ffffff' : '#000000'
      assert.ok(contrast(letters, rampColor(i / 200)) >= 4.5, `${i / 200}`)
    }
    ramp.forEach((color, i) => assert.equal(rampColor(i / (ramp.length - 1)), color))
  })

  it('has a ramp that darkens monotonically, for every kind of colour vision', () => {
    for (const matrix of Object.values(seen))
      for (let i = 1; i <= 20; i++)
        assert.ok(lab(rampColor(i / 20), matrix)[0] < lab(rampColor((i - 1) / 20), matrix)[0] - 1)
  })

  for (const [eye, matrix] of Object.entries(seen))
    it(`has frames that contrast with white and with the ramp: ${eye}`, () => {
      for (const other of [card, ink, ...ramp]) assert.ok(distance(frameColor, other, matrix) > 25, other)
    })

  it('has colours that stand out from the card', () => {
    for (const color of [kindColors.plain[0], kindColors.identifiable[0], kindColors.other[0]])
      assert.ok(contrast(color, card) > 3, color)
  })

  for (const [eye, matrix] of Object.entries(seen))
    it(`tells models apart: ${eye}`, () => {
      const used = [kindColors.plain[0], kindColors.identifiable[0], ...kindColors.other.slice(0, 3)]
      for (const a of used)
        for (const b of used) if (a < b) assert.ok(distance(a, b, matrix) > 15, `${a} ${b}`)
    })

  for (const [eye, matrix] of Object.entries(seen))
    it(`tells ten classes apart: ${eye}`, () => {
      assert.equal(new Set(classColors).size, 10)
      for (const a of classColors)
        for (const b of classColors) if (a < b) assert.ok(distance(a, b, matrix) > 15, `${a} ${b}`)
    })

  const kinds = { plain: 'gmvae', identifiable: 'lidmvae' }

  it('takes the kind of a model from its data, not from its label', () => {
    const [first, second] = [kindColors.plain[0], kindColors.identifiable[0]]
    for (const kind of ['vae', 'gmvae', 'svae'])
      assert.deepEqual(modelColors(['a'], { kinds: { a: kind } }), [first])
    for (const kind of ['lidvae', 'lidmvae', 'lidsvae'])
      assert.deepEqual(modelColors(['a'], { kinds: { a: kind } }), [second])
    for (const label of ['plain', 'identifiable', 'VAE', 'lidvae', 'toString'])
      assert.deepEqual(modelColors([label]), [kindColors.other[0]], label)
  })

  it('takes the kind from a diagnosis, a history or rows', () => {
    const domain = { plain: { model: 'lidvae' }, identifiable: { model: 'vae' }, other: [1, 2] }
    const look = lookOf({}, Object.entries(domain))
    assert.deepEqual(modelColors(Object.keys(domain), look), ['#0072b2', '#d55e00', '#009e73'])
    const rows = [{ model: 'a', kind: 'lidsvae' }, { model: 'b' }]
    assert.deepEqual(modelColors(['a', 'b'], lookOfRows({}, rows)), ['#0072b2', '#009e73'])
    assert.deepEqual(modelColors(['a', 'b'], lookOfRows({ kinds: { b: 'svae' } }, rows)), [
      '#0072b2',
      '#d55e00',
    ])
  })

  it('keeps a model’s colour in every chart, and uses given colours', () => {
    assert.deepEqual(
      modelColors(['plain', 'identifiable'], { kinds }).reverse(),
      modelColors(['identifiable', 'plain'], { kinds }),
    )
    assert.deepEqual(modelColors(['identifiable', 'a', 'plain'], { kinds, colors: { a: '#123456' } }), [
      '#0072b2',
      '#123456',
      '#d55e00',
    ])
  })

  it('has nine colours for models of one kind, all different', () => {
    const labels = [...'abcdefghi']
    const look = { kinds: Object.fromEntries(labels.map((label) => [label, 'svae'])) }
    assert.equal(new Set(modelColors(labels, look)).size, 9)
  })
})

describe('roomAbove', () => {
  it('leaves room above the top, and no label of the axis near the end', () => {
    const linearScale = scale('linear') as () => {
      domain(ends: [number, number]): { ticks(count: number): number[] }
    }
    for (const count of [3, 5])
      for (let top = 0.003; top < 5000; top *= 1.017) {
        const end = roomAbove(top, count)
        assert.ok(end >= 1.04 * top && end < 1.25 * top, `${top}: ${end}`)
        const last = linearScale().domain([0, end]).ticks(count).at(-1)!
        assert.ok(last < 0.95 * end, `${top}: a label at ${last} of ${end}`)
      }
  })
})
