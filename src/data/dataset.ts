import { table as arqueroTable } from 'arquero'
import type ColumnTable from 'arquero/dist/types/table/column-table'
import { uniforms } from '../compute/philox'
import { hashNumbers, permutation, streamKey } from '../compute/streams'
import { ArgumentError, requireInteger } from '../base/errors'
import { type OptionDefaults, resolveOptions } from '../base/options'
import { counted, withConsoleSummary } from '../base/consoleSummary'
import { derivedFrom } from './origin'

/**
 * The kind of a data set's values: it decides which likelihoods fit and whether images are binarised.
 * Intensities lie in [0, 1], counts are integers ≥ 0, binary values zeros and ones.
 */
export type ValueKind = 'intensity' | 'binary' | 'count' | 'real'

/** Options of `new DataSet`. */
export interface DataSetOptions {
  /** Short name, for charts and messages. */
  name: string
  /** Row-major values, `[size, dim]`; intensities in [0, 1]. */
  x: Float32Array
  /** Shape of one row, `[28, 28]` for an image; its product is `dim`. */
  shape: readonly number[]
  /**
   * Kind of values: intensities are binarised, counts suit a Poisson likelihood, real numbers a Gaussian one.
   */
  values: ValueKind
  /** One integer per row, from 0. */
  labels?: Int32Array
  /** Name of each label. */
  labelNames?: readonly string[]
  /** Where the rows come from: a path, 'embedded sample' …. */
  source: string
}

const DATA_SET_OPTIONS = {
  name: undefined,
  x: undefined,
  shape: undefined,
  values: undefined,
  labels: undefined,
  labelNames: undefined,
  source: undefined,
} satisfies OptionDefaults<DataSetOptions>

/** How `DataSet.split` divides. */
export interface SplitOptions {
  /** Size of the test part: a fraction below 1, or a number of rows (default 0.2). */
  test?: number
  /** Seed of the random choice (default 0). */
  seed?: number
}

/** Their defaults. */
export const SPLIT_OPTIONS = { test: 0.2, seed: 0 } satisfies OptionDefaults<SplitOptions>

/**
 * Rows of numbers in memory, with labels if there are any.
 *
 * @example
 * const { train } = await lid.data.fashionMnist()
 * train.size            // 60000
 * train.take(1000).table().groupby('label').count().print()
 */
export class DataSet {
  /** Short name, for charts and messages. */
  readonly name: string
  /** Row-major values, `[size, dim]`. */
  readonly x: Float32Array
  /** Shape of one row, `[28, 28]` for an image. */
  readonly shape: readonly number[]
  /** What the numbers are: `intensity`, `binary`, `count` or `real`. */
  readonly values: ValueKind
  /** One integer per row, from 0, `[size]`, if there are labels. */
  readonly labels?: Int32Array
  /** Name of each label. */
  readonly labelNames?: readonly string[]
  /** Where the rows come from. */
  readonly source: string
  /** Number of rows. */
  readonly size: number
  /** Dimension of a row. */
  readonly dim: number

  constructor(options: DataSetOptions) {
    // A copy with changes, { ...data, name }, also passes derived properties.
    const { size: _size, dim: _dim, ...given } = { ...options } as Partial<DataSet> & DataSetOptions
    const { name, x, shape, values, labels, labelNames, source } = resolveOptions(
      'new DataSet',
      options && (given as DataSetOptions),
      DATA_SET_OPTIONS,
      '{ name, x, shape, values, source }',
    )
    this.name = name
    this.x = x
    this.shape = shape
    this.values = values
    this.labels = labels
    this.labelNames = labelNames
    this.source = source
    this.dim = shape.reduce((a, b) => a * b, 1)
    this.size = x.length / this.dim
    checkRows(this)
    checkLabels(this)
    checkValues(this)
  }

  /**
   * The first `count` rows (all if there are fewer), sharing memory with this data set.
   *
   * @param count number of them
   * @returns a data set over the same memory
   * @throws ArgumentError if `count` is not an integer ≥ 1
   * @example
   * const small = train.take(1000)
   */
  take(count: number): DataSet {
    requireInteger('take(count)', count)
    return this.slice(0, Math.min(count, this.size))
  }

  /**
   * Rows from `start` up to, but not including, `end` (up to the last if there are fewer), sharing memory
   * with this data set.
   *
   * @param start first row, from 0
   * @param end the row after the last one
   * @returns a data set over the same memory
   * @throws ArgumentError if there are no such rows
   * @example
   * const validation = train.slice(50000, 60000)
   */
  slice(start: number, end: number): DataSet {
    requireInteger('slice(start, …)', start, 0)
    requireInteger('slice(…, end)', end, start + 1)
    if (start >= this.size)
      throw new ArgumentError('slice(start, …)', start, `less than ${this.size}, the number of rows`)
    const part = new DataSet({
      ...this,
      x: this.x.subarray(start * this.dim, end * this.dim),
      labels: this.labels?.subarray(start, end),
    })
    return derivedFrom(this, 'slice', [start, end], part)
  }

  /**
   * The rows at `indices`, copied, in that order.
   *
   * @param indices row numbers from 0, in any order, repeated or not
   * @returns `[indices.length, dim]`, row-major
   * @throws ArgumentError for a row that does not exist, or what is no integer
   * @example
   * const x = lid.tf.tensor2d(test.rows([3, 1, 4]), [3, test.dim])
   */
  rows(indices: ArrayLike<number>): Float32Array {
    const { dim, size, x } = this
    const out = new Float32Array(indices.length * dim)
    for (let i = 0; i < indices.length; i++) {
      const row = indices[i]
      if (!(Number.isInteger(row) && row >= 0 && row < size))
        throw new ArgumentError('rows(indices)', row, `rows from 0 to ${size - 1}`)
      out.set(x.subarray(row * dim, (row + 1) * dim), i * dim)
    }
    return out
  }

  /**
   * The rows at `indices` with their labels as a new data set, copied, in that order.
   *
   * @param indices row numbers from 0, in any order, repeated or not
   * @returns a data set of `indices.length` rows
   * @throws ArgumentError for a row that does not exist, what is no integer, or without rows
   * @example
   * const shoes = train.select(lid.data.epochOrder(train.size, 1, 0).filter((row) => train.labels?.[row] === 7))
   */
  select(indices: ArrayLike<number>): DataSet {
    return derivedFrom(this, 'select', [Array.from(indices)], this.selected(indices))
  }

  private selected(indices: ArrayLike<number>): DataSet {
    const { labels } = this
    return new DataSet({
      ...this,
      x: this.rows(indices),
      labels: labels && Int32Array.from(indices, (row) => labels[row]),
    })
  }

  /**
   * Splits this data set in two at random, by a seed; each row is in exactly one part.
   *
   * @param options `{ test = 0.2, seed = 0 }`; see `SplitOptions`
   * @returns `{ train, test }`; the same seed gives the same rows in the same order
   * @throws ArgumentError if either part would have no rows
   * @example
   * const { train, test } = (await lid.data.from('my-images', { size: [28, 28] })).split({ test: 0.2, seed: 1 })
   */
  split(options: SplitOptions = {}): { train: DataSet; test: DataSet } {
    const { test, seed } = resolveOptions('split', options, SPLIT_OPTIONS)
    requireInteger('split({ seed })', seed, 0)
    const count = Number.isInteger(test) ? test : Math.round(test * this.size)
    if (!(count >= 1 && count < this.size))
      throw new ArgumentError(
        'split({ test })',
        test,
        `a fraction between 0 and 1 or a number of rows from 1 to ${this.size - 1}`,
        'Both parts need rows: give 0.2 for a fifth, say.',
      )
    const order = permutation(this.size, streamKey(seed, 'sampling', 'split'))
    const part = (name: string, rows: Uint32Array) => named(this.selected(rows), `${this.name}, ${name}`)
    const parts = {
      train: part('training', order.subarray(count)),
      test: part('test', order.subarray(0, count)),
    }
    for (const [which, one] of Object.entries(parts)) derivedFrom(this, 'split', [{ test, seed }, which], one)
    return parts
  }

  /**
   * Binarises intensities once: pixel = 1 with probability equal to its intensity, from a stored seed and the
   * content of the row, so that a row's pixels do not depend on its place: alone and among others it is the
   * same. Training instead draws them anew in each epoch (Burda et al. 2016).
   *
   * @param seed of the stream 'binarisation'
   * @returns a data set of the same rows with values 'binary'
   * @throws ArgumentError for values of kind 'real' or 'count', or a seed that is not an integer ≥ 0
   * @example
   * const fixed = test.binarized(1)
   */
  binarized(seed = 0): DataSet {
    requireInteger('binarized(seed)', seed, 0)
    if (this.values === 'binary') return this
    if (this.values !== 'intensity')
      throw new ArgumentError(
        `data set ${this.name}`,
        this.values,
        "one with values 'intensity'",
        'Use a Gaussian likelihood for real numbers, a Poisson one for counts.',
      )
    const { x, dim } = this
    const key = streamKey(seed, 'binarisation')
    const out = new Float32Array(x.length)
    for (let start = 0; start < x.length; start += dim) {
      const u = uniforms(hashNumbers(x.subarray(start, start + dim), key), 0, dim)
      for (let i = 0; i < dim; i++) out[start + i] = u[i] < x[start + i] ? 1 : 0
    }
    return derivedFrom(this, 'binarized', [seed], new DataSet({ ...this, x: out, values: 'binary' }))
  }

  /**
   * An arquero table with one row per item: `index`, `label` and `labelName` if known, and `mean`, the mean
   * of its values.
   *
   * @returns a table of `size` rows
   * @example
   * test.table().groupby('labelName').count().print()
   */
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

/** `Fashion-MNIST, training: 60,000 rows of 28 × 28 (intensity), 10 labels; from the cache`. */
withConsoleSummary(DataSet.prototype, ({ name, size, shape, values, labels, source }) => {
  // A label may have a name and no rows, such as 0 beside folders called 1 to 12.
  const kinds = new Set(labels).size
  const of = labels ? `, ${counted(kinds, 'label')}` : ''
  return `${name}: ${counted(size, 'row')} of ${shape.join(' × ')} (${values})${of}; ${source}`
})

const named = (data: DataSet, name: string): DataSet => new DataSet({ ...data, name })

function checkRows({ name, x, shape, size, dim }: DataSet): void {
  if (!(x instanceof Float32Array))
    throw new ArgumentError(
      `\`x\` of data set ${name}`,
      x,
      'a Float32Array',
      'Convert it with Float32Array.from(…).',
    )
  const wrong = shape.find((length) => !Number.isInteger(length) || length < 1)
  if (wrong !== undefined)
    throw new ArgumentError(
      `\`shape\` of data set ${name}`,
      wrong,
      'integers ≥ 1',
      'It is the shape of one row.',
    )
  if (x.length === 0)
    throw new ArgumentError(
      `\`x\` of data set ${name}`,
      x,
      'at least one row',
      'Check the file or array it was made from.',
    )
  if (!Number.isInteger(size))
    throw new ArgumentError(
      `\`x\` of data set ${name}`,
      x,
      `rows of ${dim} numbers, as shape [${shape.join(', ')}] says`,
    )
}

function checkLabels({ name, labels, labelNames, size }: DataSet): void {
  if (!labels) return
  if (labels.length !== size)
    throw new ArgumentError(`\`labels\` of data set ${name}`, labels, `${size} labels, one per row`)
  const end = labelNames?.length ?? Infinity
  const wrong = labels.find((label) => !(label >= 0 && label < end))
  if (wrong !== undefined)
    throw new ArgumentError(
      `\`labels\` of data set ${name}`,
      wrong,
      labelNames ? `integers from 0 to ${end - 1}` : 'integers ≥ 0',
      labelNames ? 'Name every label in labelNames, or correct the label.' : 'Number the classes from 0.',
    )
}

/**
 * @internal Index of the first value that is not of its kind, or −1. Plain loops: a data set may have 47
 * million values.
 */
export const firstWrong: Record<ValueKind, (x: Float32Array) => number> = {
  intensity: (x) => {
    for (let i = 0; i < x.length; i++) if (!(x[i] >= 0 && x[i] <= 1)) return i
    return -1
  },
  binary: (x) => {
    for (let i = 0; i < x.length; i++) if (x[i] !== 0 && x[i] !== 1) return i
    return -1
  },
  count: (x) => {
    for (let i = 0; i < x.length; i++) if (!(x[i] >= 0 && Number.isInteger(x[i]))) return i
    return -1
  },
  real: (x) => {
    for (let i = 0; i < x.length; i++) if (!Number.isFinite(x[i])) return i
    return -1
  },
}

const EXPECTED = {
  intensity: 'a value from 0 to 1',
  binary: '0 or 1',
  count: 'an integer ≥ 0',
  real: 'a finite number',
}

// Slices share memory with the whole, which is checked already.
const checked = new WeakMap<ArrayBufferLike, ValueKind>()

/**
 * @internal Skips the check of every value if the reader of `x` guarantees them: it takes as long as reading.
 */
export const markValidated = ({ buffer }: Float32Array, values: ValueKind): void => {
  checked.set(buffer, values)
}

function checkValues({ name, x, values }: DataSet): void {
  if (checked.get(x.buffer) === values) return
  const i = firstWrong[values](x)
  if (i >= 0) {
    const remedy =
      values === 'intensity'
        ? "Divide bytes by 255, or give values: 'real'."
        : 'Correct that row, or leave it out.'
    throw new ArgumentError(`\`x[${i}]\` of data set ${name}`, x[i], EXPECTED[values], remedy)
  }
  // Only if the whole memory was checked.
  if (x.byteLength === x.buffer.byteLength) checked.set(x.buffer, values)
}
