import escapeHtml from 'escape-html'
import { INSPECT } from '../base/consoleSummary'
import { ArgumentError, EngineError } from '../base/errors'
import path from '../platform/path'
import type { TableLike, VegaLiteSpec } from '../plots/spec'
import { findChannel, type Bundle } from './channel'
import { bringsPictures, passingPicture, svgToPng, titleOf, toSvg } from './render'
import { writeWhole } from '../platform/files'
import { turn } from '../platform/turn'

/** What `show` displays: a chart, an arquero table, or text in Markdown. */
export type Showable = VegaLiteSpec | TableLike | string

/** Formats by name. */
const formats = {
  chart: 'application/vnd.vegalite.v5+json',
  svg: 'image/svg+xml',
  png: 'image/png',
  html: 'text/html',
  markdown: 'text/markdown',
  text: 'text/plain',
} as const

/** A larger SVG is left out: exported pages then show the PNG, and notebooks stay under 1 MB. */
const largestSvg = 20_000

// Scale of the image for viewers without Vega: larger ones enlarge notebooks. At 4/3 image pixels have equal
// sizes.
const pngScale = 4 / 3

/** Largest number of rows shown. */
const mostRows = 50

/**
 * Shows a chart, a table or text: in a notebook below the cell, elsewhere as files in `out/` or as printed
 * text.
 *
 * A chart is sent as Vega-Lite (JupyterLab draws it, with tooltips), SVG (where small; exported pages), PNG
 * (GitHub) and text. One chart needs no `await`: it is sent before `show` returns. In a loop `await` each,
 * because Jupyter loses messages in a burst.
 *
 * @param item A specification from `lid.plots`, an arquero table, or text in Markdown.
 * @returns A promise that resolves when the message is on its way.
 * @throws ArgumentError, at once, if it is of another type or the chart cannot be drawn.
 * @example
 * await lid.show(lid.plots.training(history))
 */
export function show(item: Showable): Promise<void> {
  const channel = findChannel()
  if (channel === undefined) {
    showOutside(item)
    return Promise.resolve()
  }
  return quiet(send(() => channel(bundle(item), undefined, false)))
}

/** @internal True inside a notebook. */
export const inNotebook = (): boolean => findChannel() !== undefined

/** @internal Like `show`, replacing the output with the same `id`; false outside a notebook. */
export function showLive(content: Bundle, id: string, update: boolean): boolean {
  const channel = findChannel()
  channel?.(content, id, update)
  return channel !== undefined
}

/**
 * The formats in which an item is shown.
 *
 * @param pictures False omits SVG and PNG, for charts that are soon replaced.
 * @internal
 */
export function bundle(item: Showable, pictures = true): Bundle {
  if (typeof item === 'string')
    return { data: { [formats.markdown]: item, [formats.text]: item }, metadata: {} }
  if (isTable(item)) return tableBundle(item)
  const spec = requireSpec(item)
  const data: Record<string, unknown> = { [formats.chart]: spec, [formats.text]: textOf(spec) }
  if (!pictures && passingPicture !== undefined) data[formats.png] = passingPicture
  if (!pictures || !bringsPictures) return { data, metadata: {} }
  const svg = toSvg(spec)
  if (svg.length <= largestSvg) data[formats.svg] = svg
  const png = pictureOf(svg, pngScale)
  if (png === undefined) return { data, metadata: {} }
  data[formats.png] = png.toString('base64')
  const [, width, height] = /<svg [^>]*?width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? []
  return { data, metadata: { [formats.png]: { width: Number(width), height: Number(height) } } }
}

let isSaid = false

/**
 * An SVG as PNG; undefined where this machine has no part to draw it, which is said once: the chart is shown
 * all the same.
 */
function pictureOf(svg: string, scale?: number): Buffer | undefined {
  try {
    return svgToPng(svg, scale)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    if (!isSaid) console.warn(error.message)
    isSaid = true
    return undefined
  }
}

function requireSpec(item: unknown): VegaLiteSpec {
  if (typeof item === 'object' && item !== null && '$schema' in item) return item as VegaLiteSpec
  throw new ArgumentError(
    'item',
    item,
    'a chart of lid.plots, an arquero table or text',
    'For anything else use console.log.',
  )
}

const textOf = (spec: VegaLiteSpec) => `[Chart: ${titleOf(spec) || 'untitled'}]`

interface Table extends TableLike {
  toHTML(options: { limit: number }): string
  toMarkdown(options: { limit: number }): string
  numRows(): number
  columnNames(): string[]
  rename?(names: Record<string, string>): Table
}

const isTable = (item: unknown): item is Table =>
  typeof (item as Table | undefined)?.toHTML === 'function' &&
  typeof (item as Table).toMarkdown === 'function'

function tableBundle(table: Table): Bundle {
  const more = table.numRows() - mostRows
  const note = more > 0 ? `${more} more rows` : ''
  const html = withSafeNames(table).toHTML({ limit: mostRows }) + (note && `<p>… ${note}</p>`)
  const text = table.toMarkdown({ limit: mostRows }) + (note && `… ${note}`)
  return { data: { [formats.html]: html, [formats.text]: text }, metadata: {} }
}

/** arquero escapes a table's values, but not its column names. */
function withSafeNames(table: Table): Table {
  const changed = table.columnNames().filter((name) => escapeHtml(name) !== name)
  // A table of `lid.table` escapes its own.
  return changed.length === 0 || typeof table.rename !== 'function'
    ? table
    : table.rename(Object.fromEntries(changed.map((name) => [name, escapeHtml(name)])))
}

let burst = 0
let waiting = 0
let queue: Promise<unknown> = Promise.resolve()

// Some at once, so that a chart appears even if the await is missing; the rest one per turn of the event
// loop.
function send(deliver: () => void): Promise<void> {
  if (waiting === 0 && burst < 10) {
    if (burst++ === 0) void turn().then(() => (burst = 0))
    deliver()
    return turn()
  }
  waiting++
  const sent = queue.then(async () => {
    await turn()
    waiting--
    deliver()
  })
  queue = sent.catch(() => undefined)
  return sent
}

/** A cell that ends in `show(…)` without await would print `Promise { … }`; this prints nothing. */
const quiet = (promise: Promise<void>) => Object.assign(promise, { [INSPECT]: () => '' })

const names = new Map<string, number>()

/** In plain Node charts become files, everything else is printed. */
function showOutside(item: Showable): void {
  if (typeof item === 'string') return console.log(item)
  if (isTable(item)) {
    const rows = item.objects()
    console.table(rows.slice(0, mostRows))
    if (rows.length > mostRows) console.log(`… ${rows.length - mostRows} more rows`)
    return
  }
  const spec = requireSpec(item)
  const svg = toSvg(spec)
  const title = titleOf(spec)
  const base =
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'chart'
  const count = (names.get(base) ?? 0) + 1
  names.set(base, count)
  const name = count > 1 ? `${base}-${count}` : base
  const file = writeWhole(path.join('out', `${name}.svg`), svg)
  const bytes = pictureOf(svg)
  const png = bytes && writeWhole(path.join('out', `${name}.png`), bytes)
  console.log(`${title || 'Chart'}: ${png === undefined ? file : `${png} (and .svg)`}`)
}
