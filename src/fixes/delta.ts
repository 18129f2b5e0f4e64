import * as tf from '@tensorflow/tfjs'
import { ArgumentError, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { PosteriorConstraint } from '../models/posterior'
import { withProvenance } from '../base/provenance'
import { describeFix, notForMixtures } from './fix'

/** Options of `delta`. */
export interface DeltaOptions {
  /** δ, nats, over all units of z; 1 by default. */
  delta?: number
}

const DEFAULTS = { delta: 1 }

/** The lower bound of every standard deviation in the library. */
const FLOOR = 1e-3

/**
 * δ-VAE: a posterior whose KL from the prior N(0, I) cannot fall below δ nats, since its standard deviations
 * stay below σ_u < 1, with
 *   −log σ_u + σ_u²/2 − 1/2 = δ / latent.
 * The KL is then at least δ at every data point. That does not ensure information: a posterior with constant
 * mean has this KL and no information about x.
 *
 * @param options `{ delta = 1 }`.
 * @returns the constraint, for the option `constraint` of a model without w.
 * @throws ArgumentError when δ is not positive; when built, for more than 6.4 nats per unit of z.
 * @example
 * const model = lid.vae({ likelihood: lid.bernoulli(784), latent: 16, constraint: lid.fixes.delta({ delta: 2 }), seed: 1 })
 * @see Razavi et al. 2019, section 2.1 (committed rate; here for a prior without autoregression).
 */
export function delta(options: DeltaOptions = {}): PosteriorConstraint {
  const { delta: least } = resolveOptions('delta', options, { delta: DEFAULTS.delta })
  requirePositive('delta', least)
  // Saved models refer to it by this name.
  return withProvenance('deltaPosterior', [least], ((_, latent) => {
    const most = largestSd(least / latent)
    if (most <= FLOOR)
      throw new ArgumentError(
        'delta',
        least,
        `at most 6.4 nats per unit of z, ${(6.4 * latent).toFixed(1)} for ${latent}`,
        'Standard deviations are never below 0.001.',
      )
    return {
      constrain: (moments) => {
        // From (0, ∞) to (FLOOR, most).
        const share = tf.div(moments.sd, tf.add(moments.sd, 1))
        return { ...moments, sd: tf.add(tf.mul(share, most - FLOOR), FLOOR) }
      },
    }
  }) satisfies PosteriorConstraint)
}

/** σ < 1 with −log σ + σ²/2 − 1/2 = rate, by bisection; slightly below it, for rounding. */
export function largestSd(rate: number): number {
  let [low, high] = [0, 1]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (-Math.log(middle) + middle ** 2 / 2 - 0.5 > rate) low = middle
    else high = middle
  }
  return low * (1 - 1e-5)
}

const fix = describeFix(
  {
    title: 'δ-VAE',
    part: 'posterior',
    summary: 'The standard deviations of q(z|x) stay below 1, so that its KL is never below δ.',
    equation: 'KL(q(z|x) ‖ p(z)) ≥ δ',
    source: 'Razavi et al. 2019, section 2.1',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ model: { constraint: delta(settings) } }),
  notForMixtures,
)
delta.about = fix.about
delta.on = fix.on
