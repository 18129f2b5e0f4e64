import type { DataSet } from '../data/dataset'
import { ArgumentError } from '../base/errors'

/** Data of the closed-form models: a data set, or plain numbers `[N, dim]`, row after row. */
export type RealRows = DataSet | ArrayLike<number>

/** The numbers as doubles, checked: all finite, complete rows of `dim` numbers. Errors name `argument`. */
export function realRows(x: RealRows, dim: number, argument = 'x'): Float64Array {
  const values = (x as Partial<DataSet> | undefined)?.x ?? (x as ArrayLike<number> | undefined)
  const rows = (values?.length ?? 0) / dim
  if (!values || !(rows >= 1) || !Number.isInteger(rows))
    throw new ArgumentError(
      argument,
      x,
      `at least one row of ${dim} numbers`,
      'Give a data set or an array of such rows.',
    )
  const out = Float64Array.from(values)
  const wrong = out.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0)
    throw new ArgumentError(
      `${argument}[${wrong}]`,
      out[wrong],
      'a finite number',
      'Correct or remove that row.',
    )
  return out
}
