import { table as arqueroTable } from 'arquero'
import type ColumnTable from 'arquero/dist/types/table/column-table'
import escapeHtml from 'escape-html'
import { ArgumentError } from '../base/errors'
import { fixed, formatEstimate, type Estimate } from '../base/estimate'
import { resolveOptions } from '../base/options'
import { isRows, type Row, type Rows, type TableLike } from '../plots/spec'

/** Options of `table`. */
export interface TableOptions {
  /**
   * Which columns, in which order, by default all: their names, `['model', 'kl']`, or names with headings, `{
   * kl: '$\\mathrm{KL}$' }`.
   */
  columns?: readonly string[] | Readonly<Record<string, string>>
  /** Digits after the point, 3 by default: for all columns, or by column name, `{ kl: 4 }`. */
  digits?: number | Readonly<Record<string, number>>
}

/** A table with formatted cells, for `lid.show`. */
export interface FormattedTable extends TableLike {
  /** Its rows by heading, every cell as displayed text. */
  objects(): Record<string, string>[]
  /** As an HTML table, numbers aligned right. */
  toHTML(options?: { limit?: number }): string
  /** As a Markdown table. */
  toMarkdown(options?: { limit?: number }): string
  /** How many rows it has. */
  numRows(): number
  /** Its headings. */
  columnNames(): string[]
}

/** Default number of digits after the point. */
const DIGITS = 3

/**
 * A formatted table for `lid.show`. Numbers get the same number of digits in all rows of a column (integers
 * none), or powers of ten where they would round to 0; estimates their standard error, `1.78 ± 0.02`; true
 * and false ✓ and ✗; missing values a dash. A notebook typesets LaTeX between dollar signs in headings.
 *
 * @param rows plain objects, or an arquero table; cells are numbers, estimates (what a metric returns),
 *   texts or booleans.
 * @param options `{ columns, digits = 3 }`.
 * @returns the table; `objects()` has its cells as texts.
 * @throws ArgumentError without rows, for a column that no row has, or a cell of another type.
 * @example
 * const rows = [{ model: 'plain', kl: lid.kl(evaluation).z }]
 * await lid.show(lid.table(rows, { columns: { model: 'model', kl: '$\\mathrm{KL}$, nats' }, digits: 2 }))
 * @see https://idl.uw.edu/arquero/api/table#toHTML, which writes it.
 */
export function table(rows: Rows, options: TableOptions = {}): FormattedTable {
  const { columns, digits } = resolveOptions('table', options, { columns: undefined, digits: DIGITS })
  const list = listOf(rows)
  const named = headings(list, columns)
  const shown = named.map(([name, heading]) => {
    const values = list.map((row) => row[name])
    const own = typeof digits === 'number' ? undefined : digits[name]
    const whole =
      own === undefined && values.every((value) => typeof value !== 'number' || Number.isInteger(value))
    const places = requireDigits(own ?? (typeof digits === 'number' ? digits : DIGITS))
    const cells = values.map((value) => cellOf(name, value, typeof value === 'number' && whole ? 0 : places))
    const right = values.some((value) => typeof value === 'number' || isEstimate(value))
    return { heading, cells, align: right ? 'r' : 'l' } as const
  })
  return formatted(
    arqueroTable(
      shown.map(({ cells }, i): [string, string[]] => [String(i), cells]),
      shown.map((_, i) => String(i)),
    ),
    shown.map(({ heading }) => heading),
    shown.map(({ align }) => align),
  )
}

function listOf(rows: Rows): Row[] {
  const wrong = (expected: string, remedy: string): ArgumentError =>
    new ArgumentError('rows', rows, expected, remedy)
  if (!isRows(rows)) throw wrong('a list of rows or an arquero table', 'Write [{ model: …, kl: … }].')
  const list = ('objects' in rows ? rows.objects() : rows) as readonly Row[]
  if (list.length === 0) throw wrong('a list of at least one row', 'Was everything filtered out?')
  if (!list.every((row) => typeof row === 'object' && row !== null))
    throw wrong('a list of objects', 'Write [{ model: …, kl: … }].')
  return [...list]
}

/** Column names with their headings. */
function headings(rows: readonly Row[], columns: TableOptions['columns']): [string, string][] {
  const known = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  if (columns === undefined) return known.map((name) => [name, name])
  const named: [string, string][] = Array.isArray(columns)
    ? columns.map((name: string) => [name, name])
    : Object.entries(columns)
  const missing = named.find(([name]) => !known.includes(name))
  if (missing) throw new ArgumentError('columns', missing[0], `some of ${known.join(', ')}`)
  return named
}

function requireDigits(digits: number): number {
  if (Number.isInteger(digits) && digits >= 0 && digits <= 20) return digits
  throw new ArgumentError(
    'digits',
    digits,
    'an integer from 0 to 20',
    'It is the number of digits after the point.',
  )
}

const isEstimate = (value: unknown): value is Estimate =>
  typeof (value as Partial<Estimate> | null | undefined)?.value === 'number' &&
  typeof (value as Partial<Estimate>).standardError === 'number'

function cellOf(column: string, value: unknown, digits: number): string {
  if (value === undefined || value === null) return '–'
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? '✓' : '✗'
  if (typeof value === 'number') return numberOf(value, digits)
  if (isEstimate(value)) return formatEstimate(value, digits)
  throw new ArgumentError(
    `column \`${column}\` of \`rows\``,
    value,
    'a number, an estimate, a text or a boolean',
    'Choose one of its numbers.',
  )
}

/** A non-zero number is never shown as 0. */
function numberOf(value: number, digits: number): string {
  if (!Number.isFinite(value)) return String(value)
  const text = fixed(value, digits)
  return value !== 0 && Number(text) === 0 ? value.toExponential(1) : text
}

function formatted(
  inner: ColumnTable,
  names: readonly string[],
  aligned: readonly ('l' | 'r')[],
): FormattedTable {
  // Columns are numbered internally, so that two may have the same heading.
  const align = Object.fromEntries(aligned.map((side, i) => [String(i), side]))
  const toMarkdown = ({ limit = Infinity } = {}): string => {
    const [, ...lines] = inner.toMarkdown({ limit, align }).split('\n')
    return [`|${names.map((name) => name.replace(/\|/g, '\\|')).join('|')}|`, ...lines].join('\n')
  }
  return {
    objects: () =>
      (inner.objects() as Record<string, string>[]).map((row) =>
        Object.fromEntries(names.map((name, i) => [name, row[String(i)]])),
      ),
    toHTML: ({ limit = Infinity } = {}) =>
      inner
        .toHTML({ limit, align })
        .replace(/(?<=<th[^>]*>)\d+(?=<\/th>)/g, (at) => escapeHtml(names[Number(at)]))
        // A figure and its error stay on one line.
        .replace(/ ± /g, '\u00a0±\u00a0'),
    toMarkdown,
    numRows: () => inner.numRows(),
    columnNames: () => [...names],
    // Printed by a cell that ends in a table.
    [Symbol.for('nodejs.util.inspect.custom')]: () => toMarkdown(),
  }
}
