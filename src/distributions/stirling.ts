import * as tf from '@tensorflow/tfjs'
import { withoutGradient } from '../compute/gradients'

/** s(x) = log x! − x log x + x for x = 0 … 15, from logarithms of doubles. */
const SMALL = Array.from({ length: 16 }, (_, x) => {
  let logFactorial = 0
  for (let k = 2; k <= x; k++) logFactorial += Math.log(k)
  return x === 0 ? 0 : logFactorial - x * Math.log(x) + x
})

/**
 * s(x) = log x! − x log x + x: what is left of the factorial beside its large terms, which cancel against
 * those of x η. From a table below 16, else Stirling's series ½ log 2πx + 1/(12x) − 1/(360x³), the next term
 * of which is under 1e-9.
 */
export function stirlingRest(x: tf.Tensor): tf.Tensor {
  const least = tf.maximum(x, SMALL.length)
  const inverse = tf.reciprocal(least)
  const series = tf.mul(inverse, tf.sub(1 / 12, tf.mul(tf.square(inverse), 1 / 360)))
  const large = tf.add(tf.mul(0.5, tf.log(tf.mul(2 * Math.PI, least))), series)
  const small = tf.gather(tf.tensor1d(SMALL), tf.cast(tf.minimum(x, SMALL.length - 1), 'int32'))
  return tf.where(tf.less(x, SMALL.length), small, large)
}

/** Below it the series is taken further up, by Γ(z + 1) = z Γ(z). */
const FAR = 8

/**
 * log Γ(z) − (z − ½) log z + z − ½ log 2π for z > 0, the rest of Stirling's formula, differentiable in z:
 * 1/(12z) − 1/(360z³) + 1/(1260z⁵), the next term of which is under 1e-9 from 8 on; below, at z + 8, less log
 * z(z + 1) … (z + 7).
 */
export function gammaRest(z: tf.Tensor): tf.Tensor {
  const series = (at: tf.Tensor): tf.Tensor => {
    const inverse = tf.reciprocal(at)
    const square = tf.square(inverse)
    return tf.mul(inverse, tf.add(1 / 12, tf.mul(square, tf.sub(tf.mul(square, 1 / 1260), 1 / 360))))
  }
  const low = tf.minimum(z, FAR)
  const up = tf.add(low, FAR)
  // (z + 8 − ½) log(z + 8) − (z − ½) log z − Σ log(z + k) − 8, each step k together, so that nothing large
  // cancels.
  let rest = tf.sub(series(up), FAR)
  for (let k = 0; k < FAR; k++) {
    const at = tf.add(low, k)
    rest = tf.add(rest, tf.mul(tf.add(at, 0.5), tf.log1p(tf.reciprocal(at))))
  }
  return tf.where(
    withoutGradient((at) => tf.less(at, FAR), z),
    rest,
    series(tf.maximum(z, FAR)),
  )
}
