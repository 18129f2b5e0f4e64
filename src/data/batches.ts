import { requireInteger } from '../base/errors'
import { type OptionDefaults, resolveOptions } from '../base/options'
import { permutation, streamKey } from '../compute/streams'
import type { DataSet } from './dataset'

/** Some rows of a data set. */
export interface Batch {
  /** Row indices, in the order of `x`. */
  indices: Uint32Array
  /** Their values, row-major, `[size, dim]`. */
  x: Float32Array
  /** Number of rows. */
  size: number
}

/** How an epoch is cut into batches. */
export interface BatchOptions {
  /** Rows per batch. */
  batchSize: number
  /** The user's seed. */
  seed: number
  /** The epoch, from 0; each has its own order. */
  epoch: number
  /** Leave out the last batch when it is smaller than the others (default: false). */
  dropLast?: boolean
  /** Batches skipped at the start, 0 by default: those done before an interruption. */
  skip?: number
}

/** Their defaults. */
export const BATCH_OPTIONS = {
  batchSize: undefined,
  seed: undefined,
  epoch: undefined,
  dropLast: false,
  skip: 0,
} satisfies OptionDefaults<BatchOptions>

/**
 * The order of the rows in an epoch: a random permutation that depends on seed and epoch only, so that a
 * resumed run continues in the same order.
 *
 * @param size number of rows
 * @param seed the user's seed
 * @param epoch the epoch, from 0
 * @returns the row numbers 0 … size − 1, shuffled
 * @throws ArgumentError for a size below 1, or a seed or an epoch below 0
 * @example
 * lid.data.epochOrder(5, 1, 0)
 */
export function epochOrder(size: number, seed: number, epoch: number): Uint32Array {
  requireInteger('epochOrder(size)', size)
  requireInteger('epochOrder(…, seed, …)', seed, 0)
  requireInteger('epochOrder(…, epoch)', epoch, 0)
  return permutation(size, streamKey(seed, 'batches', `epoch ${epoch}`))
}

/**
 * The shuffled batches of one epoch; each row occurs once.
 *
 * @param dataset the rows
 * @param options `{ batchSize, seed, epoch, dropLast?, skip? }`
 * @returns a generator of `{ indices, x, size }`
 * @throws ArgumentError if `batchSize` < 1, or `seed`, `epoch` or `skip` < 0, or one is not an integer
 * @example
 * for (const { x, size } of lid.data.batches(train, { batchSize: 100, seed: 1, epoch: 0 })) {
 *   const images = lid.tf.tensor2d(x, [size, train.dim])
 * }
 */
export function batches(dataset: DataSet, options: BatchOptions): Generator<Batch, void, undefined> {
  const { batchSize, seed, epoch, dropLast, skip } = resolveOptions(
    'batches',
    options,
    BATCH_OPTIONS,
    '{ batchSize: 100, seed: 1, epoch: 0 }',
  )
  requireInteger('batches({ batchSize })', batchSize)
  requireInteger('batches({ seed })', seed, 0)
  requireInteger('batches({ skip })', skip, 0)
  // Checked here: the generator would throw only at the first batch.
  return cut(dataset, epochOrder(dataset.size, seed, epoch), batchSize, dropLast, skip)
}

function* cut(
  dataset: DataSet,
  order: Uint32Array,
  batchSize: number,
  dropLast: boolean,
  skip: number,
): Generator<Batch, void, undefined> {
  for (let start = skip * batchSize; start < order.length; start += batchSize) {
    const indices = order.slice(start, start + batchSize)
    if (dropLast && indices.length < batchSize) return
    yield { indices, x: dataset.rows(indices), size: indices.length }
  }
}
