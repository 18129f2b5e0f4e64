import * as tf from '@tensorflow/tfjs'
import { constantInit, valuesInit } from '../compute/parameters'
import { requirePositive, requireShare } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { PosteriorConstraint } from '../models/posterior'
import { withProvenance } from '../base/provenance'
import { describeFix, notForMixtures } from './fix'

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** γ: standard deviation of E[z_u|x] over the data, fixed; 0.6 by default. */
  gamma?: number
  /** The share of the running statistics that a batch replaces; 0.1 by default. */
  momentum?: number
}

const DEFAULTS = { gamma: 0.6 }

/** So small that the bound also holds where the unnormalised means hardly vary. */
const EPSILON = 1e-8

/**
 * Batch-normalised posterior: the means of q(z|x) are normalised over the batch, γ (mean − batch mean) /
 * batch sd + β, γ fixed and β learned, so that
 *   E_x KL(q(z|x) ‖ N(0, I)) ≥ latent · γ²/2 + Σ_u β_u²/2
 * for every weight. Evaluation uses running averages instead of the batch's statistics; they are saved with
 * the model. Rows that fill up a last batch of texts count too.
 *
 * @param options `{ gamma = 0.6, momentum = 0.1 }`.
 * @returns the constraint, for the option `constraint` of a model without w.
 * @throws ArgumentError when γ is not positive or the momentum is not in [0, 1).
 * @example
 * const model = lid.vae({ likelihood: lid.bernoulli(784), latent: 16, constraint: lid.fixes.batchNorm(), seed: 1 })
 * @see Zhu et al. 2020, eq. 7 and algorithm 1.
 */
export function batchNorm(options: BatchNormOptions = {}): PosteriorConstraint {
  const { gamma, momentum } = resolveOptions('batchNorm', options, { gamma: DEFAULTS.gamma, momentum: 0.1 })
  requirePositive('gamma', gamma)
  requireShare('momentum', momentum)
  // Saved models refer to it by this name.
  return withProvenance('batchNormPosterior', [options], ((parameters, latent) => {
    const scope = parameters.scope('encoder').scope('batchNorm')
    const shift = scope.variable('shift', [latent], constantInit(0))
    const start = Array.from({ length: 2 * latent }, (_, i) => (i < latent ? 0 : 1))
    const running = scope.state('running', [2, latent], valuesInit(start))
    return {
      constrain: (moments, training) => {
        const rows = tf.reshape(moments.mean, [-1, latent])
        const [mean, variance] = training ? ofBatch(rows) : ofRunning(running, latent)
        const normal = tf.div(tf.sub(moments.mean, mean), tf.sqrt(tf.add(variance, EPSILON)))
        return {
          ...moments,
          mean: tf.add(tf.mul(normal, gamma), shift),
          ...(training && { statistics: tf.concat([mean, variance]) }),
        }
      },
      keep: (statistics) =>
        tf.tidy(() =>
          running.assign(
            tf.add(
              tf.mul(running, 1 - momentum),
              tf.mul(tf.tensor2d([...statistics], [2, latent]), momentum),
            ),
          ),
        ),
    }
  }) satisfies PosteriorConstraint)
}

function ofBatch(rows: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const mean = tf.mean(rows, 0)
  return [mean, tf.mean(tf.square(tf.sub(rows, mean)), 0)]
}

const ofRunning = (running: tf.Tensor, latent: number): [tf.Tensor, tf.Tensor] => [
  tf.reshape(tf.slice(running, [0, 0], [1, latent]), [latent]),
  tf.reshape(tf.slice(running, [1, 0], [1, latent]), [latent]),
]

const fix = describeFix(
  {
    title: 'Batch-normalised posterior',
    part: 'posterior',
    summary: 'The means of q(z|x) are normalised over the batch, which forces them to vary.',
    equation: 'E_x KL ≥ latent · γ²/2',
    source: 'Zhu et al. 2020, eq. 7',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ model: { constraint: batchNorm(settings) } }),
  notForMixtures,
)
batchNorm.about = fix.about
batchNorm.on = fix.on
