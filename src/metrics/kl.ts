import { meanEstimate, type Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import { requireEvaluation } from './requireEvaluation'

/**
 * KL of the approximate posterior from the prior: for z, Σ_w q(w|x) KL(q(z|x) ‖ p(z|w)), summed over units;
 * for w, KL(q(w|x) ‖ p(w)); and for each unit of z. It is in closed form, or from one draw if there is no
 * closed form (flows, VampPrior).
 *
 * @param evaluation from `evaluate`.
 * @returns `{ z, w, units }` in nats per data point; w is 0 without components.
 * @throws ArgumentError for anything else.
 * @example
 * const { z, w, units } = lid.kl(evaluation)
 */
export function kl(evaluation: Pick<Evaluation, 'size' | 'latent' | 'klZ' | 'klW' | 'klIsSampled'>): {
  z: Estimate
  w: Estimate
  units: Estimate[]
} {
  requireEvaluation(evaluation, 'klZ', 'klW')
  const { size, latent, klZ, klW } = evaluation
  const of = `${size} data points`
  const how = evaluation.klIsSampled ? `one draw per data point, ${of}` : `closed form, ${of}`
  const unit = (u: number) => Float64Array.from({ length: size }, (_, i) => klZ[i * latent + u])
  const total = Float64Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let u = 0; u < latent; u++) sum += klZ[i * latent + u]
    return sum
  })
  return {
    z: meanEstimate(total, how),
    w: meanEstimate(klW, `closed form, ${of}`),
    units: Array.from({ length: latent }, (_, u) => meanEstimate(unit(u), how)),
  }
}

/** How the KL of a bound was computed, for an estimate's `estimator`. */
export const klSource = ({ klIsSampled }: Pick<Evaluation, 'klIsSampled'>): string =>
  klIsSampled ? 'sampled KL' : 'closed-form KL'
