import * as tf from '@tensorflow/tfjs'
import { constantInit, inverseSoftplus } from '../compute/parameters'
import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import type { BoundLikelihood, Likelihood } from './likelihood'
import { normalLogProb } from './normal'

/** Options of `gaussian`. */
export interface GaussianOptions {
  /**
   * The standard deviation of every feature: a number, or `'learned'` for one learned number shared by all
   * features. 1 by default.
   */
  sigma?: number | 'learned'
  /**
   * The lower bound of a learned σ; 0.05 by default. Without a bound the likelihood of real data has no
   * maximum.
   */
  floor?: number
}

/**
 * The Gaussian likelihood of real data, x_d ~ N(η_d, σ²), where σ is fixed, or learned, shared by all
 * features and bounded below:
 *   log p(x|η) = Σ_d −(x_d − η_d)²/(2σ²) − log σ − ½ log 2π.
 *
 * @param dim number of features.
 * @param options `{ sigma = 1, floor = 0.05 }`, in the data's unit.
 * @returns the likelihood, for a model builder.
 * @throws ArgumentError if dim is not an integer ≥ 1, or σ or its floor is not positive.
 * @example
 * const model = lid.lidvae({ likelihood: lid.gaussian(2, { sigma: 'learned' }), latent: 2, seed: 1 })
 */
export function gaussian(dim: number, options: GaussianOptions = {}): Likelihood {
  const { sigma, floor } = resolveOptions('gaussian', options, { sigma: 1, floor: 0.05 })
  requireInteger('gaussian(dim)', dim)
  requirePositive('floor', floor)
  if (sigma !== 'learned' && !(Number.isFinite(sigma) && sigma > 0))
    throw new ArgumentError('sigma', sigma, "a number > 0 or 'learned'", 'Give σ in the unit of the data.')
  return withProvenance('gaussian', [dim, options], {
    name: 'gaussian',
    dim,
    accepts: ['real', 'count', 'intensity', 'binary'],
    etaOfMean: (mean) => mean,
    bind: (parameters) => {
      if (sigma !== 'learned') return withSigma(() => tf.scalar(sigma))
      const free = parameters.variable('sigma', [], constantInit(inverseSoftplus(Math.max(1 - floor, floor))))
      return { ...withSigma(() => tf.add(tf.softplus(free), floor)), floor }
    },
  })
}

const withSigma = (sigma: () => tf.Tensor): BoundLikelihood => ({
  logProb: (x, eta) => tf.sum(normalLogProb(x, eta, sigma()), -1),
  mean: (eta) => eta,
  sample: (eta, draws) => tf.add(eta, tf.mul(sigma(), draws.normal('x', eta.shape))),
  divergence: (a, b) => tf.sum(tf.square(tf.div(tf.sub(a, b), sigma())), -1),
  sigma,
})
