import * as tf from '@tensorflow/tfjs'
import { normalKl, normalLogProb } from '../distributions/normal'
import { diagonalOf, eachTimes, inverseOfLower, times } from '../distributions/triangular'
import type { Prior } from './prior'

/** What `inComponents` gives: L_w⁻¹, L_w⁻¹ m_w and the diagonal of L_w, `[K, d, d]` and twice `[K, d]`. */
interface Whitening {
  readonly inverse: tf.Tensor
  readonly mean: tf.Tensor
  readonly diagonal: tf.Tensor
}

/** The maps that make components with full covariance standard normals. */
function whitening({ mean }: { mean: tf.Tensor }, L: tf.Tensor): Whitening {
  const diagonal = diagonalOf(L)
  const inverse = inverseOfLower(L, diagonal)
  return { inverse, mean: times(inverse, mean), diagonal }
}

/**
 * log p(z|w) of each unit: with full covariance log p(z_u | z_1 … z_{u−1}, w), which is normal about
 * L_w's prediction with the standard deviation (L_w)_uu.
 *
 * @param z `[…, 1 or K, latent]`. @returns `[…, K, latent]`, nats.
 */
export function componentLogProb(prior: Prior, z: tf.Tensor): tf.Tensor {
  const moments = prior.moments()
  if (!prior.factor) return normalLogProb(z, moments.mean, moments.sd)
  const { inverse, mean, diagonal } = whitening(moments, prior.factor())
  const standard = tf.sub(eachTimes(inverse, z), mean)
  return tf.sub(normalLogProb(standard, tf.scalar(0), tf.scalar(1)), tf.log(diagonal))
}

/**
 * KL(N(mean, diag sd²) ‖ p(z|w)) of each unit; with full covariance
 *   Σ_u log (L_uu/s_u) + ½[(L⁻¹(m − m_w))_u² + Σ_v (L⁻¹)_uv² s_v² − 1],
 * whose term of unit u is the KL from p(z_u | z_1 … z_{u−1}, w), averaged over q: none is below 0.
 *
 * @param mean `[batch, 1 or K, latent]`. @param sd the same. @returns `[batch, K, latent]`, nats.
 */
export function componentKl(prior: Prior, mean: tf.Tensor, sd: tf.Tensor): tf.Tensor {
  const moments = prior.moments()
  if (!prior.factor) return normalKl(mean, sd, moments.mean, moments.sd)
  const { inverse, mean: centre, diagonal } = whitening(moments, prior.factor())
  const shift = tf.square(tf.sub(eachTimes(inverse, mean), centre))
  const spread = eachTimes(tf.square(inverse), tf.square(sd))
  const logs = tf.sub(tf.log(diagonal), tf.log(sd))
  return tf.add(logs, tf.div(tf.sub(tf.add(shift, spread), 1), 2))
}
