import { sampled } from '../../data/sampled'
import * as tf from '@tensorflow/tfjs'
import { pieces } from '../../data/modelData'
import type { TextSet } from '../../data/text/textSet'
import { wordDivergence } from '../../distributions/categorical'
import type { StepInputs } from '../../compute/step'
import { ArgumentError } from '../../base/errors'
import { hasContext, type ContextConditional } from '../../models/context'
import type { Model } from '../../models/model'

/** The divergence between p(·|z) and p(·|z′), and the inputs that a step needs for it. */
export interface PairDivergence {
  /** The previous tokens, for a text model. */
  readonly inputs: StepInputs
  /** Number of texts used; none for a model of rows. */
  readonly texts?: number
  /** Number of rows used; only for a model of rows with a context. */
  readonly rows?: number
  /**
   * @param a codes, `[pairs, latent]`
   * @param b the other code of each pair
   * @param inputs the inputs above, as tensors
   * @returns the symmetric KL of each pair, `[pairs]`, nats
   */
  of(a: tf.Tensor, b: tf.Tensor, inputs: Record<string, tf.Tensor>): tf.Tensor
}

const MOST_TEXTS = 8
/** Logits of one call, in images of 784 numbers: 100 MB. */
const MOST_LOAD = 32_768

/**
 * The symmetric KL of the likelihoods of two codes. For rows it has a closed form. For texts it is the sum of
 * each token's contribution by the chain rule along given texts, averaged over the texts:
 *   Σ_t KL(p(x_t|z, x_<t), p(x_t|z′, x_<t)) both ways.
 * So it is for rows with a context, along given rows.
 *
 * @param codes number of codes decoded at once; with the size of the vocabulary it determines how many texts
 *   are used.
 */
export function pairDivergence(
  model: Model,
  codes: number,
  texts?: TextSet,
  rows?: Float32Array,
): PairDivergence {
  const { conditional } = model
  if (hasContext(conditional)) return alongRows(conditional, rows!)
  if (conditional.of === 'rows')
    return {
      inputs: {},
      of: (a, b) => {
        const [left, right] = tf.split(model.decoder.apply(tf.concat([a, b], 0)), 2)
        return model.observation.divergence(left, right)
      },
    }
  if (!texts)
    throw new ArgumentError(
      'texts',
      texts,
      'a TextSet',
      'A text model is evaluated along texts: lid.witness(model, { texts: test }).',
    )
  conditional.requireFit(texts, 'texts')
  let load = 0
  const along = pieces(sampled(texts, MOST_TEXTS, 0), () => 1).filter(({ x: { shape } }, i) => {
    load += codes * conditional.load(shape.slice(1))
    return i === 0 || load <= MOST_LOAD
  })
  const inputs = Object.fromEntries(along.map(({ x }, i) => [`text${i}`, x]))
  const alongOne = (x: tf.Tensor, z: tf.Tensor): tf.Tensor => {
    const logits = model.texts.logits(tf.tile(x, [z.shape[0], 1]), z)
    const [time, rows, words] = logits.shape
    const [left, right] = tf.split(logits, 2, 1).map((part) => tf.reshape(part, [(time * rows) / 2, words]))
    return tf.sum(tf.reshape(wordDivergence(left, right), [time, rows / 2]), 0)
  }
  return {
    inputs,
    texts: along.length,
    of: (a, b, given) => {
      const z = tf.concat([a, b], 0)
      return tf.div(tf.addN(Object.keys(inputs).map((name) => alongOne(given[name], z))), along.length)
    },
  }
}

/** Along rows of a model with a context, `[count, dim]`. */
function alongRows({ eta, observation, likelihood }: ContextConditional, rows: Float32Array): PairDivergence {
  const count = rows.length / likelihood.dim
  return {
    inputs: { along: { values: rows, shape: [count, likelihood.dim] } },
    rows: count,
    of: (a, b, { along }) => {
      const at = (z: tf.Tensor): tf.Tensor => eta(along, tf.tile(tf.expandDims(z, 0), [count, 1, 1]))
      return tf.mean(observation.divergence(at(a), at(b)), 0)
    },
  }
}
