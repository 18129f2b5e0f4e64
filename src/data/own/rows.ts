/** Numbers and labels from which `from` makes a data set. */
export interface Rows {
  /** `[size, …shape]`, row-major. */
  x: Float32Array
  /** Shape of one row. */
  shape: readonly number[]
  /** The default name. */
  name: string
  /** Where they come from. */
  source: string
  /** One label per row, if the source has labels. */
  labels?: ArrayLike<string | number>
  /** What error messages call a label. */
  labelsName?: string
  /** The file's name, for the note. */
  file?: string
  /** The file's name, and which parts of it were taken or left out, for the note. */
  taken?: string
  /** Names of the labels 0, 1, …, if the labels are numbers with names. */
  labelNames?: readonly string[]
  /** The rows of the source that are kept, if some are left out. */
  kept?: readonly number[]
  /** What else the user should know, as parts of one sentence. */
  remarks?: readonly string[]
}

/** Dimension of a row. */
export const width = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
