import * as tf from '@tensorflow/tfjs'
import type { Draws } from '../compute/draws'

/**
 * Proposals a draw: at least 95 in 100 are taken from a shape of 1 on, so that none is left with chance
 * 1e-10.
 */
const PROPOSALS = 8

/**
 * A draw from Gamma(shape, 1) in a fixed number of operations, so that it can be traced: of Marsaglia and
 * Tsang's proposals (shape + 1 − 1/3)(1 + n/√(9 shape + 6))³ the first that is taken, then times U^{1/shape},
 * which brings the shape from shape + 1 to shape.
 *
 * @param shape the distribution's, a scalar > 0
 * @param size of what is wanted, `[…]`
 * @param draws where the random numbers come from
 * @returns numbers > 0, `[…size]`
 * @see Marsaglia and Tsang 2000, A simple method for generating gamma variables, ACM Transactions on
 *   Mathematical Software 26(3).
 */
export const gammaDraw = (shape: tf.Tensor, size: number[], draws: Draws): tf.Tensor =>
  tf.tidy(() => {
    const d = tf.add(shape, 2 / 3)
    const c = tf.rsqrt(tf.mul(9, d))
    let out: tf.Tensor = tf.mul(d, tf.ones(size))
    for (let i = PROPOSALS - 1; i >= 0; i--) {
      const n = draws.normal(`gamma ${i}`, size)
      const v = tf.pow(tf.maximum(tf.add(1, tf.mul(c, n)), 1e-3), 3)
      const bound = tf.add(tf.mul(0.5, tf.square(n)), tf.mul(d, tf.sub(tf.add(1, tf.log(v)), v)))
      const u = tf.maximum(draws.uniform(`gamma ${i}, taken`, size), 1e-20)
      out = tf.where(tf.less(tf.log(u), bound), tf.mul(d, v), out)
    }
    const u = tf.maximum(draws.uniform('gamma, shape', size), 1e-20)
    return tf.mul(out, tf.exp(tf.div(tf.log(u), shape)))
  })
