import type { Estimate } from '../../../base/estimate'
import { sweep } from '../../../plots/sweep'
import type { VegaLiteSpec } from '../../../plots/spec'
import { tradeOff } from '../../../plots/tradeOff'
import { headingOf } from './markdown'
import { labelOf, methods } from './methods'
import type { CellRecord, CurveRow } from './record'
import type { Summary, TableRow } from './summary'

/** A method's label, with a dagger where its trainings ended by the earlier rule. */
const marked = (label: string, rule = 1): string => (rule > 1 ? label : `${label} †`)

/** A method has the same colour in all charts of the table. */
const colors: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(methods).flatMap(([name, { color }]) =>
    color ? [1, 2].map((rule) => [marked(labelOf(name), rule), color]) : [],
  ),
)

const asEstimate = ({ mean, deviation = 0, atCap }: Summary): Estimate => ({
  value: mean,
  standardError: deviation,
  estimator: 'mean over seeds',
  ...(atCap && { cap: mean }),
})

/** Log-likelihood against mutual information, one point per method of one data set. */
export function tradeOffOf(rows: readonly TableRow[]): VegaLiteSpec {
  const points = rows.map(({ label, model, metrics, rule }) => ({
    model: marked(label, rule),
    kind: model,
    information: asEstimate(metrics.mi),
    logLikelihood: asEstimate(metrics.ll),
  }))
  const [{ data, variable }] = rows
  const bars = '± 1 standard deviation over seeds'
  return tradeOff(points, { title: headingOf(data), variable, bars, colors })
}

/** What a learning curve shows. */
export interface CurveQuantity {
  readonly title: (heading: string, variable: string) => string
  readonly subtitle: string
  readonly unit: string
  readonly over: 'epochs' | 'updates'
  /** The share of a training from which on it is shown; all of it by default. */
  readonly from?: number
  /** Whether updates are on a logarithmic scale; true by default. */
  readonly logarithmic?: boolean
  /** Undefined where an epoch was not measured. */
  readonly value: (row: CurveRow, variable: 'w' | 'z') => number | undefined
}

/** The learning curves by name. */
export const curveQuantities = {
  kl: {
    title: (heading, variable) => `${heading}: KL of ${variable} in training`,
    subtitle: 'A collapsed variable never leaves 0.',
    unit: 'KL, nats',
    over: 'epochs',
    value: ({ klZ, klW }, variable) => (variable === 'w' ? klW : klZ),
  },
  elbo: {
    title: (heading) => `${heading}: the bound in training`,
    subtitle: 'Over updates, not time.',
    unit: 'ELBO of the training data, nats per data point',
    over: 'updates',
    value: ({ reconstruction, klZ, klW }) => reconstruction - klZ - klW,
  },
  validation: {
    title: (heading) => `${heading}: until converged`,
    subtitle: 'Each ends where the rule ends it; without the first tenth.',
    unit: 'ELBO of the validation data, nats per data point',
    over: 'updates',
    from: 0.1,
    logarithmic: false,
    value: ({ validation }) => validation,
  },
} as const satisfies Readonly<Record<string, CurveQuantity>>

/** One curve per method of one data set, one point per epoch and seed. */
export function curvesOf(records: readonly CellRecord[], quantity: CurveQuantity): VegaLiteSpec {
  const { title, subtitle, unit, over, value, from = 0, logarithmic = true } = quantity
  const points = records.flatMap(({ method, model, variable, curve, updates, epochs, rule }) =>
    curve.flatMap((row) => {
      const found = value(row, variable)
      const dial = over === 'updates' ? (row.epoch * updates) / epochs : row.epoch
      return found === undefined || row.epoch < from * epochs
        ? []
        : [{ dial, value: found, model: marked(labelOf(method), rule), kind: model }]
    }),
  )
  const [{ data, variable }] = records
  return sweep(points, {
    title: title(headingOf(data), variable),
    subtitle: `${subtitle} One point per epoch and seed, lines through the means.`,
    dial: over,
    quantity: unit,
    logarithmic: over === 'updates' && logarithmic,
    colors,
  })
}
