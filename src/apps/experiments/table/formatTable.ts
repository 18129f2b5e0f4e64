import { dataSets } from './cell'
import type { Size } from './setting'
import { digitsOf, tableMetrics } from './metrics'
import { formatSummary, type Direction, type TableRow } from './summary'

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

/** The rows as a table of text, one group per data set, with a legend. */
export function formatTable(rows: readonly TableRow[]): string {
  if (rows.length === 0) return 'no records yet'
  const groups = [...new Set(rows.map(({ size, data }) => `${size}/${data}`))].map((key) => {
    const those = rows.filter(({ size, data }) => `${size}/${data}` === key)
    const [{ data, size, variable }] = those
    const { title, at } = dataSets[data]
    const { models, unlikePaper } = at[size as Size]
    const heading = `${title}, ${size}: ${models}; AU, KL, MI about ${variable}${unlikePaper ? `; ${unlikePaper}` : ''}`
    return `${heading}\n${aligned([COLUMNS, ...those.map(lineOf)])}`
  })
  return `${groups.join('\n\n')}\n\n${LEGEND}`
}

const LEGEND =
  'mean ± standard deviation over seeds; nats per data point; ≥: within 0.2 nat of the most its estimator can return, ranks as a tie.\n' +
  'as in the paper: for AU, KL, MI, LL, ✓ if the row is on the same side of plain as in the paper, ✗ if not, · if nothing can be compared.'

const lineOf = (row: TableRow): string[] => [
  row.title,
  String(row.seeds.length),
  ...tableMetrics.map((metric) => formatSummary(row.metrics[metric], digitsOf(metric))),
  String(row.updates),
  row.seconds.toFixed(0),
  ...tableMetrics.map((metric) => row.paper?.[metric]?.toFixed(digitsOf(metric)) ?? '–'),
  tableMetrics.map((metric) => mark(row.directions?.[metric])).join(' '),
]

/**
 * ✓ where a row is on the same side of plain as in the paper, ✗ where it does not, · where nothing can be
 * compared.
 */
export const mark = (found?: { paper: Direction; here: Direction }): string =>
  found ? (found.paper === found.here ? '✓' : '✗') : '·'

function aligned(lines: readonly string[][]): string {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  return lines
    .map((line) =>
      line.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '),
    )
    .join('\n')
}
