import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import { atCap, formatEstimate, type Estimate } from '../base/estimate'
import { CHART_OPTIONS, round, rowsOf, type ChartOptions, type Rows, type VegaLiteSpec } from './spec'
import { chart, lookOfRows, modelScale, softInk } from './theme'
import { tiedLabels } from './tiedLabels'

/** One method in the plane of information and fit. */
export interface TradeOffRow {
  /** Label of the method. */
  model: string
  /** The kind of its model, `'vae'`, `'lidmvae'` …, which determines its colour. */
  kind?: string
  /** I(x; v) of the latent variable, nats. */
  information: Estimate
  /** log p(x), nats per data point. */
  logLikelihood: Estimate
}

/** Options of `tradeOff`. */
export interface TradeOffOptions extends ChartOptions {
  /** The latent variable, default `'z'`. */
  variable?: string
  /** Meaning of the bars, default `'± 1 standard error'`. */
  bars?: string
}

const WIDTH = 400
const HEIGHT = 300

/**
 * The trade-off between the information of a latent variable and the fit of the model: log-likelihood against
 * mutual information I(x; v), one point per method. Upper right is better; a collapsed model is at I = 0. If
 * the information is at its estimator's cap, it is a lower bound, and the point is an arrow to the right.
 *
 * @param rows Rows of `TradeOffRow`: `{ model, information, logLikelihood }`, nats.
 * @param options Title, subtitle, colours, variable, meaning of the bars.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are no rows or an estimate is not finite.
 * @example
 * const information = { value: 1.5, standardError: 0.05, estimator: 'mean over 3 seeds' }
 * lid.show(lid.plots.tradeOff([{ model: 'LID', information, logLikelihood: { ...information, value: -243.5 } }]))
 * @see Wang, Blei, Cunningham 2021, Table 1 (MI and LL).
 */
export function tradeOff(rows: Rows | readonly TradeOffRow[], options: TradeOffOptions = {}): VegaLiteSpec {
  const { variable, bars } = resolveOptions('tradeOff', options, {
    ...CHART_OPTIONS,
    variable: 'z',
    bars: '± 1 standard error',
  })
  const given = rowsOf('rows', rows, ['model', 'information', 'logLikelihood'])
  const points = given.map((row) => {
    const [information, fit] = [estimateIn(row, 'information'), estimateIn(row, 'logLikelihood')]
    return {
      model: String(row.model),
      mi: round(information.value),
      miLow: round(information.value - information.standardError),
      miHigh: round(information.value + information.standardError),
      ll: round(fit.value, 6),
      llLow: round(fit.value - fit.standardError, 6),
      llHigh: round(fit.value + fit.standardError, 6),
      shape: atCap(information) ? 'triangle-right' : 'circle',
      summary: `I ${formatEstimate(information)}, log p(x) ${formatEstimate(fit, 1)}`,
    }
  })
  const models = [...new Set(points.map(({ model }) => model))]
  const lows = points.map(({ llLow }) => llLow)
  const highs = points.map(({ llHigh }) => llHigh)
  const room = Math.max((Math.max(...highs) - Math.min(...lows)) * 0.15, 0.2)
  const xDomain: [number, number] = [0, round(Math.max(0.5, ...points.map(({ miHigh }) => miHigh)) * 1.25, 3)]
  const yDomain: [number, number] = [round(Math.min(...lows) - room, 6), round(Math.max(...highs) + room, 6)]
  const labels = tiedLabels(
    points.map(({ mi, ll, model }) => ({ x: mi, y: ll, text: model })),
    { width: WIDTH, height: HEIGHT, x: xDomain, y: yDomain },
    points.flatMap(({ mi, miLow, miHigh, ll, llLow, llHigh }) => [
      { x: [miLow, miHigh], y: [ll, ll] },
      { x: [mi, mi], y: [llLow, llHigh] },
    ]),
  )
  const axis = { tickCount: 6, format: '~r' }
  const x = (field: string, rest: object = {}) => ({
    field,
    type: 'quantitative',
    scale: { domain: xDomain, nice: false, clamp: true },
    ...rest,
  })
  const y = (field: string, rest: object = {}) => ({
    field,
    type: 'quantitative',
    scale: { domain: yDomain, nice: false, zero: false },
    ...rest,
  })
  const color = {
    field: 'model',
    type: 'nominal',
    scale: modelScale(models, lookOfRows(options, given)),
    legend: null,
  }
  const bar = (encoding: object) => ({
    data: { values: points },
    mark: { type: 'rule', strokeWidth: 2 },
    encoding: { ...encoding, color },
  })
  return chart(
    options.title ?? 'Information of the latent variable and fit of the model',
    options.subtitle ?? [
      `In nats; bars: ${bars}. Upper right is better; I = 0: ${variable} carries no information.`,
      ...(points.some(({ shape }) => shape !== 'circle')
        ? ['Arrow: the estimate is at its cap, a lower bound.']
        : []),
    ],
    {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          data: { values: labels.filter((label) => label.toX !== undefined) },
          mark: { type: 'rule', color: softInk, strokeWidth: 0.8 },
          encoding: { x: x('fromX'), x2: { field: 'toX' }, y: y('fromY'), y2: { field: 'toY' } },
        },
        bar({ x: x('miLow'), x2: { field: 'miHigh' }, y: y('ll') }),
        bar({ x: x('mi'), y: y('llLow'), y2: { field: 'llHigh' } }),
        {
          data: { values: points },
          mark: { type: 'point', filled: true, size: 80, opacity: 1 },
          encoding: {
            x: x('mi', { title: `mutual information I(x; ${variable}) (nats)`, axis }),
            y: y('ll', { title: 'log-likelihood (nats per data point)', axis }),
            color,
            shape: { field: 'shape', type: 'nominal', scale: null, legend: null },
            tooltip: [
              { field: 'model', type: 'nominal' },
              { field: 'summary', type: 'nominal', title: 'nats' },
            ],
          },
        },
        ...[{ stroke: '#ffffff', strokeWidth: 4, strokeJoin: 'round' }, {}].map((halo) => ({
          data: { values: labels },
          mark: { type: 'text', fontSize: 12, ...halo },
          encoding: { x: x('x'), y: y('y'), text: { field: 'text', type: 'nominal' } },
        })),
      ],
    },
  )
}

function estimateIn(row: Record<string, unknown>, column: 'information' | 'logLikelihood'): Estimate {
  const estimate = row[column] as Estimate | undefined
  const { value, standardError } = estimate ?? {}
  if (!Number.isFinite(value) || !Number.isFinite(standardError))
    throw new ArgumentError(
      `column \`${column}\` of \`rows\``,
      value,
      'a finite estimate with its standard error',
      'Give { value, standardError, estimator }.',
    )
  return estimate!
}
