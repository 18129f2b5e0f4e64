import type { DataSet } from '../data/dataset'
import { ArgumentError } from '../base/errors'

/**
 * Data of the closed-form models: a data set, plain numbers `[N, dim]`, row after row, or an array of rows,
 * each an array of `dim` numbers.
 */
export type RealRows = DataSet | ArrayLike<number> | ArrayLike<ArrayLike<number>>

const isRow = (value: unknown): value is ArrayLike<number> =>
  typeof (value as ArrayLike<number> | null | undefined)?.length === 'number' && typeof value !== 'string'

/** The dimension where the data say it themselves: a data set, or an array of rows. */
export function dimOf(x: RealRows | undefined): number | undefined {
  const { dim, 0: first } = (x ?? {}) as { readonly dim?: number; readonly 0?: unknown }
  return dim ?? (isRow(first) ? first.length : undefined)
}

/** The numbers as doubles, checked: all finite, complete rows of `dim` numbers. Errors name `argument`. */
export function realRows(x: RealRows, dim: number, argument = 'x'): Float64Array {
  const values = (x as Partial<DataSet> | undefined)?.x ?? (x as ArrayLike<number> | ArrayLike<unknown>)
  if (values?.length > 0 && isRow(values[0])) return nestedRows(values, dim, argument)
  const rows = (values?.length ?? 0) / dim
  if (!values || !(rows >= 1) || !Number.isInteger(rows))
    throw new ArgumentError(
      argument,
      x,
      `at least one row of ${dim} numbers`,
      'Give a data set or an array of such rows.',
    )
  const numbers = values as ArrayLike<number>
  requireFinite(numbers, (i) => `${argument}[${i}]`)
  return Float64Array.from(numbers)
}

/** The same of rows that are arrays of their own. */
function nestedRows(rows: ArrayLike<unknown>, dim: number, argument: string): Float64Array {
  const out = new Float64Array(rows.length * dim)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]
    if (!isRow(row) || row.length !== dim)
      throw new ArgumentError(`${argument}[${i}]`, row, `a row of ${dim} numbers`)
    requireFinite(row, (d) => `${argument}[${i}][${d}]`)
    out.set(row, i * dim)
  }
  return out
}

function requireFinite(values: ArrayLike<number>, place: (i: number) => string): void {
  // Also null, which would become 0.
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new ArgumentError(place(i), values[i], 'a finite number', 'Correct or remove that row.')
}
