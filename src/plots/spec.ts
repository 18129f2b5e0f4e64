import { ArgumentError } from '../base/errors'
import type { OptionDefaults } from '../base/options'

/**
 * A Vega-Lite version 5 specification: a plain object that JSON can hold, with its data inside.
 *
 * Every plot returns one; `show` displays it and `save` writes it. It can be changed before that:
 * `lid.show({ ...lid.plots.training(history), width: 300 })`.
 *
 * Source: https://vega.github.io/vega-lite/docs/spec.html
 */
export interface VegaLiteSpec {
  /** Which version of Vega-Lite it is written in. */
  readonly $schema: string
  readonly [property: string]: unknown
}

/** A table with rows, as arquero's are. */
export interface TableLike {
  /** Its rows as plain objects. */
  objects(): object[]
}

/** Rows for a plot: an arquero table or a plain array of objects. */
export type Rows = TableLike | readonly object[]

/** One row, read as plain values by column name. */
export type Row = Record<string, unknown>

/** Words and colours of a chart that a caller may replace. */
export interface ChartOptions {
  /** Says what is seen. */
  title?: string
  /** Says units and how to read it; an empty string leaves it out. */
  subtitle?: string
  /** Colour by model label, for example `{ 'plain, wide start': '#999999' }`; the others keep theirs. */
  colors?: Readonly<Record<string, string>>
  /** The kind of model behind a label, where the data do not have it: `{ plain: 'gmvae', identifiable: 'lidmvae' }`. Its colour depends on it. */
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

/** The rows as plain objects, checked: at least one, and each of `columns` present in the first. */
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
    throw new ArgumentError(argument, rows, 'at least one row', 'There is nothing to draw: check the filter.')
  const first = list[0] as Row | null
  if (typeof first !== 'object' || first === null)
    throw new ArgumentError(
      argument,
      first,
      'rows that are objects',
      'Give rows such as { epoch: 1, loss: 240 }.',
    )
  const missing = columns.filter((column) => !(column in first))
  if (missing.length > 0)
    throw new ArgumentError(
      argument,
      `columns ${Object.keys(first).join(', ') || '(none)'}`,
      `the columns ${columns.join(', ')}`,
      `Add ${missing.join(', ')}.`,
    )
  return list
}

/** One thing, or several by label: as pairs, at least one. A single thing gets `name` as its label. */
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
      'data, or an object of them by label',
      'Give { plain: …, identifiable: … }.',
    )
  return Object.entries(value as Record<string, T>)
}

/** The value as a finite number; throws naming the column otherwise. */
export function numberIn(argument: string, row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new ArgumentError(
      `${argument}, column ${column}`,
      value,
      'a finite number in every row',
      'Leave out such rows, or find where the value became so.',
    )
  return value
}

/** A list of finite numbers, at least one: a typed array, an array, or an arquero column's data. */
export function numbersOf(argument: string, values: ArrayLike<number>): number[] {
  if (!isNumbers(values) || values.length === 0)
    throw new ArgumentError(argument, values, 'at least one number', 'Give an array of numbers.')
  const list = Array.from(values)
  const wrong = list.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value))
  if (wrong >= 0)
    throw new ArgumentError(
      `${argument}[${wrong}]`,
      list[wrong],
      'a finite number',
      'Leave out such values, or find where they became so.',
    )
  return list
}

/** True for an array or typed array (whose entries are not checked here). */
export const isNumbers = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

/** A number with few digits: charts need no more, and saved notebooks stay small. */
export const round = (value: number, digits = 5): number => Number(value.toPrecision(digits))

/**
 * Rows as one CSV text, which Vega-Lite reads as well: a saved notebook puts every value of an array of objects on a
 * line of its own, six times the size.
 */
export function csv(rows: readonly object[]) {
  const columns = Object.keys(rows[0] ?? {})
  const cell = (value: unknown) =>
    typeof value === 'number' ? String(value) : `"${String(value).replace(/"/g, '""')}"`
  const lines = rows.map((row) => columns.map((column) => cell((row as Row)[column])).join(','))
  const parse = Object.fromEntries(
    columns.map((column) => [column, typeof (rows[0] as Row)[column] === 'number' ? 'number' : 'string']),
  )
  return { values: [columns.join(','), ...lines].join('\n'), format: { type: 'csv', parse } }
}
