import { dataSets, settingOf } from './cell'
import type { Claim } from './claims'
import { digitsOf, tableMetrics } from './metrics'
import type { Size } from './setting'
import { formatSummary, type Direction, type TableRow } from './summary'
import { earlierNote, mark, seedsIn, titleOf } from './formatTable'

/** The data set as a heading has it. */
export const headingOf = (data: string): string => {
  const { title } = dataSets[data]
  return `${title[0].toUpperCase()}${title.slice(1)}`
}

const markdown = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/**
 * Active units of z are counted at the stricter threshold too; a component's share varies by 0.25 at most.
 */
const headOf = ({ variable }: TableRow): string[] => [
  ...['', 'seeds', 'AU', ...(variable === 'z' ? ['AU at 0.1'] : []), 'KL', 'MI', 'LL', 'draws (bias left)'],
  ...['updates', 'seconds', 'MI, LL at plain’s updates'],
  ...['paper: AU, KL, MI, LL', 'as there'],
]

/** The rows, one Markdown table per data set, each below its name and the variable of AU, KL and MI. */
export function rowsInMarkdown(rows: readonly TableRow[]): string {
  const names = [...new Set(rows.map(({ data }) => data))]
  return names
    .map((name) => {
      const those = rows.filter(({ data }) => data === name)
      const [{ data, size, variable }] = those
      const { models, unlikePaper = '' } = settingOf({ data, size: size as Size })
      const earlier = earlierNote(those)
      const about = `${models}; AU, KL and MI about ${variable}${unlikePaper && `; ${unlikePaper}`}${earlier && `; ${earlier}`}`
      return `**${headingOf(name)}**: ${about}.\n\n${markdown(headOf(those[0]), those.map(lineOf))}`
    })
    .join('\n\n')
}

const numberOf = ({ metrics }: TableRow, name: string): string =>
  name in metrics ? formatSummary(metrics[name], digitsOf(name)) : '–'

const shownOf = ({ variable }: TableRow): string[] =>
  variable === 'z' ? ['au', 'au01', ...tableMetrics.slice(1)] : [...tableMetrics]

/** Draws of z per data point, and the bias of the log-likelihood that may be left, where it is known. */
const drawsOf = ({ draws, bias, rule }: TableRow): string =>
  `${draws}${rule > 1 ? ` (${Math.abs(bias).toFixed(2)})` : ''}`

const lineOf = (row: TableRow): string[] => [
  titleOf(row),
  seedsIn(row),
  ...shownOf(row).map((name) => numberOf(row, name)),
  drawsOf(row),
  row.updates.toFixed(0),
  row.seconds.toFixed(0),
  row.atPlain
    ? ['mi', 'll'].map((name) => formatSummary(row.atPlain![name], digitsOf(name))).join(', ')
    : '–',
  row.paper ? tableMetrics.map((m) => row.paper![m]?.toFixed(digitsOf(m)) ?? '–').join(', ') : '–',
  // Together on one line of the cell.
  tableMetrics.map((metric) => mark(row.directions?.[metric])).join('\u00a0'),
]

/** The claims as a Markdown table: what is claimed, whether it holds, and by which numbers. */
export const claimsInMarkdown = (claims: readonly Claim[]): string =>
  markdown(
    ['data', 'claim', 'here', 'p', 'by'],
    claims.map(({ data, size, claim, holds, p, because }) => [
      headingOf(data),
      claim,
      holds === undefined ? 'not decided' : `${holds ? 'holds' : '**does not hold**'} at ${size} size`,
      p === undefined ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3),
      because,
    ]),
  )

const SIDES: Readonly<Record<Direction, string>> = {
  '+': 'above plain',
  '−': 'below plain',
  '=': 'as for plain',
}

/** Rows on another side of plain than in the paper, one sentence per row. */
export const unlikeThePaper = (rows: readonly TableRow[]): string[] =>
  rows.flatMap(({ data, title, directions = {} }) => {
    const parts = tableMetrics.flatMap((metric) => {
      const found = directions[metric]
      return found && found.here !== found.paper
        ? [`${metric.toUpperCase()} ${SIDES[found.here]} here, ${SIDES[found.paper]} there`]
        : []
    })
    return parts.length > 0 ? [`${headingOf(data)}, ${title}: ${parts.join('; ')}`] : []
  })
