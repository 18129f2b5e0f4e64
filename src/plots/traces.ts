import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
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
import { chart, classColors, panelTitle } from './theme'

/** Options of `traces`. */
export interface TraceOptions extends ChartOptions {
  /** Panels per row; 2 by default. */
  columns?: number
  /** Titles of the panels instead of the names, for example with R̂. */
  titles?: Readonly<Record<string, string>>
}

/** Approximate number of points that are kept of each chain. */
const MOST_POINTS = 160

/**
 * Traces: the draws of every chain in order, one panel per quantity. Chains that agree look alike and have no
 * trend.
 *
 * @param values One array of draws per chain; or several such by quantity, as `hmc` returns.
 * @param options Title, subtitle, columns, titles.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are no chains, or a draw is not finite.
 * @example
 * lid.show(lid.plots.traces(lid.inference.hmc(lid.ppca({ weights: [[1, 2]], sigma: 1 }).target([0.5, 1])).values))
 */
export function traces(
  values: readonly ArrayLike<number>[] | Readonly<Record<string, readonly ArrayLike<number>[]>>,
  options: TraceOptions = {},
): VegaLiteSpec {
  const { columns: wanted, titles } = resolveOptions('traces', options, {
    ...CHART_OPTIONS,
    columns: 2,
    titles: undefined,
  })
  const single = (value: unknown): boolean => Array.isArray(value)
  const panels = byLabel<readonly ArrayLike<number>[]>('values', values, single)
  const columns = Math.min(wanted, panels.length)
  return chart(
    options.title ?? 'Traces of the chains',
    options.subtitle ?? 'One colour per chain; long chains are thinned.',
    {
      columns,
      spacing: { row: 20, column: 34 },
      concat: panels.map(([name, chains]) => ({
        ...(name ? { title: panelTitle(titles?.[name] ?? name) } : {}),
        width: panels.length === 1 ? 560 : Math.round(640 / columns),
        height: 90,
        data: csv(rowsOf(name, chains)),
        mark: { type: 'line', strokeWidth: 0.8, opacity: 0.8 },
        encoding: {
          x: {
            field: 'draw',
            type: 'quantitative',
            title: 'draw',
            scale: { nice: false },
            axis: { tickCount: 5, grid: false },
          },
          y: {
            field: 'value',
            type: 'quantitative',
            title: null,
            scale: { zero: false },
            axis: { tickCount: 3 },
          },
          color: { field: 'chain', type: 'nominal', scale: { range: classColors }, legend: null },
        },
      })),
    },
  )
}

function rowsOf(name: string, chains: readonly ArrayLike<number>[]): object[] {
  if (!Array.isArray(chains) || chains.length === 0 || !chains.every(isNumbers))
    throw new ArgumentError(
      `values.${name}`,
      chains,
      'one array of draws per chain',
      'Give the values that hmc returns.',
    )
  return chains.flatMap((chain, c) => {
    const draws = numbersOf(`values.${name}[${c}]`, chain)
    const step = Math.max(1, Math.floor(draws.length / MOST_POINTS))
    return draws
      .map((value, i) => ({ draw: i + 1, value: round(value, 4), chain: `chain ${c + 1}` }))
      .filter((_, i) => i % step === 0)
  })
}
