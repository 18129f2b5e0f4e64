import {
  CHART_OPTIONS,
  byLabel,
  isRows,
  numberIn,
  round,
  rowsOf,
  type ChartOptions,
  type Rows,
  type VegaLiteSpec,
} from './spec'
import { chart, classColors, ink, panelTitle, roomAbove } from './theme'
import { resolveOptions } from '../base/options'

/** Options of `truthCurves`. */
export interface TruthCurveOptions extends ChartOptions {
  /** The setting on the horizontal axis, with its unit; `'σ'` by default. */
  dial?: string
  /** A logarithmic horizontal axis; true by default. */
  logarithmic?: boolean
  /** Logarithmic vertical axes, only for positive values; false by default. */
  logarithmicValues?: boolean
  /** Unit of the vertical axes; `'nats'` by default. */
  unit?: string
}

/**
 * Exact values as a line against a setting, with estimates as points: one panel per quantity.
 *
 * @param rows Rows with `dial` (the setting), `exact` and, if estimated, `estimate` and `standardError`;
 *   `which` distinguishes several lines of a panel. Several such tables by quantity make several panels.
 * @param options Title, subtitle, dial, logarithmic, unit.
 * @returns A Vega-Lite specification; whiskers are two standard errors.
 * @throws ArgumentError if there are no rows, or a value is not finite.
 * @example
 * lid.show(lid.plots.truthCurves([{ dial: 0.1, exact: 3 }, { dial: 1, exact: 1 }]))
 */
export function truthCurves(
  rows: Rows | Readonly<Record<string, Rows>>,
  options: TruthCurveOptions = {},
): VegaLiteSpec {
  const { dial, logarithmic, logarithmicValues, unit } = resolveOptions('truthCurves', options, {
    ...CHART_OPTIONS,
    dial: 'σ',
    logarithmic: true,
    logarithmicValues: false,
    unit: 'nats',
  })
  const panels = byLabel<Rows>('rows', rows, isRows).map(([title, one]) => ({
    title,
    points: rowsOf(`rows.${title}`, one, ['dial', 'exact']).map((row) => {
      const estimated = row.estimate !== undefined
      const estimate = estimated ? numberIn('rows', row, 'estimate') : undefined
      const error = row.standardError === undefined ? 0 : 2 * numberIn('rows', row, 'standardError')
      return {
        dial: numberIn('rows', row, 'dial'),
        which: String((row.which as string | undefined) ?? 'exact'),
        exact: zeroIfTiny(numberIn('rows', row, 'exact')),
        ...(estimate === undefined
          ? {}
          : { estimate: round(estimate), low: round(estimate - error), high: round(estimate + error) }),
      }
    }),
  }))
  const names = [...new Set(panels.flatMap(({ points }) => points.map(({ which }) => which)))]
  const lines = names.length === 1 ? [ink] : classColors
  const ends = panels.map(({ points }) => {
    const all = points.flatMap(({ exact, low = exact, high = exact }) => [exact, low, high])
    return { lowest: Math.min(...all), highest: Math.max(...all) }
  })
  const dials = [...new Set(panels.flatMap(({ points }) => points.map((point) => point.dial)))]
  const estimated = panels.some(({ points }) => points.some((point) => 'estimate' in point))
  return chart(
    options.title ?? `Exact values by ${dial}`,
    options.subtitle ??
      `Lines: exact.${estimated ? ' Points: estimated, whiskers: ± 2 standard errors.' : ''} In ${unit}.`,
    {
      columns: Math.min(3, panels.length),
      spacing: { row: 26, column: 34 },
      concat: panels.map(({ title, points }, index) => {
        const { lowest, highest } = ends[index]
        const x = {
          field: 'dial',
          type: 'quantitative',
          title: dial,
          scale: { nice: false, padding: 8, ...(logarithmic ? { type: 'log' } : { zero: false }) },
          axis: {
            ...(logarithmic && dials.length <= 8 ? { values: dials } : { tickCount: 5 }),
            format: '~g',
            grid: false,
          },
        }
        const y = (field: string) => ({
          field,
          type: 'quantitative',
          title: index === 0 ? unit : null,
          scale: logarithmicValues
            ? { type: 'log' }
            : lowest >= 0 && highest > 0
              ? { domain: [0, round(roomAbove(highest, TICKS), 6)], nice: false }
              : { zero: true },
          axis: logarithmicValues
            ? { values: logTicks(lowest, highest), format: '~g' }
            : { tickCount: TICKS },
        })
        const color = {
          field: 'which',
          type: 'nominal',
          scale: { domain: names, range: names.map((_, i) => lines[i % lines.length]) },
          legend:
            names.length > 1
              ? { title: null, orient: 'top', symbolType: 'stroke', symbolStrokeWidth: 3 }
              : null,
        }
        const withEstimates = points.filter((point) => 'estimate' in point)
        return {
          ...(title ? { title: panelTitle(title) } : {}),
          width: panels.length === 1 ? 420 : 195,
          height: panels.length === 1 ? 220 : 170,
          layer: [
            {
              data: { values: points.map(({ dial: at, which, exact }) => ({ dial: at, which, exact })) },
              mark: { type: 'line', strokeWidth: 1.6 },
              encoding: { x, y: y('exact'), color },
            },
            ...(withEstimates.length > 0
              ? [
                  {
                    data: { values: withEstimates },
                    mark: { type: 'rule', strokeWidth: 2 },
                    encoding: { x, y: y('low'), y2: { field: 'high' }, color },
                  },
                  {
                    data: { values: withEstimates },
                    mark: { type: 'circle', size: 46, opacity: 1 },
                    encoding: { x, y: y('estimate'), color },
                  },
                ]
              : []),
          ],
        }
      }),
    },
  )
}

/** Approximate number of labels on the vertical axes. */
const TICKS = 5

/** Powers of ten, and 2 and 5 times these if there are few: a line for every digit would be too dense. */
function logTicks(lowest: number, highest: number): number[] {
  const [from, to] = [Math.floor(Math.log10(lowest)), Math.ceil(Math.log10(highest))]
  const digits = to - from > 2 ? [1] : [1, 2, 5]
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  return powers.flatMap((power) => digits.map((digit) => round(digit * 10 ** power)))
}

/** A value that is 0 up to rounding must not move the axis below 0. */
const zeroIfTiny = (value: number): number => (Math.abs(value) < 1e-9 ? 0 : round(value))
