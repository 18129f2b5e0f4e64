import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { ChartOptions, Row, VegaLiteSpec } from './spec'

/**
 * Every chart stands on its own white card. A transparent one would need text in a middle grey, which reaches a
 * contrast of about 4:1 on white and on black at best; dark text on an opaque card has 12:1 in every theme, and
 * grey images look the same everywhere. `config` therefore sets every colour that a notebook's dark theme would
 * set: under it a chart is drawn the same to the last letter.
 */
export const card = '#ffffff'
/** Titles and values. */
export const ink = '#1f2933'
/** Axis labels and subtitles: 7:1 on the card. */
export const softInk = '#4b5563'
const line = '#9aa5b1'
const grid = '#e8ebef'

/** Frames and marks that say "this one". */
export const frameColor = '#d55e00'

/** Nats: a unit of z whose KL is below says nothing. */
export const DEAD = 0.01

/** From little to much: one hue from pale to dark, so that it reads without colours too. Mixed in RGB between its stops. */
export const ramp = ['#f1f4f8', '#8fb8d8', '#0072b2', '#00324f']
/** A number on a cell of the ramp: black up to this part of it, white above. Either has a contrast of 4.5:1 there. */
export const rampSwitch = 0.62

/** The colour at a part of the ramp, from 0 to 1. */
export function rampColor(part: number): string {
  const at = Math.min(1, Math.max(0, part)) * (ramp.length - 1)
  const low = Math.min(ramp.length - 2, Math.floor(at))
  const channel = (of: string, i: number) => parseInt(of.slice(1 + 2 * i, 3 + 2 * i), 16)
  const mixed = [0, 1, 2].map((i) => {
    const [from, to] = [channel(ramp[low], i), channel(ramp[low + 1], i)]
    return Math.round(from + (at - low) * (to - from))
      .toString(16)
      .padStart(2, '0')
  })
  return `#${mixed.join('')}`
}

/** The font that is drawn into pictures, and what a browser without it takes instead. */
export const fontFamily = "'Open Sans', 'Helvetica Neue', Arial, sans-serif"

/**
 * Colours by kind of model, so that a model keeps its colour in every chart: plain orange, identifiable blue,
 * all others green, purple, grey … From Okabe and Ito's palette, which colour-blind people can tell apart.
 * Further shades serve further models of the same kind in one chart.
 *
 * Source: https://jfly.uni-koeln.de/color/
 */
export const kindColors = {
  plain: ['#d55e00', '#e69f00', '#8a3d00'],
  identifiable: ['#0072b2', '#56b4e9', '#003f63'],
  other: ['#009e73', '#cc79a7', '#4d4d4d', '#b59f00', '#5b4a9e', '#1f2933'],
} as const

/**
 * Ten colours for classes, distinguishable for colour-blind people, none of them a model's colour by accident
 * of order. Yellow and olive are darker than in the source, to stand out from white and from each other, and its grey, which some eyes take
 * for the rose, is black.
 *
 * Source: Paul Tol's "muted" scheme, https://personal.sron.nl/~pault/
 */
export const classColors = [
  '#332288',
  '#ddaa33',
  '#117733',
  '#cc6677',
  '#88ccee',
  '#882255',
  '#44aa99',
  '#888822',
  '#aa4499',
  '#111111',
]

/** Which colours a model has, by the name of its builder: that of a diagnosis, a history or a model. */
const colorsOfKind: Readonly<Record<string, keyof typeof kindColors>> = {
  vae: 'plain',
  gmvae: 'plain',
  svae: 'plain',
  lidvae: 'identifiable',
  lidmvae: 'identifiable',
  lidsvae: 'identifiable',
}

/** What decides the colours of models: those asked for, else the kind of each model. */
export type ModelLook = Pick<ChartOptions, 'colors' | 'kinds'>

/**
 * A colour for each model: plain orange, identifiable blue, those of unknown kind green, purple, grey … Further models of a kind have further shades, and then what is left of the others.
 *
 * @param labels Labels of models, in the order drawn.
 * @param options `{ kinds, colors }` by label: the kind of model, `'vae'`, `'lidmvae'` …, and colours that go first.
 * @returns As many colours, `#rrggbb`.
 * @throws ArgumentError where there is no array of labels.
 * @example
 * lid.plots.modelColors(['plain', 'identifiable'], { kinds: { plain: 'vae', identifiable: 'lidvae' } }) // ['#d55e00', '#0072b2']
 * @see Okabe & Ito, https://jfly.uni-koeln.de/color/
 */
export function modelColors(labels: readonly string[], options: ModelLook = {}): string[] {
  const { colors, kinds } = resolveOptions('modelColors', options, { colors: {}, kinds: {} })
  if (typeof (labels as readonly string[] | undefined)?.map !== 'function')
    throw new ArgumentError('labels', labels, 'an array of labels', "Give, say, ['plain', 'identifiable'].")
  const used = { plain: 0, identifiable: 0, other: 0 }
  return labels.map((label) => {
    if (Object.hasOwn(colors, label)) return colors[label]
    const named = Object.hasOwn(kinds, label) ? (colorsOfKind[kinds[label]] ?? 'other') : 'other'
    const kind = used[named] < kindColors[named].length ? named : 'other'
    const shades = kindColors[kind]
    return shades[used[kind]++ % shades.length]
  })
}

/** A colour scale over models with explicit domain and range, so that shared legends agree. */
export const modelScale = (labels: readonly string[], look?: ModelLook) => ({
  domain: labels,
  range: modelColors(labels, look),
})

/** The look that the options ask for, with the kinds of models that the data have: `model` of a diagnosis or history. */
export function lookOf(
  { colors, kinds }: ModelLook,
  data: readonly (readonly [string, unknown])[],
): ModelLook {
  const found = data.flatMap(([label, one]) => {
    const kind = (one as { model?: unknown } | null | undefined)?.model
    return typeof kind === 'string' ? [[label, kind] as const] : []
  })
  return { colors, kinds: { ...Object.fromEntries(found), ...kinds } }
}

/** The same of rows, whose column `kind` has the kind of the model that their column `model` names. */
export const lookOfRows = (options: ModelLook, rows: readonly object[]): ModelLook =>
  lookOf(
    options,
    (rows as readonly Row[]).map((row) => [String(row.model), { model: row.kind }] as const),
  )

/** What stands alone, without a label, has the colour of an identifiable model unless its kind is known. */
export const ALONE = 'lidvae'

/** The configuration that every chart carries: fonts, colours, grid. Explicit, so that no dark theme half-wins. */
export const config = {
  background: card,
  padding: 14,
  font: fontFamily,
  title: {
    anchor: 'start',
    frame: 'bounds',
    color: ink,
    fontSize: 15,
    fontWeight: 'bold',
    subtitleColor: softInk,
    subtitleFontSize: 12,
    subtitlePadding: 5,
    offset: 14,
  },
  axis: {
    labelColor: softInk,
    titleColor: softInk,
    labelFontSize: 11,
    titleFontSize: 11.5,
    titleFontWeight: 'normal',
    titlePadding: 7,
    gridColor: grid,
    domainColor: line,
    tickColor: line,
    labelOverlap: true,
    labelSeparation: 4,
    labelFlush: false,
  },
  legend: {
    labelColor: ink,
    titleColor: softInk,
    labelFontSize: 12,
    titleFontSize: 11.5,
    titleFontWeight: 'normal',
    labelLimit: 260,
    symbolOpacity: 1,
  },
  header: { labelColor: ink, titleColor: softInk, labelFontSize: 12, titleFontSize: 11.5 },
  text: { color: ink, fontSize: 11 },
  view: { stroke: null },
  rule: { color: line },
  range: { category: classColors },
} as const

/** A whole specification: the words on top, the body, and the theme. */
export function chart(title: string, subtitle: string | readonly string[], body: object): VegaLiteSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    ...(title || subtitle.length > 0
      ? { title: { text: title, ...(subtitle.length > 0 ? { subtitle } : {}) } }
      : {}),
    ...body,
    config,
  }
}

/** The small heading of one panel among several. */
export const panelTitle = (text: string | readonly string[]) => ({
  text,
  fontSize: 12,
  fontWeight: 'normal',
  frame: 'group',
  offset: 6,
})

/**
 * The end of a vertical axis from 0 with a little room above `top`, and no label so close to the end that it would push its panel's title out of line
 * with the others'.
 */
export function roomAbove(top: number, tickCount: number): number {
  const end = 1.08 * top
  // The step between labels as d3's `ticks` has it: 1, 2 or 5 times a power of ten.
  const power = 10 ** Math.floor(Math.log10(end / tickCount))
  const part = end / tickCount / power
  const step = power * (part >= Math.sqrt(50) ? 10 : part >= Math.sqrt(10) ? 5 : part >= Math.sqrt(2) ? 2 : 1)
  const last = step * Math.floor(end / step)
  return end - last < 0.07 * end ? 1.08 * last : end
}
