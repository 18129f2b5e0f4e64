import { table as arqueroTable } from 'arquero'
import type ColumnTable from 'arquero/dist/types/table/column-table'
import { uniforms } from '../engine/philox'
import { streamKey } from '../engine/streams'
import { ArgumentError, requireInteger } from '../errors'

/** What the numbers of a data set are: they decide which likelihoods fit and whether images are binarised. */
export type ValueKind = 'intensity' | 'binary' | 'real'

export interface DataSetOptions {
  /** Short name, for charts and messages. */
  name: string
  /** Row-major values, `[size, dim]`; intensities in [0, 1]. */
  x: Float32Array
  /** Shape of one row, `[28, 28]` for an image; its product is `dim`. */
  shape: readonly number[]
  values: ValueKind
  /** One whole number a row, from 0. */
  labels?: Int32Array
  /** What each label means. */
  labelNames?: readonly string[]
  /** Where the rows come from, in words: a path, 'embedded sample' …. */
  source: string
}

/**
 * Rows of numbers in memory, with labels where there are any.
 *
 * @example
 * const { train } = await lid.data.fashionMnist()
 * train.size            // 60000
 * train.take(1000).table().groupby('label').count().print()
 */
export class DataSet {
  readonly name: string
  readonly x: Float32Array
  readonly shape: readonly number[]
  readonly values: ValueKind
  readonly labels?: Int32Array
  readonly labelNames?: readonly string[]
  readonly source: string
  /** Number of rows. */
  readonly size: number
  /** Numbers a row. */
  readonly dim: number

  constructor(options: DataSetOptions) {
    const { name, x, shape, values, labels, labelNames, source } = options
    this.name = name
    this.x = x
    this.shape = shape
    this.values = values
    this.labels = labels
    this.labelNames = labelNames
    this.source = source
    this.dim = shape.reduce((a, b) => a * b, 1)
    this.size = x.length / this.dim
    if (x.length === 0)
      throw new ArgumentError(
        `data set ${name}`,
        x,
        'at least one row',
        'Check the file or array it was made from.',
      )
    if (!Number.isInteger(this.size))
      throw new ArgumentError(
        `data set ${name}: x`,
        x,
        `a multiple of ${this.dim} numbers (shape [${shape.join(', ')}])`,
        'Check shape against the length of a row.',
      )
    if (labels && labels.length !== this.size)
      throw new ArgumentError(
        `data set ${name}: labels`,
        labels,
        `${this.size} labels, one a row`,
        'Give one label a row, or none.',
      )
    if (labels && labelNames) {
      const wrong = labels.find((label) => label < 0 || label >= labelNames.length)
      if (wrong !== undefined)
        throw new ArgumentError(
          `data set ${name}: labels`,
          wrong,
          `labels from 0 to ${labelNames.length - 1}`,
          'Name every label in labelNames, or mend the label.',
        )
    }
  }

  /** The first `count` rows (all of them when there are fewer). */
  take(count: number): DataSet {
    requireInteger('take(count)', count)
    return this.slice(0, Math.min(count, this.size))
  }

  /** Rows `start` to before `end`, sharing memory with this data set. */
  slice(start: number, end: number): DataSet {
    return new DataSet({
      ...this,
      x: this.x.subarray(start * this.dim, end * this.dim),
      labels: this.labels?.subarray(start, end),
    })
  }

  /** The rows at `indices`, copied, in that order. */
  rows(indices: ArrayLike<number>): Float32Array {
    const { dim, x } = this
    const out = new Float32Array(indices.length * dim)
    for (let i = 0; i < indices.length; i++)
      out.set(x.subarray(indices[i] * dim, (indices[i] + 1) * dim), i * dim)
    return out
  }

  /**
   * Intensities turned once into zeros and ones: pixel = 1 with probability its intensity, from a stored seed, so that every evaluation
   * sees the same images. Training draws them afresh each epoch instead (Burda et al. 2016).
   */
  binarized(seed = 0): DataSet {
    if (this.values === 'binary') return this
    if (this.values !== 'intensity')
      throw new ArgumentError(
        `data set ${this.name}`,
        this.values,
        "values 'intensity'",
        'Use a Gaussian likelihood for real numbers.',
      )
    const u = uniforms(streamKey(seed, 'binarisation'), 0, this.x.length)
    return new DataSet({ ...this, x: this.x.map((p, i) => (u[i] < p ? 1 : 0)), values: 'binary' })
  }

  /** An arquero table with a row per item: `index`, `label` and `labelName` where known, and `mean`, the mean of its values. */
  table(): ColumnTable {
    const index = Int32Array.from({ length: this.size }, (_, i) => i)
    const mean = Float64Array.from(index, (i) => {
      let sum = 0
      for (let j = i * this.dim; j < (i + 1) * this.dim; j++) sum += this.x[j]
      return sum / this.dim
    })
    const columns: Record<string, ArrayLike<unknown>> = { index }
    if (this.labels) columns.label = this.labels
    if (this.labels && this.labelNames) {
      const names = this.labelNames
      columns.labelName = Array.from(this.labels, (label) => names[label])
    }
    columns.mean = mean
    return arqueroTable(columns as never)
  }
}
