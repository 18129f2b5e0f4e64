import { csv, round, type VegaLiteSpec } from './spec'
import { chart, frameColor, ink, kindColors, panelTitle } from './theme'

/** One line of a panel: points in the order of training. */
export interface LiveLine {
  readonly name: string
  /** `epoch` counts passes over the data, with fractions. */
  readonly points: readonly { readonly epoch: number; readonly value: number }[]
}

/** One quantity over time, drawn in its own panel. */
export interface LivePanel {
  /** Its title. */
  readonly title: string
  /** Unit of the vertical axis. */
  readonly unit: string
  /** Start of the axis; the smallest value by default. */
  readonly from?: number
  /** End of the axis; the largest value by default. */
  readonly to?: number
  readonly lines: readonly LiveLine[]
}

/** Options of `live`. */
export interface LiveOptions {
  title?: string
  /** One line, or several. */
  subtitle?: string | readonly string[]
  /** Total number of epochs: the end of the axis. */
  epochs: number
  /** Without mouse interaction, which halves the drawing time in a browser; false by default. */
  moving?: boolean
}

/**
 * The same variable has the same colour in every panel; other lines take other colours. None of them is a
 * model's colour.
 */
const known: Readonly<Record<string, string>> = {
  training: '#4d4d4d',
  validation: '#cc79a7',
  z: '#009e73',
  w: '#5b4a9e',
}
const further = [kindColors.other[3], frameColor, kindColors.other[5]]

/** The first part of a training, whose values may lie far above the rest. */
const START = 0.05

/**
 * A training in progress: one panel per quantity, at most two per row. Hovering shows the nearest point and
 * its values.
 *
 * @param panels each with its lines; panels without points are left out.
 * @param options `{ epochs, title, subtitle }`.
 * @returns A Vega-Lite specification.
 */
export function live(panels: readonly LivePanel[], options: LiveOptions): VegaLiteSpec {
  const drawn = panels.filter(({ lines }) => lines.some(({ points }) => points.length > 0))
  return chart(options.title ?? 'Training', options.subtitle ?? '', {
    columns: 2,
    spacing: { row: 22, column: 30 },
    concat: drawn.map((panel, i) =>
      panelSpec(panel, options.moving ? undefined : `hover_${i}`, options.epochs),
    ),
    resolve: { scale: { color: 'independent' }, legend: { color: 'independent' } },
  })
}

function panelSpec(panel: LivePanel, param: string | undefined, epochs: number): object {
  const names = panel.lines.map(({ name }) => name)
  const rows = panel.lines.flatMap(({ name, points }) =>
    points.map(({ epoch, value }) => ({ line: name, epoch: round(epoch), value: round(value, 4) })),
  )
  const domain = range(panel, epochs)
  const cut = rows.some(({ value }) => value > domain[1])
  const few = Math.max(...panel.lines.map(({ points }) => points.length)) <= 25
  const color = {
    field: 'line',
    type: 'nominal',
    scale: { domain: names, range: colorsOf(names) },
    legend: names.length > 1 ? legend : null,
  }
  return {
    title: panelTitle(`${panel.title}${cut ? ', start cut off' : ''}`),
    width: 290,
    height: 140,
    data: csv(rows),
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        title: 'epoch',
        axis: { grid: false, tickMinStep: epochs < 2 ? 0.1 : 1, tickCount: 6 },
        scale: { domain: [0, epochs], nice: false },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title: panel.unit,
        scale: { domain, nice: panel.to === undefined ? 4 : false },
        axis: { tickCount: 4 },
      },
      color,
    },
    layer: [
      { mark: { type: 'line', strokeWidth: 2, clip: cut, point: few && { size: 18, filled: true } } },
      ...(param === undefined ? [] : [hover(panel, param, cut)]),
    ],
  }
}

/** The point nearest to the pointer, with its values. */
const hover = (panel: LivePanel, param: string, clip: boolean): object => ({
  params: [{ name: param, select: { type: 'point', nearest: true, on: 'pointerover', clear: 'pointerout' } }],
  mark: { type: 'point', filled: true, size: 70, stroke: ink, strokeWidth: 1, clip },
  encoding: {
    opacity: { condition: { param, empty: false, value: 1 }, value: 0 },
    tooltip: [
      { field: 'line', type: 'nominal', title: panel.title },
      { field: 'epoch', type: 'quantitative', format: '.4~r' },
      { field: 'value', type: 'quantitative', title: panel.unit, format: '.4~g' },
    ],
  },
})

const legend = {
  title: null,
  orient: 'top',
  direction: 'horizontal',
  symbolType: 'stroke',
  symbolStrokeWidth: 3,
  offset: 2,
}

function colorsOf(names: readonly string[]): string[] {
  let next = 0
  return names.map((name) => known[name] ?? further[next++ % further.length])
}

/**
 * The range of all values, except the first steps if they lie far above: everything after them would look
 * flat.
 */
function range({ lines, from, to }: LivePanel, epochs: number): [number, number] {
  const points = lines.flatMap((line) => line.points)
  const late = points.filter(({ epoch }) => epoch > START * epochs)
  const values = (late.length >= 3 ? late : points).map(({ value }) => value)
  const low = from ?? Math.min(...points.map(({ value }) => value))
  const high = to ?? Math.max(...values)
  // Not so short that noise looks like a curve.
  return [low, to ?? Math.max(high + 0.04 * (high - low), low + 0.1)]
}
