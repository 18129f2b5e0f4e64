import { ArgumentError, unquoted } from '../base/errors'
import type { OptionDefaults } from '../base/options'

/**
 * A Vega-Lite version 5 specification: a plain, JSON-serialisable object that includes its data.
 *
 * Every plot returns one; `show` displays it and `save` writes it. It can be modified before that:
 * `lid.show({ ...lid.plots.training(history), background: 'transparent' })`.
 *
 * Source: https://vega.github.io/vega-lite/docs/spec.html
 */
export interface VegaLiteSpec {
  /** The version of Vega-Lite. */
  readonly $schema: string
  readonly [property: string]: unknown
}

/** A table with rows, such as an arquero table. */
export interface TableLike {
  /** Its rows as plain objects. */
  objects(): object[]
}

/** Rows for a plot: an arquero table or a plain array of objects. */
export type Rows = TableLike | readonly object[]

/** One row: values by column name. */
export type Row = Record<string, unknown>

/** Texts and colours of a chart that a caller may replace. */
export interface ChartOptions {
  /** Title: what the chart shows. */
  title?: string
  /** Subtitle: units and how to read the chart; an empty string omits it. */
  subtitle?: string
  /** Colour by model label, for example `{ 'plain, wide start': '#999999' }`; other models keep theirs. */
  colors?: Readonly<Record<string, string>>
  /**
   * The kind of model of a label, if the data do not contain it:
   * `{ plain: 'gmvae', identifiable: 'lidmvae' }`. It determines the colour. In charts of posteriors, the
   * inference method of a label: `{ 'long run': 'HMC' }`.
   */
  kinds?: Readonly<Record<string, string>>
}

/** Their defaults. */
export const CHART_OPTIONS = {
  title: undefined,
  subtitle: undefined,
  colors: undefined,
  kinds: undefined,
} satisfies OptionDefaults<ChartOptions>

/** True for an arquero table or an array of rows, false for an object of them by label. */
export function isRows(value: unknown): value is Rows {
  return Array.isArray(value) || typeof (value as TableLike | undefined)?.objects === 'function'
}

/** The rows as plain objects; there must be at least one, and the first must have each of `columns`. */
export function rowsOf(argument: string, rows: Rows, columns: readonly string[] = []): Row[] {
  if (!isRows(rows))
    throw new ArgumentError(
      argument,
      rows,
      'a table or an array of rows',
      (rows as unknown) instanceof Promise ? 'Write await before it.' : 'Give an arquero table or [{ … }].',
    )
  const list = (Array.isArray(rows) ? rows : (rows as TableLike).objects()) as Row[]
  if (list.length === 0)
    throw new ArgumentError(
      argument,
      rows,
      'a table or an array with at least one row',
      'Check how the rows are filtered.',
    )
  const first = list[0] as Row | null
  if (typeof first !== 'object' || first === null)
    throw new ArgumentError(argument, first, 'an array of objects such as { epoch: 1, loss: 240 }')
  const missing = columns.filter((column) => !(column in first))
  if (missing.length > 0)
    throw new ArgumentError(
      argument,
      unquoted(`the columns ${Object.keys(first).join(', ') || '(none)'}`),
      `a table with the columns ${columns.join(', ')}`,
      `Add ${missing.join(', ')}.`,
    )
  return list
}

/** One value, or several by label, as pairs; at least one. A single value gets `name` as its label. */
export function byLabel<T>(
  argument: string,
  value: T | Readonly<Record<string, T>>,
  single: (value: unknown) => boolean,
  name = '',
): [string, T][] {
  if (single(value)) return [[name, value as T]]
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0)
    throw new ArgumentError(
      argument,
      value,
      'data, or an object with data by label',
      'Give { plain: …, identifiable: … }.',
    )
  return Object.entries(value as Record<string, T>)
}

/** The value as a finite number; throws naming the column otherwise. */
export function numberIn(argument: string, row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new ArgumentError(
      `column \`${column}\` of \`${argument}\``,
      value,
      'a finite number in every row',
      'Remove such rows, or check how the value was computed.',
    )
  return value
}

/** A list of finite numbers, at least one: a typed array, an array, or an arquero column's data. */
export function numbersOf(argument: string, values: ArrayLike<number>): number[] {
  if (!isNumbers(values) || values.length === 0)
    throw new ArgumentError(argument, values, 'an array of at least one number')
  const list = Array.from(values)
  const wrong = list.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value))
  if (wrong >= 0)
    throw new ArgumentError(
      `${argument}[${wrong}]`,
      list[wrong],
      'a finite number',
      'Remove such values, or check how they were computed.',
    )
  return list
}

/** True for an array or typed array (its entries are not checked). */
export const isNumbers = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

/** A number with few digits, which are sufficient for charts and keep saved notebooks small. */
export const round = (value: number, digits = 5): number => Number(value.toPrecision(digits))

/**
 * Rows as one CSV text, which Vega-Lite also reads. A saved notebook writes every value of an array of
 * objects on its own line, which takes six times the space. Columns are those of all rows; a cell may be missing.
 */
export function csv(rows: readonly object[]) {
  const kinds = new Map<string, string>()
  for (const row of rows)
    for (const [column, value] of Object.entries(row) as [string, unknown][])
      if (value !== undefined && kinds.get(column) !== 'string')
        kinds.set(column, typeof value === 'number' ? 'number' : 'string')
  const columns = [...kinds.keys()]
  const cell = (value: unknown) => {
    const text = String(value)
    if (value === undefined) return ''
    return typeof value === 'number' ? text : `"${text.replace(/"/g, '""')}"`
  }
  const lines = rows.map((row) => columns.map((column) => cell((row as Row)[column])).join(','))
  const parse = Object.fromEntries(kinds)
  return { values: [columns.join(','), ...lines].join('\n'), format: { type: 'csv', parse } }
}
