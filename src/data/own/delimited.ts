import Papa from 'papaparse'
import { ArgumentError, DataError } from '../../base/errors'
import { thousands } from '../../base/thousands'
import { isMissingText, numberOfText, type DecimalMark } from './cells'
import { headerOf, type Header } from './header'
import { decimalOf, firstRows, separatorOf, withSingleSpaces } from './separator'
import type { TableSource } from './table'

/** How a file of separated values is read. */
export interface DelimitedOptions {
  /** What separates the cells: ',', ';', a tab, '|', or ' ' for spaces (default: recognised). */
  separator?: string
  /** What separates the fraction of a number: '.' or ',' (default: recognised). */
  decimal?: DecimalMark
  /** Whether the first line has the names of the columns (default: recognised). */
  header?: boolean
  /** Its name in error messages (default: 'the table'). */
  file?: string
}

const NAMES: Record<string, string> = {
  '\t': 'tabs',
  ';': 'semicolons',
  '|': 'bars',
  ' ': 'spaces',
  ',': 'commas',
}

/**
 * A table from separated values (CSV, TSV …) in which cells may be quoted. Numbers stay numbers; a column in which
 * most cells are no numbers has all its cells as they are written.
 *
 * @param given the text of the file; a byte order mark is dropped
 * @param options `{ separator?, decimal?, header?, file? }`; see `DelimitedOptions`
 * @returns the table, with `remarks` about what was recognised and `place`, the line of a row
 * @throws DataError for no rows, rows of different lengths and quotes that do not close, by line; ArgumentError
 *   for an option that is none of those it can be
 */
export function tableOfDelimited(given: string, options: DelimitedOptions = {}): TableSource {
  const file = options.file ?? 'the table'
  const plain = given.replace(/^\ufeff/, '')
  // A lone carriage return ends a line too.
  const lines = plain.includes('\r') ? plain.replace(/\r\n?/g, '\n') : plain
  if (lines.trim() === '')
    throw new DataError(`${file} is empty. It needs a line of names and a line per row.`)
  requireSigns(options)
  const separator = options.separator ?? separatorOf(withoutComments(lines))
  const text = withoutComments(separator === ' ' ? withSingleSpaces(lines) : lines)
  const head = firstRows(text, separator)
  const decimal = options.decimal ?? decimalOf(head, separator)
  const header = headerOf(head, decimal, options.header)
  if (text.startsWith('\n') && lines.startsWith('#'))
    header.remarks.push('lines of # at its beginning are skipped')
  const read = readColumns(text, separator, header, decimal, file)
  return tableOf(text, { separator, decimal, header, ...read }, { ...options, file })
}

/** The text with empty lines in place of lines of # at its beginning, so that line numbers stay. */
const withoutComments = (text: string): string =>
  text.replace(/^(?:#[^\n]*\n)+/, (comments) => comments.replace(/[^\n]/g, ''))

function requireSigns({ separator, decimal }: DelimitedOptions): void {
  if (
    separator !== undefined &&
    (typeof separator !== 'string' || separator.length !== 1 || /["\r\n]/.test(separator))
  )
    throw new ArgumentError('from({ separator })', separator, "one sign, such as ',', ';' or '\\t'")
  if (decimal !== undefined && decimal !== '.' && decimal !== ',')
    throw new ArgumentError('from({ decimal })', decimal, "'.' or ','")
  if (decimal === ',' && separator === ',')
    throw new ArgumentError('from({ separator })', separator, "another sign than decimal, which is ','")
}

interface Columns {
  size: number
  /** NaN where a cell holds no number. */
  numbers: Float64Array[]
  /** How many cells of each column are missing. */
  missing: number[]
  /** How many hold words. */
  words: number[]
  /** Where each row begins in the text. */
  starts: number[]
}

/** Reads every row, and keeps numbers alone: strings would take ten times their memory. */
function readColumns(
  text: string,
  separator: string,
  header: Header,
  decimal: DecimalMark,
  file: string,
): Columns {
  const width = header.names.length
  const columns: Columns = {
    size: 0,
    numbers: Array.from({ length: width }, () => new Float64Array(64)),
    missing: new Array<number>(width).fill(0),
    words: new Array<number>(width).fill(0),
    starts: [],
  }
  const { numbers, missing, words, starts } = columns
  eachRow(text, separator, file, (cells, start, index) => {
    if (header.inFile && index === 0) return
    const row = columns.size++
    starts.push(start)
    if (cells.length !== width)
      throw new DataError(
        `${file} has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} in line ${lineAt(text, start)}, and ${width} in the first, separated by ${NAMES[separator] ?? separator}. Correct that line, or give separator: the sign between cells.`,
      )
    if (row === numbers[0].length)
      for (let j = 0; j < width; j++) {
        const longer = new Float64Array(2 * row)
        longer.set(numbers[j])
        numbers[j] = longer
      }
    for (let j = 0; j < width; j++) {
      const value = numberOfText(cells[j], decimal)
      numbers[j][row] = value
      if (Number.isNaN(value)) (isMissingText(cells[j]) ? missing : words)[j]++
    }
  })
  if (columns.size === 0) throw new DataError(`${file} has names but no rows. It needs a line per row.`)
  return { ...columns, numbers: numbers.map((column) => column.subarray(0, columns.size)) }
}

function eachRow(
  text: string,
  separator: string,
  file: string,
  visit: (cells: string[], start: number, index: number) => void,
): void {
  let [start, index] = [0, 0]
  Papa.parse<string[]>(text, {
    delimiter: separator,
    newline: '\n',
    step: ({ data, errors, meta }) => {
      const [wrong] = errors.filter(({ type }) => type === 'Quotes')
      if (wrong)
        throw new DataError(
          `${file} has a quote that does not close in line ${lineAt(text, start)}. Correct that line: a quote inside quotes is written twice.`,
        )
      if (!(data.length === 1 && data[0].trim() === '')) visit(data, start, index++)
      start = meta.cursor
    },
  })
}

const lineAt = (text: string, start: number): number => {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < start; at = text.indexOf('\n', at + 1)) line++
  return line
}

interface ReadTable extends Columns {
  separator: string
  decimal: DecimalMark
  header: Header
}

function tableOf(
  text: string,
  read: ReadTable,
  { separator: said, decimal, file }: DelimitedOptions & { file: string },
) {
  const { size, header, numbers, missing, words, starts, separator } = read
  const remarks = [
    ...(said === undefined && separator !== ',' && header.names.length > 1
      ? [`cells are separated by ${NAMES[separator]}`]
      : []),
    ...(decimal === undefined && read.decimal === ',' ? ['fractions by commas'] : []),
    ...header.remarks,
  ]
  let texts: Map<number, string[]> | undefined
  const others = numbers.map((_, j) => missing[j] + words[j])
  /** The cells of the columns that hold more than numbers, from a second reading. */
  const wordsOf = (column: number): string[] => {
    if (texts === undefined) {
      const kept = new Map(others.flatMap((count, j) => (count > 0 ? [[j, [] as string[]] as const] : [])))
      eachRow(text, separator, file, (cells, _, index) => {
        if (!header.inFile || index > 0) for (const [j, list] of kept) list.push(cells[j])
      })
      texts = kept
    }
    return texts.get(column)!
  }
  return {
    columnNames: () => [...header.names],
    numRows: () => size,
    array(name: string): ArrayLike<unknown> {
      const j = header.names.indexOf(name)
      if (j < 0 || others[j] === 0) return numbers[j] ?? []
      const cells = wordsOf(j)
      // Codes such as 007 among words stay as they are written.
      if (words[j] >= size - others[j]) return cells
      return cells.map((cell, row) => (Number.isNaN(numbers[j][row]) ? cell : numbers[j][row]))
    },
    remarks,
    place: (row: number) => `line ${thousands(lineAt(text, starts[row]))}`,
    isFile: true,
  }
}
