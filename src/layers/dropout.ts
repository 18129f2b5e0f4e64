import * as tf from '@tensorflow/tfjs'
import type { Draws } from '../compute/draws'
import { requireShare } from '../base/errors'

/**
 * Dropout: each element is kept with probability 1 − rate and divided by that probability, or set to 0. The
 * mean does not change.
 *
 * @param x `[…]`.
 * @param rate fraction that is dropped, 0 ≤ rate < 1; at 0 nothing is drawn.
 * @param draws source of the random numbers.
 * @param name name of the draw: different names drop different elements.
 * @returns `[…]`.
 * @throws ArgumentError if the rate is not in [0, 1).
 * @example
 * const draws = new lid.Draws(lid.tf.tensor1d([seed, step], 'int32'))
 * const half = lid.layers.dropout(lid.tf.ones([10, 32, 50]), 0.5, draws, 'inputs')
 * @see Srivastava et al. 2014, Dropout.
 */
export function dropout(x: tf.Tensor, rate: number, draws: Draws, name: string): tf.Tensor {
  requireShare('rate', rate)
  if (rate === 0) return x
  const kept = tf.greaterEqual(draws.uniform(name, x.shape), rate)
  return tf.mul(x, tf.mul(tf.cast(kept, 'float32'), 1 / (1 - rate)))
}

/**
 * Word dropout: each token is replaced by the unknown token with probability `rate`, so that a decoder cannot
 * rely on the previous tokens alone.
 *
 * @param ids int32 `[…]`.
 * @param rate fraction that is replaced, 0 ≤ rate < 1; at 0 nothing is drawn.
 * @param draws source of the random numbers.
 * @param name name of the draw: different names drop different elements.
 * @param unknown id of the unknown token; 2 by default, as in every `Vocabulary`.
 * @returns int32 `[…]`.
 * @throws ArgumentError if the rate is not in [0, 1).
 * @example
 * const draws = new lid.Draws(lid.tf.tensor1d([seed, step], 'int32'))
 * const gaps = lid.layers.wordDropout(lid.tf.tensor1d([0, 8, 9, 1], 'int32'), 0.5, draws, 'words')
 * @see Bowman et al. 2016, Generating sentences from a continuous space, section 3.1.
 */
export function wordDropout(
  ids: tf.Tensor,
  rate: number,
  draws: Draws,
  name: string,
  unknown = 2,
): tf.Tensor {
  requireShare('rate', rate)
  if (rate === 0) return ids
  const kept = tf.greaterEqual(draws.uniform(name, ids.shape), rate)
  return tf.where(kept, ids, tf.fill(ids.shape, unknown, 'int32'))
}
