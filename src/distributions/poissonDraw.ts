import * as tf from '@tensorflow/tfjs'
import type { Draws } from '../compute/draws'

/** Rates up to this value are drawn by the recurrence, larger ones by the expansion. */
const SMALL = 16
/** Terms of the recurrence: P(X ≥ 48) is below 1e-9 at rate 16. */
const TERMS = 48
/**
 * Terms below this value no longer change a float32 sum near 1; counting them would turn rounding errors into
 * far outliers.
 */
const NEGLIGIBLE = 2 ** -25

/**
 * A draw from Poisson(rate) by the inverse of its distribution function. The number of operations is fixed,
 * so that it can be traced and agrees across engines up to rounding.
 *
 * Up to rate 16, x is the number of sums Σ_{j ≤ k} e^{−λ} λ^j / j!, k = 0 … 47, that a uniform number
 * reaches. Above, x is the integer part of the expansion λ + √λ w + (2 + w²)/6 − (2w + w³)/(72 √λ) + (9w⁴ +
 * 21w² − 48)/(2430 λ) with a standard normal w. Its distribution differs from the exact one by less than 1e-4
 * in total variation; the difference falls as the rate grows.
 *
 * @param rate the mean, `[…]`
 * @param draws source of the random numbers
 * @returns integers ≥ 0 as float32, `[…]`
 * @see Giles 2016, Algorithm 955, ACM Transactions on Mathematical Software 42(1): the expansion.
 */
export const poissonDraw = (rate: tf.Tensor, draws: Draws): tf.Tensor =>
  tf.tidy(() => {
    const small = byRecurrence(tf.minimum(rate, SMALL), draws.uniform('x', rate.shape))
    const large = byExpansion(tf.maximum(rate, SMALL), draws.normal('x, large rates', rate.shape))
    return tf.where(tf.lessEqual(rate, SMALL), small, large)
  })

function byRecurrence(rate: tf.Tensor, u: tf.Tensor): tf.Tensor {
  let term = tf.exp(tf.neg(rate))
  let sum = term
  let x: tf.Tensor = tf.cast(tf.greaterEqual(u, sum), 'float32')
  for (let k = 1; k < TERMS; k++) {
    term = tf.mul(term, tf.mul(rate, 1 / k))
    sum = tf.add(sum, term)
    const reached = tf.logicalAnd(tf.greaterEqual(u, sum), tf.greater(term, NEGLIGIBLE))
    x = tf.add(x, tf.cast(reached, 'float32'))
  }
  return x
}

function byExpansion(rate: tf.Tensor, w: tf.Tensor): tf.Tensor {
  const root = tf.sqrt(rate)
  const square = tf.square(w)
  const first = tf.mul(1 / 6, tf.add(square, 2))
  const second = tf.div(tf.mul(w, tf.add(square, 2)), tf.mul(72, root))
  const third = tf.div(tf.sub(tf.mul(square, tf.add(tf.mul(9, square), 21)), 48), tf.mul(2430, rate))
  return tf.maximum(tf.floor(tf.add(tf.add(rate, tf.mul(root, w)), tf.add(tf.sub(first, second), third))), 0)
}
