import { ArgumentError, DataError } from '../../base/errors'
import path from '../../platform/path'
import type { Rows } from '../own/rows'
import { isNumeric, rowsOfTable, type TableOptions, type TableSource } from '../own/table'

/** A table in a file. */
export interface FileTable {
  table: TableSource
  /** The kinds of columns, as the file names them, for those that it names. */
  types?: ReadonlyMap<string, string>
  /** Columns that are no data unless they are asked for, and why. */
  asides?: ReadonlyMap<string, string>
}

const SHOWN = 12

/**
 * Data and labels from a table of a file: the columns asked for, otherwise the numeric ones.
 *
 * @param file the file's path
 */
export function rowsOfFileTable(
  { table, types, asides }: FileTable,
  options: TableOptions,
  file: string,
): Rows {
  const { label } = options
  const all = table.columnNames()
  const usual = all.filter((name) => name !== label && !asides?.has(name) && isNumeric(table.array(name)))
  // Without numeric columns, or without rows, rowsOfTable says what is wrong.
  const columns = options.columns ?? (usual.length > 0 ? usual : undefined)
  const base = path.basename(file)
  const rows = naming(file, () => rowsOfTable(table, { ...options, columns }))
  const described = (name: string): string =>
    [name, asides?.has(name) ? `(${asides.get(name)})` : (types?.get(name) ?? '')].join(' ').trimEnd()
  const left = [...all, ...(asides?.keys() ?? [])].filter(
    (name, i, list) => name !== label && !columns?.includes(name) && list.indexOf(name) === i,
  )
  const taken = [
    `x = ${listed((columns ?? []).map(described))}`,
    label === undefined ? 'no labels' : `labels = ${described(label)}`,
    ...(left.length > 0 ? [`left out: ${listed(left.map(described))}`] : []),
  ]
  return {
    ...rows,
    name: base.replace(/\.gz$/, '').replace(/\.\w+$/, ''),
    source: `${file}: ${listed([...(columns ?? [])])}`,
    taken: `${base}: ${taken[0]}, ${taken.slice(1).join('; ')}`,
  }
}

const listed = (names: readonly string[]): string =>
  names.length > SHOWN
    ? `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`
    : names.join(', ')

/** An error about a value names the file; one about an option does not need to. */
function naming<T>(file: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    if (error instanceof ArgumentError && !error.argument.startsWith('from('))
      throw new DataError(`${file}: ${error.message}`)
    throw error
  }
}
