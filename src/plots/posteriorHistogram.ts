import { curveOf, type Curve, type Density } from './curves'
import { inferenceColors, priorColor, priorOutline } from './inferenceColors'
import {
  CHART_OPTIONS,
  byLabel,
  csv,
  isNumbers,
  numbersOf,
  round,
  type ChartOptions,
  type VegaLiteSpec,
} from './spec'
import { card, chart, ink, panelTitle, roomAbove } from './theme'
import { resolveOptions } from '../base/options'
import { thousands } from '../base/thousands'

/** Options of `posteriorHistogram`. */
export interface PosteriorHistogramOptions extends ChartOptions {
  /** The quantity, with its unit; `'α'` by default. */
  quantity?: string
  /** Its range; `[0, 1]` by default. Draws outside it are left out, and counted in the subtitle. */
  domain?: readonly [number, number]
  /** Its prior density, drawn grey behind every histogram. */
  prior?: Curve | Density
  /** Its exact posterior density, drawn as a line; or one per case. */
  exact?: Curve | Density | Readonly<Record<string, Curve | Density>>
  /** Number of bars over the domain; 50 by default. */
  bins?: number
}

/** Approximate number of labels on the vertical axis. */
const TICKS = 3

/** Draws by method. */
export type DrawsByMethod = Readonly<Record<string, ArrayLike<number>>>

/**
 * Histograms of posterior draws over the prior's density: one column per case (data set, unit) and one row
 * per method.
 *
 * @param draws Draws by method; or several such by case.
 * @param options Title, subtitle, colours, quantity, domain, prior, exact, bins.
 * @returns A Vega-Lite specification; heights are densities, on the same scale within a column.
 * @throws ArgumentError if a list is empty or has a value that is not finite.
 * @example
 * lid.show(lid.plots.posteriorHistogram({ HMC: [0.4, 0.5, 0.45], 'mean-field': [0.5, 0.42, 0.47] }))
 */
export function posteriorHistogram(
  draws: DrawsByMethod | Readonly<Record<string, DrawsByMethod>>,
  options: PosteriorHistogramOptions = {},
): VegaLiteSpec {
  const { quantity, domain, prior, exact, bins } = resolveOptions('posteriorHistogram', options, {
    ...CHART_OPTIONS,
    quantity: 'α',
    domain: [0, 1],
    prior: undefined,
    exact: undefined,
    bins: 50,
  })
  const single = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.values(value).some(isNumbers)
  const cases = byLabel<DrawsByMethod>('draws', draws, single)
  const methods = [...new Set(cases.flatMap(([, byMethod]) => Object.keys(byMethod)))]
  const colors = inferenceColors(methods, options)
  const out = { draws: 0, of: 0 }
  const columns = cases.map(([title, byMethod]) => {
    const truth = exactOf(exact, title)
    const bars = methods.map((method) => {
      const values = numbersOf(`draws.${title && `${title}.`}${method}`, byMethod[method])
      out.of += values.length
      out.draws += values.filter((value) => !(value >= domain[0] && value <= domain[1])).length
      return histogram(values, domain, bins)
    })
    const lines = [prior, truth].flatMap((curve) => (curve ? curveOf('prior', curve, domain).values : []))
    const top = [...bars.flat().map((bar) => bar.height), ...lines].reduce((most, v) => Math.max(most, v), 0)
    return { title, truth, bars, top: round(roomAbove(top, TICKS), 6) }
  })
  const panels = methods.flatMap((method, row) =>
    columns.map(({ title, truth, bars, top }, column) => ({
      ...(row === 0 && title ? { title: panelTitle(title) } : {}),
      ...panel({
        bars: bars[row],
        prior,
        truth,
        domain,
        color: colors[row],
        top,
        width: cases.length === 1 ? 380 : Math.max(112, Math.round(600 / cases.length)),
        quantity: row === methods.length - 1 ? quantity : null,
        label: column === 0 ? method : null,
      }),
    })),
  )
  const subtitle =
    options.subtitle ??
    `Bars: draws. ${prior ? 'Grey: prior. ' : ''}${exact ? 'Black line: exact posterior. ' : ''}Heights are densities.`
  const left =
    out.draws > 0
      ? ` Left out: ${thousands(out.draws)} of ${thousands(out.of)} draws outside ${domain.join(' to ')}.`
      : ''
  return chart(options.title ?? `Posterior of ${quantity}, by method`, `${subtitle}${left}`, {
    columns: cases.length,
    bounds: 'flush',
    spacing: { row: 18, column: cases.length > 4 ? 38 : 48 },
    concat: panels,
  })
}

function exactOf(exact: PosteriorHistogramOptions['exact'], title: string): Curve | Density | undefined {
  if (exact === undefined || typeof exact === 'function' || 'at' in exact)
    return exact as Curve | Density | undefined
  return exact[title]
}

interface Bar {
  from: number
  to: number
  height: number
}

function histogram(values: readonly number[], [low, high]: readonly [number, number], bins: number): Bar[] {
  const counts = new Array<number>(bins).fill(0)
  const width = (high - low) / bins
  for (const value of values)
    if (value >= low && value <= high) counts[Math.min(bins - 1, Math.floor((value - low) / width))]++
  return counts.map((count, i) => ({
    from: round(low + i * width, 5),
    to: round(low + (i + 1) * width, 5),
    height: round(count / (values.length * width), 4),
  }))
}

interface PanelOptions {
  bars: Bar[]
  prior?: Curve | Density
  truth?: Curve | Density
  domain: readonly [number, number]
  color: string
  top: number
  width: number
  quantity: string | null
  label: string | null
}

function panel({ bars, prior, truth, domain, color, top, width, quantity, label }: PanelOptions): object {
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: quantity,
    scale: { domain, nice: false },
    axis: { tickCount: 5, grid: false, labels: quantity !== null },
  })
  const y = {
    field: 'height',
    type: 'quantitative',
    title: label,
    scale: { domain: [0, top], nice: false },
    axis: { tickCount: TICKS },
  }
  const line = (curve: Curve | Density, mark: object) => {
    const { at, values } = curveOf('curve', curve, domain)
    const rows = at.map((place, i) => ({ at: round(place, 5), height: round(values[i], 4) }))
    return { data: csv(rows), mark: { clip: true, ...mark }, encoding: { x: x('at'), y } }
  }
  return {
    width,
    height: 84,
    layer: [
      ...(prior ? [line(prior, { type: 'area', color: priorColor, opacity: 0.75 })] : []),
      {
        data: csv(
          bars.filter((bar) => bar.height > 0).concat(bars.every((bar) => bar.height === 0) ? bars[0] : []),
        ),
        mark: { type: 'rect', color, opacity: 0.7, stroke: card, strokeWidth: 0.4 },
        encoding: { x: x('from'), x2: { field: 'to' }, y, y2: { datum: 0 } },
      },
      // Its outline again over the bars, to show where they follow the prior.
      ...(prior ? [line(prior, { type: 'line', color: priorOutline, strokeWidth: 1.2 })] : []),
      ...(truth ? [line(truth, { type: 'line', color: ink, strokeWidth: 1.4 })] : []),
    ],
  }
}
