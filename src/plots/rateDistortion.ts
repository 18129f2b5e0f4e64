import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import { formatEstimate, type Estimate } from '../base/estimate'
import { elboLines } from './elboLines'
import { CHART_OPTIONS, round, rowsOf, type ChartOptions, type Rows, type VegaLiteSpec } from './spec'
import { chart, lookOfRows, modelScale, softInk } from './theme'
import { tiedLabels } from './tiedLabels'

/** One model in the rate–distortion plane. */
export interface RateDistortionRow {
  /** Label of the model. */
  model: string
  /** Its kind, `'vae'`, `'lidmvae'` …, which determines its colour. */
  kind?: string
  /** KL of q from the prior, all latent variables together, nats. */
  rate: Estimate
  /** −E_q log p(x|z), nats. */
  distortion: Estimate
}

/** Options of `rateDistortion`. */
export interface RateDistortionOptions extends ChartOptions {
  /** Unit of both axes, default `'nats per data point'`. */
  unit?: string
}

const WIDTH = 440
const HEIGHT = 330

/**
 * The rate–distortion plane: rate R = KL(q ‖ p), the cost of the code, against distortion D = −E_q log
 * p(x|z), the reconstruction error; one point per model. On each grey line the ELBO, −(R + D), is constant.
 * Lower left is better, and a collapsed model is at R = 0; the noise of a sampled KL may put it slightly
 * below.
 *
 * @param rows Rows of `RateDistortionRow`: `{ model, rate, distortion }`, nats; a model may occur more than
 *   once.
 * @param options Title, subtitle, colours, unit.
 * @returns A Vega-Lite specification; bars are ± 1 standard error.
 * @throws ArgumentError if there are no rows or an estimate is not finite.
 * @example
 * const estimator = 'one draw per data point'
 * const rate = { value: 14.2, standardError: 0.1, estimator }
 * lid.show(lid.plots.rateDistortion([{ model: 'plain', rate, distortion: { ...rate, value: 225.4 } }]))
 * @see Alemi, Poole, Fischer, Dillon, Saurous, Murphy 2018, Fixing a Broken ELBO, section 3.
 */
export function rateDistortion(
  rows: Rows | readonly RateDistortionRow[],
  options: RateDistortionOptions = {},
): VegaLiteSpec {
  const { unit } = resolveOptions('rateDistortion', options, {
    ...CHART_OPTIONS,
    unit: 'nats per data point',
  })
  const given = rowsOf('rows', rows, ['model', 'rate', 'distortion'])
  const points = given.map((row) => {
    const [rate, distortion] = [estimateIn(row, 'rate'), estimateIn(row, 'distortion')]
    return {
      model: String(row.model),
      rate: round(rate.value),
      rateLow: round(Math.max(rate.value < 0 ? -Infinity : 0, rate.value - rate.standardError)),
      rateHigh: round(rate.value + rate.standardError),
      distortion: round(distortion.value, 6),
      distortionLow: round(distortion.value - distortion.standardError, 6),
      distortionHigh: round(distortion.value + distortion.standardError, 6),
      summary: `rate ${formatEstimate(rate)}, distortion ${formatEstimate(distortion)}`,
    }
  })
  const models = [...new Set(points.map(({ model }) => model))]
  const ends = (pick: 'rateLow' | 'rateHigh') => points.map((point) => point[pick])
  const xDomain: [number, number] = [
    round(Math.min(0, ...ends('rateLow')) * 1.2, 3),
    round(Math.max(1, ...ends('rateHigh')) * 1.2, 3),
  ]
  const yDomain = padded(
    points.flatMap(({ distortionLow, distortionHigh }) => [distortionLow, distortionHigh]),
  )
  const labels = tiedLabels(
    points.map(({ model, rate, distortion }) => ({ x: rate, y: distortion, text: model })),
    { width: WIDTH, height: HEIGHT, x: xDomain, y: yDomain },
  )
  const x = (field: string, rest: object = {}) => ({
    field,
    type: 'quantitative',
    scale: { domain: xDomain, nice: false },
    ...rest,
  })
  const y = (field: string, rest: object = {}) => ({
    field,
    type: 'quantitative',
    scale: { domain: yDomain, nice: false, zero: false },
    ...rest,
  })
  const axis = { grid: false, tickCount: 6, format: '~r' }
  const color = {
    field: 'model',
    type: 'nominal',
    scale: modelScale(models, lookOfRows(options, given)),
    legend: null,
  }
  const title = options.title ?? 'Cost of the code and reconstruction error'
  const subtitle = options.subtitle ?? [
    `In ${unit}; bars: ± 1 standard error. Rate 0: the latent variables carry no information.`,
    'Grey lines: equal ELBO (its value beside them); lower left is better.',
  ]
  return chart(title, subtitle, {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...elboLines(xDomain, yDomain, x, y),
      {
        data: { values: labels.filter((label) => label.toX !== undefined) },
        mark: { type: 'rule', color: softInk, strokeWidth: 0.8 },
        encoding: { x: x('fromX'), x2: { field: 'toX' }, y: y('fromY'), y2: { field: 'toY' } },
      },
      {
        data: { values: points },
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { x: x('rateLow'), x2: { field: 'rateHigh' }, y: y('distortion'), color },
      },
      {
        data: { values: points },
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { x: x('rate'), y: y('distortionLow'), y2: { field: 'distortionHigh' }, color },
      },
      {
        data: { values: points },
        mark: { type: 'circle', size: 75, opacity: 1 },
        encoding: {
          x: x('rate', { title: `rate: KL of q from the prior (${unit})`, axis }),
          y: y('distortion', { title: `distortion: −E log p(x|z) (${unit})`, axis }),
          color,
          tooltip: [
            { field: 'model', type: 'nominal' },
            { field: 'summary', type: 'nominal', title: unit },
          ],
        },
      },
      ...[{ stroke: '#ffffff', strokeWidth: 4, strokeJoin: 'round' }, {}].map((halo) => ({
        data: { values: labels },
        mark: { type: 'text', fontSize: 12, ...halo },
        encoding: { x: x('x'), y: y('y'), text: { field: 'text', type: 'nominal' } },
      })),
    ],
  })
}

function estimateIn(row: Record<string, unknown>, column: 'rate' | 'distortion'): Estimate {
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

/** With space for labels on both sides. */
function padded(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = Math.max((high - low) * 0.2, Math.abs(high) * 0.002, 0.05)
  return [round(low - room, 6), round(high + room, 6)]
}
