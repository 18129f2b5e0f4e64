import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import { formatEstimate, type Estimate } from '../base/estimate'
import { CHART_OPTIONS, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, lookOf, modelScale } from './theme'

/** Options of `comparison`. */
export interface ComparisonOptions extends ChartOptions {
  /** The compared quantity, default `'Log-likelihood of held-out data'`. */
  quantity?: string
  /** Its unit, default `'nats per data point'`. */
  unit?: string
  /** Which direction is better, default `'higher'`; with `'none'` the chart does not say. */
  better?: 'higher' | 'lower' | 'none'
}

/** An estimate, or a diagnosis, of which the log-likelihood is used. */
export type Compared = Estimate | { readonly logLikelihood: Estimate; readonly model?: string }

/**
 * One estimate per model as a point with whiskers and its number; by default the log-likelihood.
 *
 * @param estimates By model label: an estimate, or a diagnosis, of which `logLikelihood` is used.
 * @param options Title, subtitle, colours, quantity, unit, direction.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there is no estimate, or one is not finite.
 * @example
 * lid.show(lid.plots.comparison({ plain: diagnosisA, identifiable: diagnosisB }))
 */
export function comparison(
  estimates: Readonly<Record<string, Compared>>,
  options: ComparisonOptions = {},
): VegaLiteSpec {
  const { quantity, unit, better } = resolveOptions('comparison', options, {
    ...CHART_OPTIONS,
    quantity: 'Log-likelihood of held-out data',
    unit: 'nats per data point',
    better: 'higher',
  })
  const entries = Object.entries(estimates ?? {})
  if (entries.length === 0)
    throw new ArgumentError(
      'estimates',
      estimates,
      'estimates by model label',
      'Give { plain: diagnosis, … }.',
    )
  const rows = entries.map(([model, compared]) => {
    const estimate = compared && 'logLikelihood' in compared ? compared.logLikelihood : compared
    const { value, standardError } = estimate ?? {}
    if (!Number.isFinite(value) || !Number.isFinite(standardError))
      throw new ArgumentError(
        `estimates.${model}`,
        value,
        'a finite estimate with its standard error',
        'Give { value, standardError, estimator }.',
      )
    const error = standardError
    return {
      model,
      value: round(value, 6),
      low: round(value - error, 6),
      high: round(value + error, 6),
      text: formatEstimate(estimate, Math.abs(value) < 100 ? 2 : 1).replace('-', '−'),
    }
  })
  const models = rows.map((row) => row.model)
  const low = Math.min(...rows.map((row) => row.low))
  const high = Math.max(...rows.map((row) => row.high))
  const margin = Math.max((high - low) * 0.08, Math.abs(high) * 1e-3, 1e-3)
  // The numbers are in a separate column at the right.
  const domain = [round(low - margin, 5), round(high + margin, 5)]
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: `${quantity} (${unit})`,
    scale: { domain, nice: false, zero: false },
    axis: { tickCount: 6, format: '~r' },
  })
  const direction = better === 'none' ? '' : ` Further ${better === 'higher' ? 'right' : 'left'} is better.`
  return chart(
    options.title ?? quantity,
    options.subtitle ?? `In ${unit}; whiskers: ± 1 standard error.${direction}`,
    {
      width: 420,
      height: { step: 30 },
      data: { values: rows },
      encoding: {
        y: {
          field: 'model',
          type: 'nominal',
          sort: models,
          title: null,
          axis: {
            grid: true,
            domain: false,
            ticks: false,
            labelPadding: 8,
            labelLimit: 260,
            labelFontSize: 12,
          },
        },
        color: {
          field: 'model',
          type: 'nominal',
          scale: modelScale(models, lookOf(options, entries)),
          legend: null,
        },
      },
      layer: [
        { mark: { type: 'rule', strokeWidth: 2.5 }, encoding: { x: x('low'), x2: { field: 'high' } } },
        {
          mark: { type: 'circle', size: 110, opacity: 1 },
          encoding: {
            x: x('value'),
            tooltip: [
              { field: 'model', type: 'nominal' },
              { field: 'text', type: 'nominal', title: unit },
            ],
          },
        },
        {
          mark: { type: 'text', align: 'left', color: '#1f2933', fontSize: 12 },
          encoding: {
            x: { value: 432 },
            text: { field: 'text', type: 'nominal' },
            color: { value: '#1f2933' },
          },
        },
      ],
    },
  )
}
