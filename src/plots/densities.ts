import { curveOf, isCurve, type Curve, type Density } from './curves'
import { inferenceScale, priorColor } from './inferenceColors'
import { CHART_OPTIONS, byLabel, csv, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, panelTitle, roomAbove } from './theme'
import { resolveOptions } from '../base/options'

/** Options of `densities`. */
export interface DensityOptions extends ChartOptions {
  /** The quantity on the horizontal axis, with its unit; `'α'` by default. */
  quantity?: string
  /** Its range; `[0, 1]` by default. */
  domain?: readonly [number, number]
  /** Panels per row; all in one row by default. */
  columns?: number
}

/**
 * Densities of one quantity, one panel per case: the curve labelled `prior` as a grey area, the others as
 * lines.
 *
 * @param panels Densities by label, functions or `{ at, values }`; or several such by panel title.
 * @param options Title, subtitle, colours, quantity, domain, columns.
 * @returns A Vega-Lite specification; each panel has its own vertical scale.
 * @throws ArgumentError if there is no density, or one is not finite in the domain.
 * @example
 * lid.show(lid.plots.densities({ prior: (a: number) => Math.exp(lid.beta(5, 5).logDensity(a)) }))
 */
export function densities(
  panels:
    | Readonly<Record<string, Curve | Density>>
    | Readonly<Record<string, Readonly<Record<string, Curve | Density>>>>,
  options: DensityOptions = {},
): VegaLiteSpec {
  const { quantity, domain } = resolveOptions('densities', options, {
    ...CHART_OPTIONS,
    quantity: 'α',
    domain: [0, 1],
    columns: undefined,
  })
  const single = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).length > 0 &&
    Object.values(value).every((one) => typeof one === 'function' || isCurve(one))
  const cases = byLabel<Readonly<Record<string, Curve | Density>>>('panels', panels, single)
  const labels = [...new Set(cases.flatMap(([, curves]) => Object.keys(curves)))]
  const columns = options.columns ?? cases.length
  return chart(
    options.title ?? `Prior and posterior of ${quantity}`,
    options.subtitle ?? 'Each panel has its own vertical scale.',
    {
      columns,
      bounds: 'flush',
      spacing: FLUSH,
      concat: cases.map(([title, curves], index) => ({
        ...(title ? { title: panelTitle(title) } : {}),
        ...densityPanel(curves, labels, {
          domain,
          colors: options.colors,
          kinds: options.kinds,
          quantity: index >= cases.length - columns ? quantity : null,
          counted: index % columns === 0 ? 'density' : null,
          width: cases.length === 1 ? 420 : Math.max(150, Math.round(640 / columns)),
          height: cases.length === 1 ? 200 : 120,
        }),
      })),
    },
  )
}

/** Space between panels for axis labels and titles. */
export const FLUSH = { row: 62, column: 56 }

/** Approximate number of labels on the vertical axis. */
const TICKS = 3

/** Options for one panel of densities. */
export interface DensityPanel {
  domain: readonly [number, number]
  quantity: string | null
  counted: string | null
  width: number
  height: number
  colors?: Readonly<Record<string, string>>
  kinds?: Readonly<Record<string, string>>
}

/** One panel; `labels` are the labels of all panels, which share one legend. */
export function densityPanel(
  curves: Readonly<Record<string, Curve | Density>>,
  labels: readonly string[],
  { domain, quantity, counted, width, height, colors, kinds }: DensityPanel,
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
      scale: { domain: [0, round(roomAbove(top, TICKS), 6)], nice: false },
      axis: { tickCount: TICKS },
    },
    color: {
      field: 'which',
      type: 'nominal',
      scale: inferenceScale(labels, { colors, kinds }),
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
