import { ArgumentError } from '../errors'
import { inferenceScale, priorColor } from './inferenceColors'
import { byLabel, csv, numbersOf, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, panelTitle } from './theme'

/** A curve: heights over places. */
export interface Curve {
  /** Places, ascending, in the quantity's unit. */
  readonly at: ArrayLike<number>
  /** Heights at these places. */
  readonly values: ArrayLike<number>
}

/** A density as a function of the quantity. */
export type Density = (value: number) => number

/** Options of `densities`. */
export interface DensityOptions extends ChartOptions {
  /** The quantity on the horizontal axis, with its unit; `'α'` by default. */
  quantity?: string
  /** Its range; `[0, 1]` by default. */
  domain?: readonly [number, number]
  /** Panels a row; all in one row by default. */
  columns?: number
}

/** True for a Curve. */
export const isCurve = (value: unknown): value is Curve =>
  typeof value === 'object' && value !== null && 'at' in value && 'values' in value

/** Places at which a density is computed: enough for a peak a hundredth of the domain wide. */
const PLACES = 1001
/** What a line may be off by when points are left out, as a part of the curve's height. */
const SLACK = 0.002

/** Points of a curve in few enough places to be drawn: those that straight lines between their neighbours would miss. */
export function curveOf(
  argument: string,
  curve: Curve | Density,
  domain: readonly [number, number],
): { at: number[]; values: number[] } {
  const { at, values } = pointsOf(argument, curve, domain)
  const [low, high] = values.reduce(
    ([l, h], value) => [Math.min(l, value), Math.max(h, value)],
    [Infinity, -Infinity],
  )
  const kept = thin(at, values, SLACK * (high - low))
  return { at: kept.map((i) => at[i]), values: kept.map((i) => values[i]) }
}

/** Indices of the points to keep: the ends, and again and again the point that is farthest from the line between two kept ones. */
function thin(at: readonly number[], values: readonly number[], slack: number): number[] {
  const keep = new Set([0, at.length - 1])
  const open: [number, number][] = [[0, at.length - 1]]
  for (let part = open.pop(); part; part = open.pop()) {
    const [from, to] = part
    const slope = (values[to] - values[from]) / (at[to] - at[from])
    let worst = from
    let most = slack
    for (let i = from + 1; i < to; i++) {
      const off = Math.abs(values[i] - values[from] - slope * (at[i] - at[from]))
      if (off > most) [worst, most] = [i, off]
    }
    if (worst === from) continue
    keep.add(worst)
    open.push([from, worst], [worst, to])
  }
  return [...keep].sort((one, other) => one - other)
}

function pointsOf(
  argument: string,
  curve: Curve | Density,
  [low, high]: readonly [number, number],
): { at: number[]; values: number[] } {
  if (typeof curve === 'function') {
    // The ends are left out: a density may be infinite there.
    const at = Array.from({ length: PLACES }, (_, i) => low + ((high - low) * (i + 0.5)) / PLACES)
    return { at, values: numbersOf(argument, at.map(curve)) }
  }
  if (!isCurve(curve) || curve.at.length !== curve.values.length)
    throw new ArgumentError(
      argument,
      curve,
      'a density as a function, or { at, values } of one length',
      'Give one of these.',
    )
  return { at: numbersOf(`${argument}.at`, curve.at), values: numbersOf(`${argument}.values`, curve.values) }
}

/**
 * Densities over one quantity, one panel a case: the curve labelled `prior` as a grey area, the others as lines.
 *
 * @param panels Densities by label, functions or `{ at, values }`; or several such by panel title.
 * @param options Title, subtitle, colours, quantity, domain, columns.
 * @returns A Vega-Lite specification; heights are on a scale of their own in each panel.
 * @throws ArgumentError if there is none, or one is not finite in the domain.
 * @example
 * lid.show(lid.plots.densities({ prior: (a: number) => Math.exp(lid.beta(5, 5).logDensity(a)) }))
 */
export function densities(
  panels:
    | Readonly<Record<string, Curve | Density>>
    | Readonly<Record<string, Readonly<Record<string, Curve | Density>>>>,
  options: DensityOptions = {},
): VegaLiteSpec {
  const { quantity = 'α', domain = [0, 1] } = options
  const single = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).length > 0 &&
    Object.values(value).every((one) => typeof one === 'function' || isCurve(one))
  const cases = byLabel<Readonly<Record<string, Curve | Density>>>('panels', panels as never, single)
  const labels = [...new Set(cases.flatMap(([, curves]) => Object.keys(curves)))]
  const columns = options.columns ?? cases.length
  return chart(
    options.title ?? `Prior and posterior of ${quantity}`,
    options.subtitle ?? 'Each panel has a scale of its own for heights.',
    {
      columns,
      bounds: 'flush',
      spacing: FLUSH,
      concat: cases.map(([title, curves], index) => ({
        ...(title ? { title: panelTitle(title) } : {}),
        ...densityPanel(curves, labels, {
          domain,
          colors: options.colors,
          quantity: index >= cases.length - columns ? quantity : null,
          counted: index % columns === 0 ? 'density' : null,
          width: cases.length === 1 ? 420 : Math.max(150, Math.round(640 / columns)),
          height: cases.length === 1 ? 200 : 120,
        }),
      })),
    },
  )
}

/** Space between panels that are aligned by their axes: room for labels and titles. */
export const FLUSH = { row: 62, column: 56 }

/** How a panel of densities is drawn. */
export interface DensityPanel {
  domain: readonly [number, number]
  quantity: string | null
  counted: string | null
  width: number
  height: number
  colors?: Readonly<Record<string, string>>
}

/** One panel; `labels` are those of all panels, so that they share one legend. */
export function densityPanel(
  curves: Readonly<Record<string, Curve | Density>>,
  labels: readonly string[],
  { domain, quantity, counted, width, height, colors }: DensityPanel,
): object {
  const rows = Object.entries(curves).flatMap(([label, curve]) => {
    const { at, values } = curveOf(`panels.${label}`, curve, domain)
    return at.map((place, i) => ({ at: round(place, 5), height: round(values[i], 4), which: label }))
  })
  const top = rows.reduce((most, row) => Math.max(most, row.height), 1e-9)
  const encoding = {
    x: {
      field: 'at',
      type: 'quantitative',
      title: quantity,
      scale: { domain, nice: false },
      axis: { tickCount: 5, grid: false },
    },
    y: {
      field: 'height',
      type: 'quantitative',
      title: counted,
      // No tick label at the very top, which would push the panel's title up.
      scale: { domain: [0, round(1.08 * top, 3)], nice: false },
      axis: { tickCount: 3 },
    },
    color: {
      field: 'which',
      type: 'nominal',
      scale: inferenceScale(labels, colors),
      legend:
        labels.length > 1 ? { title: null, orient: 'top', symbolType: 'stroke', symbolStrokeWidth: 4 } : null,
    },
  }
  const parts = (test: string, mark: object) => ({
    transform: [{ filter: test }],
    mark: { clip: true, ...mark },
    encoding,
  })
  return {
    width,
    height,
    data: csv(rows),
    layer: [
      ...('prior' in curves
        ? [parts("datum.which === 'prior'", { type: 'area', color: priorColor, opacity: 0.75 })]
        : []),
      parts("datum.which !== 'prior'", { type: 'line', strokeWidth: 2 }),
    ],
  }
}
