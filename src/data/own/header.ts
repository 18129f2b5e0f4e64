import { numberOfText, isMissingText, type DecimalMark } from './cells'

/** The names of the columns, and where the data begin. */
export interface Header {
  names: string[]
  /** Whether the first row has the names. */
  inFile: boolean
  remarks: string[]
}

/** The name of a column that has none. */
export const UNNAMED = 'unnamed'

/**
 * Whether the first row has names or data. A row of numbers is data, unless it counts 0, 1, 2, …, as pandas names
 * columns without names.
 *
 * @param said whether the user says that the first row has the names
 */
export function headerOf(rows: readonly (readonly string[])[], decimal: DecimalMark, said?: boolean): Header {
  const first = rows[0]
  const inFile = said ?? !isData(first, rows.slice(1), decimal)
  if (!inFile) {
    const names = first.map((_, i) => `c${i}`)
    const why =
      said === undefined ? 'the first line has numbers, and so it is read as data, not as names' : ''
    const named = `the columns are called ${names[0]} … ${names[names.length - 1]}`
    return { names, inFile, remarks: [why ? `${why}: ${named} (header: true if they are names)` : named] }
  }
  // R leaves out the name of the rows' names.
  const isShort = rows.length > 1 && rows.slice(1).every((row) => row.length === first.length + 1)
  const { names, changed } = distinct([...(isShort ? [''] : []), ...first.map((name) => name.trim())])
  const twice =
    changed.length > 0 ? [`several columns have the same name: they are called ${changed.join(', ')}`] : []
  const counted =
    said === undefined && countsColumns(first)
      ? ['the first line counts 0, 1, 2, …, and so it is read as names (header: false if it is data)']
      : []
  const short = isShort
    ? ['the first line has a name less than there are columns: the first column has none']
    : []
  return { names, inFile, remarks: [...short, ...twice, ...counted] }
}

/** At least half of the first row are numbers where the rows below have numbers too. */
function isData(
  first: readonly string[],
  below: readonly (readonly string[])[],
  decimal: DecimalMark,
): boolean {
  const isNumber = (cell: string | undefined): boolean => !Number.isNaN(numberOfText(cell ?? '', decimal))
  const numbers = first.filter((cell) => isNumber(cell))
  const filled = first.filter((cell) => !isMissingText(cell))
  if (numbers.length === 0 || 2 * numbers.length < filled.length) return false
  if (countsColumns(first)) return false
  // Names such as 1990 above words are names.
  return (
    below.length === 0 || first.some((cell, i) => isNumber(cell) && below.some((row) => isNumber(row[i])))
  )
}

/** Whether a first line is 0, 1, 2, …, with or without an empty cell above an index. */
function countsColumns(first: readonly string[]): boolean {
  const cells = isMissingText(first[0]) ? first.slice(1) : first
  return cells.length > 1 && cells.every((cell, i) => cell.trim() === String(i))
}

/** Different names: the second `a` becomes `a (2)`, an empty one `unnamed`. */
function distinct(given: readonly string[]): { names: string[]; changed: string[] } {
  const taken = new Set(given)
  const seen = new Map<string, number>()
  const changed: string[] = []
  const names = given.map((one) => {
    const name = one === '' ? UNNAMED : one
    let times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    if (times === 1) return name
    while (taken.has(`${name} (${times})`)) times++
    changed.push(`${name} (${times})`)
    return changed[changed.length - 1]
  })
  return { names, changed }
}
