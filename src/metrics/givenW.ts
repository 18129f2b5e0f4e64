import * as tf from '@tensorflow/tfjs'
import { normalLogProb } from '../distributions/normal'
import type { Draws } from '../compute/draws'
import { matMul } from '../compute/ops'
import type { Model } from '../models/model'
import { momentsOfZ } from '../models/posterior'

/**
 * Separate draws of z for each component, with their weights: the basis of log p(x|w), p(w|x) and the
 * flatness of w and of each unit.
 */
export interface GivenW {
  /** C, draws per data point and component. */
  readonly samples: number
  /** Means of the proposal normals, `[N, K, latent]`. */
  readonly mean: Float32Array
  /** Their standard deviations, `[N, K, latent]`. */
  readonly sd: Float32Array
  /** The draws, `[N, C, K, latent]`, the same noise for every component. */
  readonly z: Float32Array
  /** log p(x|z) p(z|w) / r_w(z|x), `[N, C, K]`: log-mean-exp over draws is log p(x|w). */
  readonly logRatio: Float32Array
}

/**
 * Draws for each component if q(z|x) is one normal for all components. A draw of q(z|x) lies near the most
 * probable component and carries almost no information about p(x|w) of other components. The proposal is
 * therefore r_w(z|x) ∝ q(z|x) p(z|w) / Π_v p(z|v)^q(v|x): the likelihood of z implied by q, times that
 * component's prior. It is exact if the likelihood is Gaussian in z and q is the best of its family, and
 * equals p(z|w) in units in which q equals the prior. All components use the same noise, so that in units in
 * which the likelihood is flat the error is the same for all components, and F_w is 0.
 *
 * @param x `[batch, dim]`
 * @returns tensors shaped as in `GivenW`, with the batch in place of N.
 */
export function componentTerms(
  model: Model,
  x: tf.Tensor,
  draws: Draws,
  samples: number,
): Record<'mean' | 'sd' | 'z' | 'logRatio', tf.Tensor> {
  const { latent } = model
  const batch = x.shape[0]
  const q = momentsOfZ(model.posterior, x)
  const prior = model.prior.moments()
  const precision = tf.reciprocal(tf.square(prior.sd))
  const w = tf.exp(q.logW)
  const mixed = tf.expandDims(matMul(w, precision), 1)
  const centre = tf.div(tf.expandDims(matMul(w, tf.mul(precision, prior.mean)), 1), mixed)
  const ofQ = tf.reciprocal(tf.square(q.sd))
  // If q is wider than the prior, the likelihood counts as flat, up to a slope.
  const ofLikelihood = tf.relu(tf.sub(ofQ, mixed))
  const shift = tf.add(tf.mul(tf.sub(q.mean, centre), ofQ), tf.mul(centre, ofLikelihood))
  const total = tf.add(ofLikelihood, precision)
  const mean = tf.div(tf.add(shift, tf.mul(precision, prior.mean)), total)
  const sd = tf.rsqrt(total)
  const [m, s] = [tf.expandDims(mean, 1), tf.expandDims(sd, 1)]
  const z = tf.add(m, tf.mul(s, draws.normal('z given w', [batch, samples, 1, latent])))
  const logLikelihood = model.conditional.logProb(x, z)
  const logQ = tf.sum(normalLogProb(z, m, s), -1)
  const logPrior = tf.sum(normalLogProb(z, prior.mean, prior.sd), -1)
  return { mean, sd, z, logRatio: tf.add(tf.sub(logLikelihood, logQ), logPrior) }
}
