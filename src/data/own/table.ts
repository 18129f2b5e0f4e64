import { ArgumentError, unquoted } from '../../base/errors'
import { width, type Rows } from './rows'

/** The members of an arquero table that are used; tables of all versions have them. */
export interface TableSource {
  /** Names of the columns. */
  columnNames(): string[]
  /** Number of rows after filtering. */
  numRows(): number
  /** The values of a column, filtered and ordered as the table is. */
  array(name: string): ArrayLike<unknown>
}

/** Which columns of a table are read. */
export interface TableOptions {
  /** The columns that become x, in this order (default: all numeric ones but the label). */
  columns?: readonly string[]
  /** The column of labels. */
  label?: string
  shape?: readonly number[]
}

export const isTable = (source: unknown): source is TableSource =>
  ['columnNames', 'numRows', 'array'].every(
    (method) => typeof (source as Record<string, unknown> | null)?.[method] === 'function',
  )

/** Rows from a table; its filters and order apply. */
export function rowsOfTable(table: TableSource, options: TableOptions): Rows {
  const { label, shape } = options
  const all = table.columnNames()
  const size = table.numRows()
  if (size === 0)
    throw new ArgumentError(
      'from(table)',
      unquoted('one without rows'),
      'a table with at least one row',
      "Check the table's filters or the file it was made from.",
    )
  const column = (argument: string, name: string): ArrayLike<unknown> => {
    if (all.includes(name)) return table.array(name)
    throw new ArgumentError(argument, name, `one of ${all.join(', ')}`)
  }
  const labels = label === undefined ? undefined : column('from({ label })', label)
  const names = options.columns ?? all.filter((name) => name !== label && isNumeric(table.array(name)))
  if (names.length === 0)
    throw new ArgumentError(
      'from({ columns })',
      unquoted(`the columns ${all.join(', ') || '(none)'}`),
      'at least one numeric column',
      'Name the columns that become x.',
    )
  const x = new Float32Array(size * names.length)
  names.forEach((name, j) => {
    const values = column('from({ columns })', name)
    for (let row = 0; row < size; row++) x[row * names.length + j] = numberIn(values[row], name, row)
  })
  if (shape && width(shape) !== names.length)
    throw new ArgumentError(
      'from({ shape })',
      unquoted(`[${shape.join(', ')}]`),
      `a shape of ${names.length} numbers, one per column (${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''})`,
    )
  return {
    x,
    shape: shape ?? [names.length],
    name: 'table',
    source: `arquero table: ${names.join(', ')}`,
    labels: labels as ArrayLike<string | number> | undefined,
  }
}

/**
 * True if the first existing value is a number or boolean; a later missing value is then an error, not
 * another kind of column.
 */
export function isNumeric(values: ArrayLike<unknown>): boolean {
  for (let i = 0; i < values.length; i++)
    if (values[i] !== null && values[i] !== undefined)
      return ['number', 'bigint', 'boolean'].includes(typeof values[i])
  return false
}

function numberIn(value: unknown, column: string, row: number): number {
  if ((typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint') return Number(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  throw new ArgumentError(
    `row ${row} of column \`${column}\``,
    value,
    'a finite number',
    'Leave such rows out with table.filter, or choose columns.',
  )
}
