import * as tf from '@tensorflow/tfjs'
import { requireInteger } from '../base/errors'
import { withProvenance } from '../base/provenance'
import type { BoundLikelihood, Likelihood } from './likelihood'
import { poissonDraw } from './poissonDraw'

/**
 * The Poisson likelihood of counts, x_d ~ Poisson(e^{η_d}), where η is the log-rate:
 *   log p(x|η) = Σ_d x_d η_d − e^{η_d} − log x_d!.
 *
 * @param dim number of features.
 * @returns the likelihood, for a model builder; its data must have values 'count' or 'binary'.
 * @throws ArgumentError if dim is not an integer ≥ 1.
 * @example
 * const model = lid.lidvae({ likelihood: lid.poisson(100), latent: 4, seed: 1 })
 */
export function poisson(dim: number): Likelihood {
  requireInteger('poisson(dim)', dim)
  return withProvenance('poisson', [dim], {
    name: 'poisson',
    dim,
    accepts: ['count', 'binary'],
    etaOfMean,
    bind: () => bound,
  })
}

/** Logarithm of the mean, bounded below, so that it is finite for a feature that is always 0. */
const etaOfMean = (mean: Float32Array): Float32Array => mean.map((m) => Math.log(Math.max(m, 0.01)))

/** s(x) = log x! − x log x + x for x = 0 … 15, computed in double precision. */
const SMALL = Array.from({ length: 16 }, (_, x) => {
  let logFactorial = 0
  for (let k = 2; k <= x; k++) logFactorial += Math.log(k)
  return x === 0 ? 0 : logFactorial - x * Math.log(x) + x
})

/**
 * s(x) = log x! − x log x + x: the rest of the log-factorial without its large terms, which cancel against
 * those of x η. Below 16 it comes from a table, else from Stirling's series ½ log 2πx + 1/(12x) − 1/(360x³),
 * whose next term is below 1e-9.
 */
function stirlingRest(x: tf.Tensor): tf.Tensor {
  const least = tf.maximum(x, SMALL.length)
  const inverse = tf.reciprocal(least)
  const series = tf.mul(inverse, tf.sub(1 / 12, tf.mul(tf.square(inverse), 1 / 360)))
  const large = tf.add(tf.mul(0.5, tf.log(tf.mul(2 * Math.PI, least))), series)
  const small = tf.gather(tf.tensor1d(SMALL), tf.cast(tf.minimum(x, SMALL.length - 1), 'int32'))
  return tf.where(tf.less(x, SMALL.length), small, large)
}

/**
 * log p(x|η) = −[x (e^u − 1 − u)] − s(x), u = η − log x (−e^η at x = 0), so that float32 keeps its precision
 * where x η, e^η and log x! are large and nearly cancel. Its gradient is x − e^η; x is data and gets no
 * gradient.
 */
const logProb = tf.customGrad((eta, x, save) => {
  const [e, counts] = [eta as tf.Tensor, x as tf.Tensor]
  ;(save as unknown as (t: tf.Tensor[]) => void)([e, counts])
  const u = tf.sub(e, tf.log(tf.maximum(counts, 1)))
  const deviance = tf.where(
    tf.greater(tf.add(counts, tf.zerosLike(e)), 0),
    tf.mul(counts, tf.sub(tf.expm1(u), u)),
    tf.exp(e),
  )
  return {
    value: tf.neg(tf.sum(tf.add(deviance, stirlingRest(counts)), -1)),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.mul(tf.expandDims(dy, -1), tf.sub(saved[1], tf.exp(saved[0]))),
      tf.zerosLike(saved[1]),
    ],
  }
})

const bound: BoundLikelihood = {
  logProb: (x, eta) => logProb(eta, x),
  mean: (eta) => tf.exp(eta),
  sample: (eta, draws) => poissonDraw(tf.exp(eta), draws),
  // Sum of both directions: Σ (η_a − η_b)(e^{η_a} − e^{η_b}).
  divergence: (a, b) => tf.sum(tf.mul(tf.sub(a, b), tf.sub(tf.exp(a), tf.exp(b))), -1),
}
