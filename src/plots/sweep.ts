import {
  CHART_OPTIONS,
  byLabel,
  csv,
  isRows,
  numberIn,
  round,
  rowsOf,
  type ChartOptions,
  type Rows,
  type VegaLiteSpec,
} from './spec'
import { chart, ink, lookOfRows, modelScale, panelTitle, softInk } from './theme'
import { resolveOptions } from '../base/options'

/** Options of `sweep`. */
export interface SweepOptions extends ChartOptions {
  /** The varied setting, with its unit; `'steps'` by default. One for all panels, or one by panel. */
  dial?: string | Readonly<Record<string, string>>
  /** A logarithmic horizontal axis; true by default. */
  logarithmic?: boolean
  /** The measured quantity, with its unit, for the vertical axis; `'log-likelihood, nats'` by default. */
  quantity?: string
  /** Reference values by name, drawn as dashed lines. */
  references?: Readonly<Record<string, number>>
}

/**
 * A measured value against a setting, one point per run and a line through the means: the effect of, say,
 * width or steps, and the spread over seeds.
 *
 * @param rows Rows with `dial` (the setting), `value` and `model`, one per run; or several such tables by
 *   title, one panel each.
 * @param options Title, subtitle, colours, dial, logarithmic, quantity, references.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are no rows, or a value is not finite.
 * @example
 * const rows = [1, 2].map((seed) => ({ dial: 1000, model: 'plain', value: -2 - seed / 10 }))
 * lid.show(lid.plots.sweep(rows, { references: { truth: -1.62 } }))
 */
export function sweep(rows: Rows | Readonly<Record<string, Rows>>, options: SweepOptions = {}): VegaLiteSpec {
  const { dial, logarithmic, quantity, references } = resolveOptions('sweep', options, {
    ...CHART_OPTIONS,
    dial: 'steps',
    logarithmic: true,
    quantity: 'log-likelihood, nats',
    references: {},
  })
  const tables = byLabel<Rows>('rows', rows, isRows).map(
    ([title, one]) => [title, rowsOf('rows', one, ['dial', 'value', 'model'])] as const,
  )
  const look = lookOfRows(
    options,
    tables.flatMap(([, table]) => table),
  )
  const panels = tables.map(([title, table]) => ({
    title,
    points: table.map((row) => ({
      dial: numberIn('rows', row, 'dial'),
      value: round(numberIn('rows', row, 'value'), 6),
      model: String(row.model),
    })),
  }))
  const lines = Object.entries(references).map(([name, value]) => ({
    name,
    value: numberIn('references', { [name]: value }, name),
  }))
  const models = [...new Set(panels.flatMap(({ points }) => points.map(({ model }) => model)))]
  const seeds = panels.some(
    ({ points }) => new Set(points.map(({ dial: at, model }) => `${at} ${model}`)).size < points.length,
  )
  const several = panels.length > 1
  const color = {
    field: 'model',
    type: 'nominal',
    scale: modelScale(models, look),
    legend: { title: null, orient: 'top', symbolType: 'circle', symbolSize: 80 },
  }
  const y = {
    field: 'value',
    type: 'quantitative',
    title: quantity,
    scale: { zero: false, nice: true },
    axis: { tickCount: 6 },
  }
  return chart(
    options.title ?? `Effect of ${several ? 'each setting' : dialOf(dial, panels[0].title)}`,
    options.subtitle ?? (seeds ? 'Points: one run each; lines: means over the seeds.' : 'One point per run.'),
    {
      columns: 2,
      spacing: 34,
      // Panels share the vertical scale, so that they can be compared.
      resolve: { scale: { y: 'shared', color: 'shared' } },
      concat: panels.map(({ title, points }) => {
        const dials = [...new Set(points.map(({ dial: at }) => at))].sort((a, b) => a - b)
        const name = dialOf(dial, title)
        const x = {
          field: 'dial',
          type: 'quantitative',
          title: name,
          scale: { nice: false, padding: 14, ...(logarithmic ? { type: 'log' } : { zero: false }) },
          axis: { ...(dials.length <= 6 ? { values: dials } : { tickCount: 5 }), format: ',~r', grid: false },
        }
        return {
          ...(title ? { title: panelTitle(title) } : {}),
          width: several ? 250 : 420,
          height: 220,
          layer: [
            ...(lines.length > 0 ? referenceLayers(lines, y) : []),
            {
              data: csv(points),
              mark: { type: 'line', strokeWidth: 1.6 },
              encoding: { x, y: { ...y, aggregate: 'mean' }, color },
            },
            {
              data: csv(points),
              mark: { type: 'circle', size: 44, opacity: 0.85 },
              encoding: {
                x,
                y,
                color,
                tooltip: [
                  { field: 'model', type: 'nominal' },
                  { field: 'dial', type: 'quantitative', title: name },
                  { field: 'value', type: 'quantitative', title: quantity },
                ],
              },
            },
          ],
        }
      }),
    },
  )
}

const dialOf = (dial: string | Readonly<Record<string, string>>, title: string): string =>
  typeof dial === 'string' ? dial : (dial[title] ?? title)

/** Dashed lines across a panel, with their names at the left end, above the line. */
const referenceLayers = (lines: readonly { name: string; value: number }[], y: object): object[] => [
  {
    data: { values: lines },
    mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.4, color: softInk },
    encoding: { y },
  },
  {
    data: { values: lines },
    mark: { type: 'text', align: 'left', baseline: 'bottom', dx: 4, dy: -3, color: ink, fontSize: 11 },
    encoding: { x: { value: 0 }, y, text: { field: 'name' } },
  },
]
