import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { ChartOptions, Row, VegaLiteSpec } from './spec'

/**
 * Every chart has its own white card. A transparent chart would need middle grey text, whose contrast on both
 * white and black is at most about 4:1. Dark text on an opaque card has 12:1 in every theme, and grey images
 * look the same everywhere. `config` therefore sets every colour that a notebook's dark theme would set, so
 * that charts look the same in it.
 */
export const card = '#ffffff'
/** Titles and values. */
export const ink = '#1f2933'
/** Axis labels and subtitles: 7:1 on the card. */
export const softInk = '#4b5563'
const line = '#9aa5b1'
const grid = '#e8ebef'

/** Frames and highlight marks. */
export const frameColor = '#d55e00'

/** A unit of z with a KL below this many nats carries no information. */
export const DEAD = 0.01

/**
 * From small to large: one hue from pale to dark, which is readable without colour too. Interpolated in RGB
 * between its stops.
 */
export const ramp = ['#f1f4f8', '#8fb8d8', '#0072b2', '#00324f']
/**
 * Numbers on the ramp are black up to this fraction of it and white above. Both have a contrast of 4.5:1
 * there.
 */
export const rampSwitch = 0.62

/** The colour at a fraction of the ramp, from 0 to 1. */
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

/** The font of pictures, with fallbacks for browsers without it. */
export const fontFamily = "'Open Sans', 'Helvetica Neue', Arial, sans-serif"

/**
 * Colours by kind of model, so that a model keeps its colour in every chart: plain orange, identifiable blue,
 * all others green, purple, grey … From Okabe and Ito's palette, which colour-blind people can distinguish.
 * Further models of the same kind in one chart have further shades.
 *
 * Source: https://jfly.uni-koeln.de/color/
 */
export const kindColors = {
  plain: ['#d55e00', '#e69f00', '#8a3d00'],
  identifiable: ['#0072b2', '#56b4e9', '#003f63'],
  other: ['#009e73', '#cc79a7', '#4d4d4d', '#b59f00', '#5b4a9e', '#1f2933'],
} as const

/**
 * Ten colours for classes, distinguishable for colour-blind people, in an order that avoids the models'
 * colours. Yellow and olive are darker than in the source, to differ from white and from each other. Its
 * grey, which some people confuse with the rose, is replaced by black.
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

/** The group of colours of a model, by the name of its builder. */
const colorsOfKind: Readonly<Record<string, keyof typeof kindColors>> = {
  vae: 'plain',
  gmvae: 'plain',
  svae: 'plain',
  lidvae: 'identifiable',
  lidmvae: 'identifiable',
  lidsvae: 'identifiable',
}

/** What determines the colours of models: the given colours, else the kind of each model. */
export type ModelLook = Pick<ChartOptions, 'colors' | 'kinds'>

/**
 * A colour for each model: plain orange, identifiable blue, those of unknown kind green, purple, grey …
 * Further models of a kind have further shades, then unused colours.
 *
 * @param labels Labels of models, in the order drawn.
 * @param options `{ kinds, colors }` by label: the kind of model, `'vae'`, `'lidmvae'` …, and colours that
 *   take precedence.
 * @returns One colour per label, `#rrggbb`.
 * @throws ArgumentError if `labels` is not an array.
 * @example
 * const kinds = { plain: 'vae', identifiable: 'lidvae' }
 * lid.plots.modelColors(['plain', 'identifiable'], { kinds }) // ['#d55e00', '#0072b2']
 * @see Okabe & Ito, https://jfly.uni-koeln.de/color/
 */
export function modelColors(labels: readonly string[], options: ModelLook = {}): string[] {
  const { colors, kinds } = resolveOptions('modelColors', options, { colors: {}, kinds: {} })
  if (typeof (labels as readonly string[] | undefined)?.map !== 'function')
    throw new ArgumentError('labels', labels, 'an array of labels', "For example ['plain', 'identifiable'].")
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

/**
 * The options' colours and kinds, completed by the kinds of models in the data: `model` of a diagnosis or
 * history.
 */
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

/** The same for rows, whose column `kind` has the kind of the model in column `model`. */
export const lookOfRows = (options: ModelLook, rows: readonly object[]): ModelLook =>
  lookOf(
    options,
    (rows as readonly Row[]).map((row) => [String(row.model), { model: row.kind }] as const),
  )

/** A single model without a label has the colour of an identifiable model unless its kind is known. */
export const ALONE = 'lidvae'

/**
 * The configuration that every chart carries: fonts, colours, grid. Explicit, so that a dark theme does not
 * override a part of it.
 */
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

/** A complete specification: title and subtitle, the body, and the theme. */
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

/** The small title of one panel among several. */
export const panelTitle = (text: string | readonly string[]) => ({
  text,
  fontSize: 12,
  fontWeight: 'normal',
  frame: 'group',
  offset: 6,
})

/**
 * The end of a vertical axis from 0 with a small margin above `top`, and no label so close to the end that it
 * would move its panel's title out of line with the other titles.
 */
export function roomAbove(top: number, tickCount: number): number {
  const end = 1.08 * top
  // The step between labels, as in d3's `ticks`: 1, 2 or 5 times a power of ten.
  const power = 10 ** Math.floor(Math.log10(end / tickCount))
  const part = end / tickCount / power
  const step = power * (part >= Math.sqrt(50) ? 10 : part >= Math.sqrt(10) ? 5 : part >= Math.sqrt(2) ? 2 : 1)
  const last = step * Math.floor(end / step)
  return end - last < 0.07 * end ? 1.08 * last : end
}
