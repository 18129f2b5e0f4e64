import { permutation, streamKey } from '../engine/streams'
import type { DataSet } from './dataset'

/** One batch: its rows, and which rows of the data set they are. */
export interface Batch {
  indices: Uint32Array
  x: Float32Array
  size: number
}

/** The order of epoch `epoch`: a seeded shuffle of 0 … size − 1. */
export const epochOrder = (size: number, seed: number, epoch: number): Uint32Array =>
  permutation(size, streamKey(seed, 'batches', `epoch ${epoch}`))

/** The batches of one epoch, in its seeded order; the last one may be smaller. */
export function* batches(
  data: DataSet,
  { batchSize, seed, epoch }: { batchSize: number; seed: number; epoch: number },
): Generator<Batch> {
  const order = epochOrder(data.size, seed, epoch)
  for (let start = 0; start < order.length; start += batchSize) {
    const indices = order.subarray(start, Math.min(start + batchSize, order.length))
    yield { indices, x: data.rows(indices), size: indices.length }
  }
}
