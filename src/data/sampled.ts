import { permutation, streamKey } from '../compute/streams'
import type { ModelData } from './modelData'

/**
 * The numbers of `count` data points drawn at random without replacement, ascending; all where there are no
 * more. Data are often sorted by class, so the first ones would not stand for the rest.
 *
 * @param size how many data points there are.
 * @param count how many to draw.
 * @param seed of the draw.
 */
export function sampledRows(size: number, count: number, seed: number): Uint32Array {
  if (size <= count) return Uint32Array.from({ length: size }, (_, i) => i)
  return permutation(size, streamKey(seed, 'sampling', 'rows'))
    .subarray(0, count)
    .sort()
}

/** `count` data points drawn at random without replacement, in their order; all where there are no more. */
export const sampled = <D extends ModelData>(data: D, count: number, seed: number): D =>
  data.size <= count ? data : (data.select(sampledRows(data.size, count, seed)) as D)
