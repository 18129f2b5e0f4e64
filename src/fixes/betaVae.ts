import * as tf from '@tensorflow/tfjs'
import { requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import { weightedElbo, type Objective } from '../training/objective'
import { describeFix } from './fix'

/** Options of `betaVae`. */
export interface BetaVaeOptions {
  /** β, the weight of the KL, ≥ 0; 0.2 by default. */
  beta?: number
}

const DEFAULTS = { beta: 0.2 }

/**
 * β-VAE: the ELBO with its KL terms weighted by β, E_q log p(x|z) − β (KL_z + KL_w). With β < 1 information
 * in z costs less, and less of it collapses; the result is no longer a bound on log p(x). At β = 1 it is the
 * ELBO, bit for bit. A weight given as `klWeight`, such as an annealing, is multiplied by β; the history
 * records the product.
 *
 * @param options `{ beta = 0.2 }`.
 * @returns the objective, for the option `objective` of `fit`.
 * @throws ArgumentError when β is negative.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.fixes.betaVae({ beta: 0.2 }) })
 * @see Higgins et al. 2017, eq. 4.
 */
export function betaVae(options: BetaVaeOptions = {}): Objective {
  const { beta } = resolveOptions('betaVae', options, { beta: DEFAULTS.beta })
  requirePositive('beta', beta, true)
  // Run folders refer to it by this name.
  return withProvenance('betaElbo', [beta], {
    name: 'betaElbo',
    klWeight: (given) => beta * given,
    ofParts: (parts, klWeight) => weightedElbo(parts, tf.mul(beta, klWeight)),
  } satisfies Objective)
}

const fix = describeFix(
  {
    title: 'β-VAE',
    part: 'objective',
    summary: 'The KL is weighted by β.',
    equation: 'E_q log p(x|z) − β KL(q ‖ p)',
    source: 'Higgins et al. 2017, eq. 4',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ fit: { objective: betaVae(settings) } }),
)
betaVae.about = fix.about
betaVae.on = fix.on
