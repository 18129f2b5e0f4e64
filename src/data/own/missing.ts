import { ArgumentError, alternatives, unquoted } from '../../base/errors'
import { thousands } from '../../base/thousands'
import { isLongInteger } from './cells'
import { isMissing, type Column } from './columns'
import type { TableSource } from './table'

/** What becomes of missing values of a table. */
export type MissingValues = 'drop' | 'mean'

const ROWS_AT_ONCE = 64
const WAYS: readonly MissingValues[] = ['drop', 'mean']

interface Wanted {
  missing?: MissingValues
  label?: string
  labels?: ArrayLike<unknown>
  columns?: readonly string[]
}

/**
 * The numbers of the columns, row by row, without missing values.
 *
 * @param columns those that become x
 * @returns x, `[kept, columns]`; the rows that are kept; and what was left out or replaced, in words
 * @throws ArgumentError for a value that is no number, by row and column, with what can be done about it
 */
export function complete(
  table: TableSource,
  columns: readonly Column[],
  wanted: Wanted,
): { x: Float32Array; kept: number[]; remarks: string[] } {
  const { missing, labels } = wanted
  if (missing !== undefined && !WAYS.includes(missing))
    throw new ArgumentError('from({ missing })', missing, alternatives(WAYS))
  const size = table.numRows()
  for (const column of columns) requireNumbers(table, column, wanted, columns)
  const isKept = new Uint8Array(size).fill(1)
  const holes = columns.filter((column) => column.missing > 0)
  if (missing === 'drop')
    for (const { numbers } of holes)
      for (let row = 0; row < size; row++) if (Number.isNaN(numbers![row])) isKept[row] = 0
  const unlabelled = labels ? requireLabels(table, labels, wanted) : []
  for (const row of unlabelled) isKept[row] = 0
  const kept = [...isKept.keys()].filter((row) => isKept[row] === 1)
  if (kept.length === 0)
    throw new ArgumentError(
      'from({ missing })',
      missing,
      "'mean', or the columns with the most missing values left out",
      `Every row misses a value; most are missing in ${worst(columns)}.`,
    )
  const x = new Float32Array(kept.length * columns.length)
  const means = columns.map(({ numbers, missing: count }) =>
    missing === 'mean' && count > 0 ? meanOf(numbers!) : 0,
  )
  // Some rows at a time, so that the places written to stay in the processor's cache.
  for (let first = 0; first < kept.length; first += ROWS_AT_ONCE) {
    const end = Math.min(kept.length, first + ROWS_AT_ONCE)
    columns.forEach(({ numbers }, j) => {
      for (let i = first; i < end; i++) {
        const value = numbers![kept[i]]
        x[i * columns.length + j] = Number.isNaN(value) ? means[j] : value
      }
    })
  }
  const where = some(holes.map(({ name, missing: count }) => `${name} (${thousands(count)})`))
  const remarks: string[] = []
  if (kept.length < size)
    remarks.push(
      `${thousands(size - kept.length)} of ${thousands(size)} rows left out, since a value is missing in ${where || wanted.label}`,
    )
  else if (holes.length > 0)
    remarks.push(
      `${thousands(holes.reduce((sum, column) => sum + column.missing, 0))} missing values replaced by the mean of their column: ${where}`,
    )
  return { x, kept, remarks }
}

function requireNumbers(
  table: TableSource,
  { name, missing, firstMissing, others, firstOther, numbers }: Column,
  wanted: Wanted,
  columns: readonly Column[],
): void {
  const fail = ({ row, value }: { row: number; value: unknown }, remedy: string): never => {
    throw new ArgumentError(placeOf(table, row, name), value, 'a finite number', remedy)
  }
  const size = table.numRows()
  const without = `give columns: [${some(
    columns.filter((one) => one.name !== name).map((one) => `'${one.name}'`),
    4,
  )}] to leave out ${name}`
  const or = columns.length > 1 ? `, or ${without}` : ''
  if (firstOther && isLongInteger(firstOther.value))
    fail(
      firstOther,
      `A whole number beyond 2^53 counts as a name, since its digits would not survive. Write quantities as 1e20${or}.`,
    )
  if (firstOther)
    fail(
      firstOther,
      numbers === undefined
        ? `${thousands(others)} of ${thousands(size)} values there are no numbers. Choose columns of numbers.`
        : `${thousands(others)} of ${thousands(size)} values there are no numbers: correct them${or}.`,
    )
  if (firstMissing && numbers === undefined)
    fail(firstMissing, 'No value is there. Choose columns of numbers.')
  if (firstMissing && wanted.missing === undefined)
    fail(
      firstMissing,
      `${thousands(missing)} of ${thousands(size)} values there are missing: give missing: 'drop' to leave out such rows, missing: 'mean' for the mean of the column in their place${or}.`,
    )
}

/** The rows without a label, which are left out with missing: 'drop'. */
function requireLabels(
  table: TableSource,
  labels: ArrayLike<unknown>,
  { missing, label = '' }: Wanted,
): number[] {
  const rows: number[] = []
  for (let row = 0; row < labels.length; row++) if (isMissing(labels[row])) rows.push(row)
  if (rows.length > 0 && missing !== 'drop')
    throw new ArgumentError(
      placeOf(table, rows[0], label),
      labels[rows[0]] === '' ? unquoted('an empty cell') : labels[rows[0]],
      'a label',
      `${thousands(rows.length)} of ${thousands(labels.length)} labels are missing: give missing: 'drop' to leave out such rows.`,
    )
  return rows
}

const placeOf = (table: TableSource, row: number, column: string): string =>
  `row ${row} of column \`${column}\`${table.place ? ` (${table.place(row)})` : ''}`

const worst = (columns: readonly Column[]): string =>
  columns.reduce((a, b) => (b.missing > a.missing ? b : a)).name

const some = (words: readonly string[], most = 6): string =>
  `${words.slice(0, most).join(', ')}${words.length > most ? ', …' : ''}`

function meanOf(numbers: Float64Array): number {
  let [sum, count] = [0, 0]
  for (const value of numbers)
    if (!Number.isNaN(value)) {
      sum += value
      count++
    }
  return sum / count
}
