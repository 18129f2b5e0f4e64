import * as tf from '@tensorflow/tfjs'
import { normalInit, type Initializer, type Parameters } from '../compute/parameters'
import { requireInteger } from '../base/errors'

/** A vector for each token. */
export interface Embedding {
  /** Number of tokens in the vocabulary. */
  readonly tokens: number
  /** Dimension of each vector. */
  readonly dim: number
  /** The vectors, `[tokens, dim]`. */
  readonly table: tf.Variable
  /**
   * The vectors of the given tokens, differentiable in the table.
   * @param ids int32 `[…]`
   * @returns `[…, dim]`
   */
  apply(ids: tf.Tensor): tf.Tensor
}

/**
 * A vector for each token, y = E[id]. The gradient of a token's vector is the sum over all positions of that
 * token, and 0 for tokens that do not occur.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param tokens number of tokens in the vocabulary: `vocabulary.size`.
 * @param dim dimension of each vector.
 * @param init makes the starting values; N(0, 0.1²) by default.
 * @returns the layer, int32 `[…]` to `[…, dim]`.
 * @throws ArgumentError for a size that is not an integer ≥ 1, or if a layer of that name exists.
 * @example
 * const layer = lid.layers.embedding(lid.Parameters.from(1), 'embedding', 1000, 50)
 * const vectors = layer.apply(lid.tf.tensor2d([0, 7, 7, 1], [4, 1], 'int32')) // [4, 1, 50]
 * @see Bengio, Ducharme, Vincent & Jauvin 2003, section 2: the word features.
 */
export function embedding(
  parameters: Parameters,
  name: string,
  tokens: number,
  dim: number,
  init: Initializer = normalInit(0.1),
): Embedding {
  requireInteger('tokens', tokens)
  requireInteger('dim', dim)
  const table = parameters.scope(name).variable('E', [tokens, dim], init)
  return {
    tokens,
    dim,
    table,
    apply: (ids) => tf.reshape(tf.gather(table, tf.reshape(ids, [-1])), [...ids.shape, dim]),
  }
}
