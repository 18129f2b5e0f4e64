import { requirePositive } from '../base/errors'
import { remember } from '../base/provenance'
import { weightedElbo, type Objective } from '../training/objective'

/**
 * β-VAE: the ELBO with its KL terms weighed by β, E_q log p(x|z) − β (KL_z + KL_w). Below 1 the code is cheaper, and less of it collapses; the result is no longer
 * a bound on log p(x). At β = 1 it is the ELBO, bit for bit.
 *
 * @param beta the weight, ≥ 0; a schedule given as `klWeight` is multiplied by it.
 * @returns the objective, for the option `objective` of `fit`.
 * @throws ArgumentError when β is negative.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.betaElbo(0.2) })
 * @see Higgins et al. 2017, eq. 4.
 */
export function betaElbo(beta: number): Objective {
  requirePositive('beta', beta, true)
  return remember('betaElbo', [beta], { name: 'betaElbo', klFactor: beta, ofParts: weightedElbo })
}
