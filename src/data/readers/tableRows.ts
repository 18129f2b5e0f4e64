import { ArgumentError, DataError } from '../../base/errors'
import path from '../../platform/path'
import type { Rows } from '../own/rows'
import { rowsOfTable, type TableOptions, type TableSource } from '../own/table'

/** A table in a file. */
export interface FileTable {
  table: TableSource
  /** The kinds of columns, as the file names them, for those that it names. */
  types?: ReadonlyMap<string, string>
  /** Columns that are no data unless they are asked for, and why. */
  asides?: ReadonlyMap<string, string>
}

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
  const isWanted = (name: string): boolean =>
    !asides?.has(name) || name === options.label || options.columns?.includes(name) === true
  const whole: TableSource = {
    columnNames: () => table.columnNames().filter(isWanted),
    numRows: () => table.numRows(),
    array: (name) => table.array(name),
    remarks: [
      ...(table.remarks ?? []),
      ...[...(asides ?? [])]
        .filter(([name]) => !isWanted(name))
        .map(([name, why]) => `left out: ${name} (${why})`),
    ],
    place: table.place && ((row) => table.place!(row)),
    isFile: true,
    types,
  }
  const base = path.basename(file)
  const rows = naming(file, () => rowsOfTable(whole, options))
  const name = base.replace(/\.gz$/, '').replace(/\.\w+$/, '')
  return { ...rows, name, file: base, source: `${file}: ${rows.source}` }
}

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
