import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'

/** Below this a norm counts as 0: its gradient is 0 there. */
const TINY = 1e-30

/**
 * N(K) ≥ ‖K‖₂², differentiable, without an iteration: with G = KKᵀ or KᵀK, the smaller,
 *   N = tr G/2 + ‖G − (tr G/2) I‖_F/√2 for two rows or columns, the largest eigenvalue itself;
 *   N = ‖G⁴‖_F^{1/4} = (Σ λ⁸)^{1/8} otherwise, at most r^{1/8} times too large for r rows.
 *
 * @param K a matrix, `[rows, columns]`.
 * @returns one number, `[]`.
 */
export const squaredNormBound = (K: tf.Tensor): tf.Tensor => bound(K)

const bound = tf.customGrad((...args) => {
  const save = args[args.length - 1] as unknown as (tensors: tf.Tensor[]) => void
  const [K] = args as tf.Tensor[]
  const [rows, columns] = K.shape
  const wide = rows <= columns
  const size = Math.min(rows, columns)
  /** 2 M K or 2 K M for the symmetric M = ∂N/∂G. */
  const back = (dy: tf.Tensor, M: tf.Tensor, of: tf.Tensor): tf.Tensor =>
    tf.mul(wide ? matMul(M, of) : matMul(of, M), tf.mul(dy, 2))
  if (size === 1) {
    save([K])
    return {
      value: tf.sum(tf.square(K)),
      gradFunc: (dy: tf.Tensor, [of]: tf.Tensor[]) => [tf.mul(of, tf.mul(dy, 2))],
    }
  }
  const G = wide ? matMul(K, K, false, true) : matMul(K, K, true)
  if (size === 2) {
    const half = tf.div(tf.sum(tf.square(K)), 2)
    const D = tf.sub(G, tf.mul(tf.eye(2), half))
    const length = tf.sqrt(tf.sum(tf.square(D)))
    save([K, D, length])
    return {
      value: tf.add(half, tf.mul(length, Math.SQRT1_2)),
      gradFunc: (dy: tf.Tensor, [of, deviation, norm]: tf.Tensor[]) => {
        const direction = tf.div(deviation, tf.maximum(norm, TINY))
        return [back(dy, tf.add(tf.mul(tf.eye(2), 0.5), tf.mul(direction, Math.SQRT1_2)), of)]
      },
    }
  }
  // Scaled by its own norm, so that no power overflows.
  const scale = tf.maximum(tf.sqrt(tf.sum(tf.square(G))), TINY)
  const first = tf.div(G, scale)
  const second = matMul(first, first)
  const fourth = matMul(second, second)
  const ratio = tf.sqrt(tf.sqrt(tf.sqrt(tf.sum(tf.square(fourth)))))
  save([K, first, second, fourth, ratio])
  return {
    value: tf.mul(ratio, scale),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [of, one, two, four, root] = saved
      // ∂N/∂G = (G/N)⁷.
      const n = tf.maximum(root, TINY)
      const seventh = matMul(
        matMul(tf.div(four, tf.square(tf.square(n))), tf.div(two, tf.square(n))),
        tf.div(one, n),
      )
      return [back(dy, seventh, of)]
    },
  }
})
