import * as tf from '@tensorflow/tfjs'

type Save = (tensors: tf.Tensor[]) => void

/**
 * log p(word|η) of the categorical likelihood, η the logits:
 *   log p(id|η) = η_id − log Σ_v exp η_v.
 *
 * @param logits `[rows, words]`.
 * @param ids the words, int32 `[rows]`.
 * @returns `[rows]`, nats.
 * @example
 * lid.wordLogProb(lid.tf.zeros([2, 1000]), lid.tf.tensor1d([3, 7], 'int32')) // −log 1000, twice
 */
export const wordLogProb = (logits: tf.Tensor, ids: tf.Tensor): tf.Tensor => crossEntropy(logits, ids)

/** In one custom gradient, one-hot − softmax; the words are data, so no gradient flows into them. */
const crossEntropy = tf.customGrad((logits, ids, save) => {
  const [eta, words] = [logits as tf.Tensor, ids as tf.Tensor]
  const width = eta.shape[1] as number
  const shifted = tf.sub(eta, tf.max(eta, 1, true))
  const powers = tf.exp(shifted)
  const sums = tf.sum(powers, 1, true)
  ;(save as unknown as Save)([powers, sums, words])
  const at = tf.add(tf.mul(tf.range(0, eta.shape[0], 1, 'int32'), width), words)
  const chosen = tf.gather(tf.reshape(shifted, [-1]), tf.cast(at, 'int32'))
  return {
    value: tf.sub(chosen, tf.reshape(tf.log(sums), [-1])),
    gradFunc: (dy: tf.Tensor, [powers, sums, words]: tf.Tensor[]) => {
      const softmax = tf.mul(powers, tf.div(tf.expandDims(tf.neg(dy), 1), sums))
      const hot = tf.mul(tf.cast(tf.oneHot(tf.cast(words, 'int32'), width), 'float32'), tf.expandDims(dy, 1))
      return [tf.add(softmax, hot), tf.zerosLike(words)]
    },
  }
})
