import { EVALUATION_VERSION } from '../../../metrics/evaluation'
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
    const about = [`${models}; AU, KL, MI about ${variable}`, unlikePaper, earlierNote(those)].filter(Boolean)
    const heading = `${title}, ${size}: ${about.join('; ')}`
    return `${heading}\n${aligned([COLUMNS, ...those.map(lineOf)])}`
  })
  return `${groups.join('\n\n')}\n\n${LEGEND}`
}

const LEGEND =
  'mean ± standard deviation over seeds; nats per data point; ≥: within 0.2 nat of the most its estimator can return, ranks as a tie.\n' +
  'as in the paper: for AU, KL, MI, LL, ✓ if the row is on the same side of plain as in the paper, ✗ if not, · if nothing can be compared.'

/** What a dagger at a row means; empty where none has one. */
export function earlierNote(rows: readonly TableRow[]): string {
  if (rows.every(({ rule }) => rule > 1)) return ''
  const [{ data, size }] = rows
  const { earlierEpochs } = dataSets[data].at[size as Size]
  const epochs = earlierEpochs === undefined ? 'a number of epochs' : `${earlierEpochs} epochs`
  const older = rows.some(({ evaluation }) => evaluation < EVALUATION_VERSION)
  return `† by the earlier rule, not until converged: ${epochs}, SA-VAE and lagging three times plain’s clock${older ? '; measured by an older evaluation' : ''}`
}

/** The title of a row, with a dagger where it was trained by the earlier rule. */
export const titleOf = ({ title, rule }: TableRow): string => (rule > 1 ? title : `${title} †`)

/** How many seeds, and how many of these did not converge before the most epochs. */
export const seedsIn = ({ seeds, converged }: TableRow): string =>
  converged === undefined || converged === seeds.length
    ? String(seeds.length)
    : `${seeds.length}, ${seeds.length - converged} not converged`

const lineOf = (row: TableRow): string[] => [
  titleOf(row),
  seedsIn(row),
  ...tableMetrics.map((metric) => formatSummary(row.metrics[metric], digitsOf(metric))),
  row.updates.toFixed(0),
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
