import * as tf from '@tensorflow/tfjs'
import { normalLogProb } from '../distributions/normal'
import { cholesky, diagonalOf, inverseOfLower, times } from '../distributions/triangular'
import type { Draws } from '../compute/draws'
import { matMul } from '../compute/ops'
import { componentLogProb } from '../models/components'
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
  /** What the flatness of each unit needs of the draws, computed as they were drawn where they are not kept. */
  readonly shifts?: UnitShifts
}

/** How the importance weights correct the moments of the draws of each unit. */
export interface UnitShifts {
  /** The correction of the mean, in standard deviations of the proposal, `[N, K, latent]`. */
  readonly mean: Float64Array
  /** Logarithm of the factor of the variance, `[N, K, latent]`. */
  readonly logFactor: Float64Array
}

/**
 * Draws for each component if q(z|x) is one normal for all components. A draw of q(z|x) lies near the most
 * probable component and carries almost no information about p(x|w) of other components. The proposal is
 * therefore r_w(z|x) ∝ q(z|x) p(z|w) / Π_v p(z|v)^q(v|x): the likelihood of z implied by q, times that
 * component's prior. It is exact if the likelihood is Gaussian in z and q is the best of its family, and
 * equals p(z|w) in units in which q equals the prior. All components use the same noise, so that in units in
 * which the likelihood is flat the error is the same for all components, and F_w is 0.
 *
 * With full covariance the precisions are matrices, and so is that of r_w; `sd` then is of single units.
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
  if (model.prior.factor) return correlatedTerms(model, model.prior.factor(), x, draws, samples)
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

/** The same for components with full covariance, P_w = (L_w L_wᵀ)⁻¹: r_w has the precision Λ + P_w. */
function correlatedTerms(
  model: Model,
  L: tf.Tensor,
  x: tf.Tensor,
  draws: Draws,
  samples: number,
): Record<'mean' | 'sd' | 'z' | 'logRatio', tf.Tensor> {
  const { latent, components } = model
  const batch = x.shape[0]
  const q = momentsOfZ(model.posterior, x)
  const { mean: centres } = model.prior.moments()
  const inverse = inverseOfLower(L, diagonalOf(L))
  const precision = tf.matMul(inverse, inverse, true)
  const pull = times(precision, centres)
  const w = tf.exp(q.logW)
  const mixed = tf.reshape(matMul(w, tf.reshape(precision, [components, latent * latent])), [
    batch,
    latent,
    latent,
  ])
  const ofQ = tf.squeeze(tf.reciprocal(tf.square(q.sd)), [1])
  const qMean = tf.squeeze(q.mean, [1])
  // What q says about the likelihood beyond the prior: its precision Λ of each unit, and its slope.
  const ofLikelihood = tf.relu(tf.sub(ofQ, diagonalOf(mixed)))
  const slope = tf.sub(tf.add(tf.mul(ofLikelihood, qMean), times(mixed, qMean)), matMul(w, pull))
  const total = tf.add(tf.expandDims(tf.mul(tf.expandDims(ofLikelihood, 2), tf.eye(latent)), 1), precision)
  const C = cholesky(total)
  const diagonal = diagonalOf(C)
  const back = inverseOfLower(C, diagonal)
  const turned = tf.transpose(back, [0, 1, 3, 2])
  const mean = times(turned, times(back, tf.add(tf.expandDims(slope, 1), pull)))
  const sd = tf.sqrt(tf.sum(tf.square(turned), 3))
  const noise = draws.normal('z given w', [batch, samples, 1, latent])
  // [batch, K, latent, samples] back to [batch, samples, K, latent].
  const rows = tf.tile(tf.transpose(tf.reshape(noise, [batch, samples, 1, latent]), [0, 2, 3, 1]), [
    1,
    components,
    1,
    1,
  ])
  const moved = tf.transpose(tf.matMul(turned, rows), [0, 3, 1, 2])
  const z = tf.add(tf.expandDims(mean, 1), moved)
  const logLikelihood = model.conditional.logProb(x, z)
  const logQ = tf.add(
    tf.sum(normalLogProb(noise, tf.scalar(0), tf.scalar(1)), -1),
    tf.expandDims(tf.sum(tf.log(diagonal), -1), 1),
  )
  const logPrior = tf.sum(componentLogProb(model.prior, z), -1)
  return { mean, sd, z, logRatio: tf.add(tf.sub(logLikelihood, logQ), logPrior) }
}
