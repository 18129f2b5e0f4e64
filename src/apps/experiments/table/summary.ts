import { ArgumentError } from '../../../base/errors'
import { atCap, moments, type Estimate } from '../../../base/estimate'
import { requireAlike } from './alike'
import { dataSets, settingOf } from './cell'
import { labelOf, methods } from './methods'
import { tableMetrics, type TableMetric } from './metrics'
import { paperTable, type PaperNumbers } from './paper'
import { isPresent, type CellRecord } from './record'
import type { Size } from './setting'

/** A metric over seeds. */
export interface Summary {
  /** Mean over seeds. */
  readonly mean: number
  /** Standard deviation over seeds; undefined with one seed. */
  readonly deviation?: number
  /**
   * True if a seed is within 0.2 nat of what its estimator can return at most: the mean is a lower bound, and
   * ranks as a tie.
   */
  readonly atCap: boolean
}

/** Up, down, or not told apart, from the plain row of the same data. */
export type Direction = '+' | '−' | '='

/** One row of the table: a method on a data set, over seeds. */
export interface TableRow {
  /** `'quick'`, `'local'` or `'paper'`. */
  readonly size: string
  /** Name of the data set. */
  readonly data: string
  /** Name of the method. */
  readonly method: string
  /** The method's title. */
  readonly title: string
  /** The same, as short as a chart's legend wants it. */
  readonly label: string
  /** True for a row that is a part of the identifiable model only, or of the plain one's start. */
  readonly ablation: boolean
  /** Which builder made the models. */
  readonly model: string
  /** The variable that AU, KL and MI are about. */
  readonly variable: 'w' | 'z'
  /** Version of the rule by which its trainings ended: 2, until converged; 1, a number of epochs. */
  readonly rule: number
  /** How many of its seeds converged before the most epochs; rule 2 only. */
  readonly converged?: number
  /** Which seeds the row is a mean of. */
  readonly seeds: readonly number[]
  /** Each metric over seeds: `au`, `kl`, `mi`, `ll`, `flatness` and more. */
  readonly metrics: Readonly<Record<string, Summary>>
  /** Updates of the weights in one training, mean over seeds. */
  readonly updates: number
  /** The same trainings at plain's updates; rule 2 only, not for plain. */
  readonly atPlain?: Readonly<Record<string, Summary>>
  /** The values of each seed, in the order of `seeds`, for paired tests. */
  readonly bySeed: Readonly<Record<string, readonly Estimate[]>>
  /** The bias that may be left in the log-likelihood of a seed, the largest, nats; 0 where none is known. */
  readonly bias: number
  /** Draws of z per data point behind the log-likelihood. */
  readonly draws: string
  /** Mean wall-clock seconds of training. */
  readonly seconds: number
  /** Version of the evaluation that measured it. */
  readonly evaluation: number
  /** The paper's numbers of the same row. */
  readonly paper?: PaperNumbers
  /** Where the paper and these records each lie from their plain row. */
  readonly directions?: Readonly<Partial<Record<TableMetric, { paper: Direction; here: Direction }>>>
}

/** Smaller differences count as none, here as in the paper, even without a deviation over seeds. */
const LEAST: Record<TableMetric, number> = { au: 0.05, kl: 0.05, mi: 0.05, ll: 0.5 }

/**
 * The rows of the table from its records: mean and deviation over seeds, beside the paper's numbers and
 * directions.
 *
 * @param records of one size or of several.
 * @returns one row per size, data set and method, in the table's order.
 * @throws DataError for records that do not belong in one table.
 */
export function rowsOf(records: readonly CellRecord[]): TableRow[] {
  requireAlike(records)
  const sizes = [...new Set(records.map(({ size }) => size))]
  return sizes.flatMap((size) =>
    Object.keys(dataSets).flatMap((data) => {
      const rows = Object.keys(methods).flatMap((method) => {
        const all = records.filter((r) => r.size === size && r.data === data && r.method === method)
        // Records of the earlier rule stand for a method until it has one of the present rule.
        const present = all.filter(isPresent)
        const those = present.length > 0 ? present : all
        return those.length > 0 ? [rowOf(those)] : []
      })
      const plain = rows.find(({ method }) => method === 'plain')
      return rows.map((row) =>
        plain && row !== plain && row.rule === plain.rule
          ? { ...row, directions: directionsOf(row, plain) }
          : row,
      )
    }),
  )
}

function rowOf(records: readonly CellRecord[]): TableRow {
  const [{ size, data, method, model, variable, metrics, evaluation = 1, rule = 1 }] = records
  const early = records.flatMap(({ atPlain }) => atPlain ?? [])
  const { title, ablation = false, paper } = methods[method]
  return {
    size,
    data,
    method,
    title,
    label: labelOf(method),
    ablation,
    model,
    variable,
    rule,
    ...(rule > 1 && { converged: records.filter(({ converged }) => converged).length }),
    seeds: records.map(({ seed }) => seed),
    metrics: summaries(records),
    ...(early.length > 0 && { atPlain: summaries(early) }),
    bySeed: Object.fromEntries(Object.keys(metrics).map((name) => [name, valuesOf(records, name)])),
    bias: Math.min(...records.map(({ metrics: { ll } }) => ll.bias ?? 0)),
    draws: /(\d[\d to]*) (draws|samples)/.exec(metrics.ll.estimator)?.[1] ?? '',
    updates: moments(records.map(({ updates }) => updates)).mean,
    seconds: moments(records.map(({ seconds }) => seconds)).mean,
    evaluation,
    paper: paper && paperTable[data]?.[paper],
  }
}

type Measured = Pick<CellRecord, 'metrics'>

const valuesOf = (records: readonly Measured[], name: string): Estimate[] =>
  records.map(({ metrics }) => metrics[name])

/** Every metric over seeds. */
const summaries = (records: readonly Measured[]): Record<string, Summary> =>
  Object.fromEntries(
    Object.keys(records[0].metrics).map((name) => [name, summarize(valuesOf(records, name))]),
  )

function summarize(estimates: readonly Estimate[]): Summary {
  const { mean, variance } = moments(estimates.map(({ value }) => value))
  return {
    mean,
    ...(estimates.length > 1 && { deviation: Math.sqrt(variance) }),
    atCap: estimates.some(atCap),
  }
}

function directionsOf(row: TableRow, plain: TableRow): TableRow['directions'] {
  return Object.fromEntries(
    tableMetrics.flatMap((metric) => {
      const [ours, theirs] = [row.paper?.[metric], plain.paper?.[metric]]
      if (ours === undefined || theirs === undefined) return []
      // About another variable than the paper's numbers.
      if (metric !== 'll' && settingOf(row as { data: string; size: Size }).unlikePaper) return []
      // Two lower bounds cannot be told apart.
      if (row.metrics[metric].atCap && plain.metrics[metric].atCap) return []
      const here = direction(
        row.metrics[metric].mean - plain.metrics[metric].mean,
        margin(metric, row, plain),
      )
      return [[metric, { paper: direction(ours - theirs, LEAST[metric]), here }]]
    }),
  )
}

/** What counts as a difference: more than the least one, and than the seeds' spread explains. */
const margin = (metric: TableMetric, ...rows: TableRow[]): number =>
  Math.max(LEAST[metric], spreadOf(metric, ...rows))

/** Twice the standard error over seeds of the difference between two rows; 0 where both have one seed. */
export function spreadOf(metric: TableMetric, ...rows: TableRow[]): number {
  const variances = rows.map(({ metrics, seeds }) => (metrics[metric].deviation ?? 0) ** 2 / seeds.length)
  return 2 * Math.sqrt(variances.reduce((sum, variance) => sum + variance, 0))
}

const direction = (difference: number, least: number): Direction =>
  Math.abs(difference) <= least ? '=' : difference > 0 ? '+' : '−'

/**
 * Formats a metric over seeds: `1.55 ± 0.07`, its mean and standard deviation; `≥ 6.83` at its cap.
 *
 * @param summary a metric of a row.
 * @param digits after the point; 2 by default.
 * @returns the text, without a unit.
 * @throws ArgumentError if it is not such a metric.
 * @example
 * for (const { metrics } of lid.experiments.tableRows(lid.experiments.tableRecords())) console.log(lid.experiments.formatSummary(metrics.ll, 1))
 */
export function formatSummary(summary: Summary, digits = 2): string {
  if (typeof (summary as Partial<Summary> | undefined)?.mean !== 'number')
    throw new ArgumentError(
      'summary',
      summary,
      'a metric of a row',
      'Give one of metrics of lid.experiments.tableRows.',
    )
  const { mean, deviation, atCap: bound } = summary
  const text = mean.toFixed(digits).replace(/^-(?=[0.]*$)/, '')
  return `${bound ? '≥ ' : ''}${text}${deviation === undefined ? '' : ` ± ${deviation.toFixed(digits)}`}`
}
