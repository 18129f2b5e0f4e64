import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import { gaussian } from '../distributions/gaussian'
import { matMul } from '../compute/ops'
import { inverseSoftplus } from '../compute/parameters'
import { ArgumentError, requireInteger, requirePositive, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import { vae } from './builders'
import type { DecoderBuilder } from './decoder'
import type { Model } from './model'
import type { EncoderBuilder } from './posterior'
import type { Ppca } from './ppca'

/** Deliberate errors of the encoder of a `linearVae`. */
export interface LinearVaeOptions {
  /** Shift of the mean of q(z|x) in every unit, in its standard deviations; 0 by default. */
  shift?: number
  /** Factor on the standard deviations of q(z|x); 1 by default. */
  widen?: number
  /** Units, counted from 0, in which q(z|x) equals the prior for every x; none by default. */
  ignore?: readonly number[]
}

/** Lower bound of every encoder's standard deviation. */
const LEAST_SD = 1e-3

/**
 * A probabilistic PCA as a VAE with fixed linear encoder and decoder, q(z|x) = N(E[z|x], diag 1/precision):
 * for `evaluate` and every metric, to compare them with the closed forms. q is the exact posterior where the
 * rows of W are orthogonal (`ppca.rotated()`), and the best approximation with independent units otherwise.
 *
 * @param model from `ppca`.
 * @param options `{ shift = 0, widen = 1, ignore = [] }`.
 * @returns a model of kind `vae`.
 * @throws ArgumentError when `widen` is not positive, `shift` not finite, `ignore` names a unit that is not
 *   there, or a standard deviation of q(z|x) would be 0.001 or less; EngineError before `ready()`.
 * @example
 * const linear = lid.linearVae(lid.ppca({ weights: [[1, 2, 0]], sigma: 0.5 }))
 * @see Lucas et al. 2019, section 3.
 */
export function linearVae(model: Ppca, options: LinearVaeOptions = {}): Model<DataSet> {
  const { shift, widen, ignore } = resolveOptions('linearVae', options, { shift: 0, widen: 1, ignore: [] })
  if (typeof (model as Partial<Ppca> | undefined)?.logLikelihood !== 'function' || !model.weights)
    throw new ArgumentError('model', model, 'a PPCA model', 'For example the result of lid.ppca({ … }).')
  requirePositive('widen', widen)
  const { latent, dim, weights, sigma, mean } = model
  if (!Number.isFinite(shift)) throw new ArgumentError('shift', shift, 'a finite number')
  ignore.forEach((unit, i) => requireInteger(`ignore[${i}]`, unit, 0, latent - 1))
  const precisions = weights.map((row) => 1 + row.reduce((sum, w) => sum + w * w, 0) / sigma ** 2)
  const sds = precisions.map((precision, k) => (ignore.includes(k) ? 1 : widen / Math.sqrt(precision)))
  const narrow = sds.findIndex((sd) => !(sd > LEAST_SD))
  if (narrow !== -1)
    throw new ArgumentError(
      'model',
      unquoted(`one where q(z|x) of unit ${narrow} has the standard deviation ${sds[narrow]}`),
      `a model whose q(z|x) has standard deviations above ${LEAST_SD}, the least that an encoder has`,
      'Give a larger sigma, smaller weights or a larger widen.',
    )
  // The posterior's mean is linear in x: unit steps of x give its columns.
  const gain = Array.from({ length: dim }, (_, d) =>
    Array.from(model.posterior(mean.map((m, e) => m + (d === e ? 1 : 0))).mean, (g, k) =>
      ignore.includes(k) ? 0 : g,
    ),
  )
  const encoder: EncoderBuilder = (parameters, from, to) => {
    const g = parameters.constant('gain', gain.flat(), [dim, latent])
    const centre = parameters.constant('centre', [...mean], [1, dim])
    const moved = parameters.constant(
      'shift',
      precisions.map((precision, k) => (ignore.includes(k) ? 0 : shift / Math.sqrt(precision))),
      [1, latent],
    )
    const free = parameters.constant(
      'spread',
      sds.map((sd) => inverseSoftplus(sd - LEAST_SD)),
      [1, latent],
    )
    return {
      from,
      to,
      apply: (x) => {
        const means = tf.add(matMul(tf.sub(x, centre), g), moved)
        return tf.concat([means, tf.add(free, tf.zerosLike(means))], 1)
      },
    }
  }
  const decoder: DecoderBuilder = (parameters) => {
    const W = parameters.constant('W', weights.flat(), [latent, dim])
    const offset = parameters.constant('mean', [...mean], [1, dim])
    return { from: latent, to: dim, apply: (z) => tf.add(matMul(z, W), offset) }
  }
  const made = vae({ likelihood: gaussian(dim, { sigma }), latent, encoder, decoder })
  return withProvenance('linearVae', [{ weights, sigma, mean }, options], made)
}
