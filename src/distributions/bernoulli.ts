import * as tf from '@tensorflow/tfjs'
import { requireInteger } from '../base/errors'
import { withProvenance } from '../base/provenance'
import type { BoundLikelihood, Likelihood } from './likelihood'

/**
 * The Bernoulli likelihood of binary data, x_d ~ Bernoulli(σ(η_d)):
 *   log p(x|η) = Σ_d x_d η_d − softplus(η_d).
 * Intensities in [0, 1] are binarised anew in each training epoch, and once, from a stored seed, for
 * evaluation.
 *
 * @param dim number of features: 784 for a 28 × 28 image.
 * @returns the likelihood, for a model builder.
 * @throws ArgumentError if dim is not an integer ≥ 1.
 * @example
 * const model = lid.lidvae({ likelihood: lid.bernoulli(784), latent: 16, seed: 1 })
 */
export function bernoulli(dim: number): Likelihood {
  requireInteger('bernoulli(dim)', dim)
  return withProvenance('bernoulli', [dim], {
    name: 'bernoulli',
    dim,
    accepts: ['intensity', 'binary'],
    etaOfMean,
    bind: () => bound,
  })
}

/** Log-odds of the mean, clipped to ±log 99. */
const etaOfMean = (mean: Float32Array): Float32Array =>
  mean.map((m) => {
    const p = Math.min(Math.max(m, 0.01), 0.99)
    return Math.log(p / (1 - p))
  })

/** Value and gradient (x − σ(η)) in a few operations. x is data and gets no gradient. */
const logProb = tf.customGrad((eta, x, save) => {
  const terms = tf.sub(tf.mul(x as tf.Tensor, eta as tf.Tensor), tf.softplus(eta as tf.Tensor))
  ;(save as unknown as (t: tf.Tensor[]) => void)([eta as tf.Tensor, x as tf.Tensor])
  return {
    value: tf.sum(terms, -1),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.mul(tf.expandDims(dy, -1), tf.sub(saved[1], tf.sigmoid(saved[0]))),
      tf.zerosLike(saved[1]),
    ],
  }
})

const bound: BoundLikelihood = {
  logProb: (x, eta) => logProb(eta, x),
  mean: (eta) => tf.sigmoid(eta),
  sample: (eta, draws) => tf.cast(tf.less(draws.uniform('x', eta.shape), tf.sigmoid(eta)), 'float32'),
  // Sum of both directions: Σ (η_a − η_b)(σ(η_a) − σ(η_b)).
  divergence: (a, b) => tf.sum(tf.mul(tf.sub(a, b), tf.sub(tf.sigmoid(a), tf.sigmoid(b))), -1),
}
