import * as tf from '@tensorflow/tfjs'
import { normalInit, type Initializer, type Parameters } from '../compute/parameters'
import { requireInteger } from '../base/errors'

/** A vector for each word. */
export interface Embedding {
  /** Words there are. */
  readonly words: number
  /** Numbers a word. */
  readonly dim: number
  /** The vectors, `[words, dim]`. */
  readonly table: tf.Variable
  /** The vectors of words, differentiable in the table. @param ids int32 `[…]` @returns `[…, dim]` */
  apply(ids: tf.Tensor): tf.Tensor
}

/**
 * A vector for each word, y = E[id]. Its gradient is the sum of what comes back to each place where a word stands, and zero for words that stand nowhere.
 *
 * @param parameters where its weights are kept.
 * @param name its name among them.
 * @param words how many words there are: `vocabulary.size`.
 * @param dim numbers a word.
 * @param init makes the starting values; N(0, 0.1²) by default.
 * @returns the layer, int32 `[…]` to `[…, dim]`.
 * @throws ArgumentError for a bad number, or when there is a layer of that name.
 * @example
 * const layer = lid.layers.embedding(lid.Parameters.from(1), 'embedding', 1000, 50)
 * const vectors = layer.apply(lid.tf.tensor2d([0, 7, 7, 1], [4, 1], 'int32')) // [4, 1, 50]
 * @see Bengio, Ducharme, Vincent & Jauvin 2003, section 2: the word features.
 */
export function embedding(
  parameters: Parameters,
  name: string,
  words: number,
  dim: number,
  init: Initializer = normalInit(0.1),
): Embedding {
  requireInteger('words', words)
  requireInteger('dim', dim)
  const table = parameters.scope(name).variable('E', [words, dim], init)
  return {
    words,
    dim,
    table,
    apply: (ids) => tf.reshape(tf.gather(table, tf.reshape(ids, [-1])), [...ids.shape, dim]),
  }
}
