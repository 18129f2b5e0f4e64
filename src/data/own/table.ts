import { ArgumentError, unquoted } from '../../base/errors'
import { columnOf, looksLikeIndex, looksLikeLabels, type Column } from './columns'
import { complete, type MissingValues } from './missing'
import { remarksOnColumns } from './remarks'
import { width, type Rows } from './rows'

/** The members of an arquero table that are used; tables of all versions have them. */
export interface TableSource {
  /** Names of the columns. */
  columnNames(): string[]
  /** Number of rows after filtering. */
  numRows(): number
  /** The values of a column, filtered and ordered as the table is. */
  array(name: string): ArrayLike<unknown>
  /** What was recognised when the table was read from a file. */
  remarks?: readonly string[]
  /** Where a row is in its file: 'line 7'. */
  place?(row: number): string
  /** The kinds of columns, as their file names them. */
  types?: ReadonlyMap<string, string>
  /** True for a table of a file, where arquero's filters are of no use. */
  isFile?: boolean
}

/** Which columns of a table are read. */
export interface TableOptions {
  /** The columns that become x, in this order (default: all numeric ones but the label). */
  columns?: readonly string[]
  /** The column of labels. */
  label?: string
  shape?: readonly number[]
  /** What becomes of missing values: rows left out, or the column's mean in their place (default: an error). */
  missing?: MissingValues
}

export const isTable = (source: unknown): source is TableSource =>
  ['columnNames', 'numRows', 'array'].every(
    (method) => typeof (source as Record<string, unknown> | null)?.[method] === 'function',
  )

/** A column that is left out, and why. */
export interface LeftOut {
  column: Column
  why: 'text' | 'index' | 'labels'
}

/** Rows from a table; its filters and order apply. */
export function rowsOfTable(given: TableSource, options: TableOptions): Rows {
  const { label, shape } = options
  const table = checked(given)
  const all = table.columnNames()
  const size = table.numRows()
  if (size === 0)
    throw new ArgumentError(
      'from(table)',
      unquoted('one without rows'),
      'a table with at least one row',
      "Check the table's filters or the file it was made from.",
    )
  const requireColumn = (argument: string, name: string): void => {
    if (!all.includes(name)) throw new ArgumentError(argument, name, `one of ${some(all, 20)}`)
  }
  if (label !== undefined) requireColumn('from({ label })', label)
  options.columns?.forEach((name) => requireColumn('from({ columns })', name))
  const names = options.columns ?? all.filter((name) => name !== label)
  const examined = names.map((name) => columnOf(name, table.array(name), size))
  const left = options.columns ? [] : examined.flatMap((column) => leftOut(column, column.name === all[0]))
  const taken = examined.filter((column) => !left.some((one) => one.column === column))
  if (taken.length === 0) {
    const texts = examined.find(({ name }) => isText(table.array(name)))
    throw new ArgumentError(
      'from({ columns })',
      unquoted(`the columns ${some(all, 20) || '(none)'}`),
      'at least one numeric column',
      texts
        ? `If ${texts.name} holds texts: lid.data.text(…, { column: '${texts.name}' }).`
        : 'Name the columns that become x.',
    )
  }
  const labels = label === undefined ? undefined : table.array(label)
  const { x, kept, remarks } = complete(table, taken, { ...options, labels })
  if (shape && width(shape) !== taken.length)
    throw new ArgumentError(
      'from({ shape })',
      unquoted(`[${shape.join(', ')}]`),
      `a shape of ${taken.length} numbers, one per column (${some(taken.map(({ name }) => name))})`,
    )
  return {
    x,
    shape: shape ?? [taken.length],
    name: 'table',
    source: `${table.isFile ? '' : 'arquero table: '}${taken.map(({ name }) => name).join(', ')}`,
    labels: labels && kept.map((row) => labels[row] as string | number),
    kept: kept.length < size ? kept : undefined,
    remarks: [
      ...remarksOnColumns(taken, left, {
        all,
        label,
        shape,
        fixed: options.columns !== undefined,
        types: table.types,
      }),
      ...remarks,
      ...(table.remarks ?? []),
    ],
  }
}

/**
 * The table, its names without a byte order mark.
 *
 * @throws ArgumentError where another sign than the comma separated the cells of its file
 */
function checked(table: TableSource): TableSource {
  const names = table.columnNames().map(String)
  if (table.isFile) return table
  const wrong = names.find((name) => /[;\t|]/.test(name) && name.split(/[;\t|]/).length > 1)
  if (
    wrong !== undefined &&
    (names.length === 1 || table.columnNames().some((name) => typeof name !== 'string'))
  )
    throw new ArgumentError(
      'columns of the table',
      unquoted(`one called '${wrong}'`),
      'one for each name',
      "Give the file's path instead, lid.data.from('my.csv'), or arquero the separator: aq.fromCSV(text, { delimiter: ';' }).",
    )
  const plain = names.map((name) => name.replace(/^\ufeff/, ''))
  return {
    columnNames: () => plain,
    numRows: () => table.numRows(),
    array: (name) => table.array(names[plain.indexOf(name)]),
    remarks:
      2 * plain.filter((name) => /^\d+(\.\d+)?$/.test(name)).length > Math.max(2, plain.length) &&
      plain[0] !== '0'
        ? ['the names of the columns are numbers: if they are data, read the file with header: false']
        : [],
  }
}

function leftOut(column: Column, first: boolean): LeftOut[] {
  if (column.numbers === undefined) return [{ column, why: 'text' }]
  if (looksLikeLabels(column)) return [{ column, why: 'labels' }]
  return looksLikeIndex(column, first) === 'index' ? [{ column, why: 'index' }] : []
}

/** True where the values are strings, most of which hold several words. */
function isText(values: ArrayLike<unknown>): boolean {
  const first = Array.from({ length: Math.min(values.length, 100) }, (_, i) => values[i])
  const texts = first.filter((value) => typeof value === 'string' && /\S\s+\S/.test(value))
  return texts.length > first.length / 2
}

/** The first of some names. */
export const some = (names: readonly string[], most = 8): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ', …' : ''}`
