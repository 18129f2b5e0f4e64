/** Numbers on their way into a data set. */
export interface Rows {
  /** `[size, …shape]`, row-major. */
  x: Float32Array
  /** Shape of one row. */
  shape: readonly number[]
  /** A name where none is given. */
  name: string
  /** Where they come from, in words. */
  source: string
  /** A label a row, where the source has them. */
  labels?: ArrayLike<string | number>
}

/** Numbers a row. */
export const width = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
