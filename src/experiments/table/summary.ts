import { ArgumentError } from '../../errors'
import { atCap, moments, type Estimate } from '../../metrics/estimate'
import { dataSets } from './cell'
import { methods } from './methods'
import { paperTable, type PaperNumbers } from './paper'
import type { CellRecord } from './record'
import type { Size } from './setting'

/** The metrics of the paper's table. */
export const tableMetrics = ['au', 'kl', 'mi', 'll'] as const
/** One of them. */
export type TableMetric = (typeof tableMetrics)[number]

/** A metric over seeds. */
export interface Summary {
  /** Mean over seeds. */
  readonly mean: number
  /** Standard deviation over seeds; undefined with one seed. */
  readonly deviation?: number
  /** True where a seed is within 0.2 nat of what its estimator can return at most: the mean is a lower bound, and ranks as a tie. */
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
  /** The method in words. */
  readonly title: string
  /** Which builder made the models. */
  readonly model: string
  /** The variable that AU, KL and MI are about. */
  readonly variable: 'w' | 'z'
  /** Which seeds the row is a mean of. */
  readonly seeds: readonly number[]
  /** Each metric over seeds: `au`, `kl`, `mi`, `ll`, `flatness` and more. */
  readonly metrics: Readonly<Record<string, Summary>>
  /** Updates of the weights in one training. */
  readonly updates: number
  /** Mean wall-clock seconds of training. */
  readonly seconds: number
  /** The paper's numbers of the same row. */
  readonly paper?: PaperNumbers
  /** Where the paper and these records each lie from their plain row. */
  readonly directions?: Readonly<Partial<Record<TableMetric, { paper: Direction; here: Direction }>>>
}

/** Differences of less than this are none, even where no deviation over seeds is known. */
const LEAST: Record<TableMetric, number> = { au: 0.05, kl: 0.05, mi: 0.05, ll: 0.5 }

/**
 * The rows of the table from its records: mean and deviation over seeds, beside the paper's numbers and directions.
 *
 * @param records of one size or of several.
 * @returns a row a size, data set and method, in the table's order.
 */
export function rowsOf(records: readonly CellRecord[]): TableRow[] {
  const sizes = [...new Set(records.map(({ size }) => size))]
  return sizes.flatMap((size) =>
    Object.keys(dataSets).flatMap((data) => {
      const rows = Object.keys(methods).flatMap((method) => {
        const those = records.filter((r) => r.size === size && r.data === data && r.method === method)
        return those.length > 0 ? [rowOf(those)] : []
      })
      const plain = rows.find(({ method }) => method === 'plain')
      return rows.map((row) =>
        plain && row !== plain ? { ...row, directions: directionsOf(row, plain) } : row,
      )
    }),
  )
}

function rowOf(records: readonly CellRecord[]): TableRow {
  const [{ size, data, method, model, variable, updates, metrics }] = records
  const { title, paper } = methods[method]
  return {
    size,
    data,
    method,
    title,
    model,
    variable,
    seeds: records.map(({ seed }) => seed),
    metrics: Object.fromEntries(
      Object.keys(metrics).map((name) => [name, summarize(records.map((record) => record.metrics[name]))]),
    ),
    updates,
    seconds: moments(records.map(({ seconds }) => seconds)).mean,
    paper: paper && paperTable[data]?.[paper],
  }
}

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
      // Two lower bounds cannot be told apart.
      if (row.metrics[metric].atCap && plain.metrics[metric].atCap) return []
      const here = direction(
        row.metrics[metric].mean - plain.metrics[metric].mean,
        margin(metric, row, plain),
      )
      return [[metric, { paper: direction(ours - theirs, 0.01), here }]]
    }),
  )
}

/** Twice the standard error of the difference over seeds, and at least what counts as a difference. */
function margin(metric: TableMetric, ...rows: TableRow[]): number {
  const variance = rows.map(({ metrics, seeds }) => (metrics[metric].deviation ?? 0) ** 2 / seeds.length)
  return Math.max(LEAST[metric], 2 * Math.sqrt(variance[0] + variance[1]))
}

const direction = (difference: number, least: number): Direction =>
  Math.abs(difference) <= least ? '=' : difference > 0 ? '+' : '−'

const COLUMNS = [
  '',
  'seeds',
  'AU',
  'KL',
  'MI',
  'LL',
  'updates',
  's',
  'paper: AU',
  'KL',
  'MI',
  'LL',
  'as in the paper',
]

/** The rows as a table of text, a group a data set, with what its signs mean. */
export function tableInWords(rows: readonly TableRow[]): string {
  if (rows.length === 0) return 'no records yet'
  const groups = [...new Set(rows.map(({ size, data }) => `${size}/${data}`))].map((key) => {
    const those = rows.filter(({ size, data }) => `${size}/${data}` === key)
    const [{ data, size, variable }] = those
    const { title, at } = dataSets[data]
    const heading = `${title}, ${size}: ${at[size as Size].models}; AU, KL, MI about ${variable}`
    return `${heading}\n${aligned([COLUMNS, ...those.map(lineOf)])}`
  })
  return `${groups.join('\n\n')}\n\n${LEGEND}`
}

const LEGEND =
  'mean ± standard deviation over seeds; nats a data point; ≥: within 0.2 nat of the most its estimator can return, ranks as a tie.\n' +
  'as in the paper: for AU, KL, MI, LL, ✓ where the row lies to the same side of plain as in the paper, ✗ where it does not, · where nothing can be compared.'

const lineOf = (row: TableRow): string[] => [
  row.title,
  String(row.seeds.length),
  ...tableMetrics.map((metric) => formatSummary(row.metrics[metric], metric === 'll' ? 1 : 2)),
  String(row.updates),
  row.seconds.toFixed(0),
  ...tableMetrics.map((metric) => row.paper?.[metric]?.toFixed(metric === 'll' ? 1 : 2) ?? '–'),
  tableMetrics.map((metric) => mark(row.directions?.[metric])).join(' '),
]

const mark = (found?: { paper: Direction; here: Direction }): string =>
  found ? (found.paper === found.here ? '✓' : '✗') : '·'

/**
 * A metric over seeds as people read it: `1.55 ± 0.07`, its mean and standard deviation; `≥ 6.83` at its cap.
 *
 * @param summary a metric of a row.
 * @param digits after the point; 2 by default.
 * @returns the text, without a unit.
 * @throws ArgumentError for what is no such metric.
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

function aligned(lines: readonly string[][]): string {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  return lines
    .map((line) =>
      line.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '),
    )
    .join('\n')
}
