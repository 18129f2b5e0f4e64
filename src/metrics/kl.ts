import { meanEstimate, type Estimate } from './estimate'
import type { Evaluation } from './evaluation'

/**
 * KL of the approximate posterior from the prior, closed form: of z, Σ_w q(w|x) KL(q(z|x) ‖ p(z|w)), summed over units; of w, KL(q(w|x) ‖ p(w)); and of
 * each unit of z.
 *
 * @param evaluation from `evaluate`.
 * @returns `{ z, w, units }` in nats a data point; w is 0 without components.
 * @example
 * const { z, w, units } = lid.kl(evaluation)
 */
export function kl(evaluation: Pick<Evaluation, 'size' | 'latent' | 'klZ' | 'klW'>): {
  z: Estimate
  w: Estimate
  units: Estimate[]
} {
  const { size, latent, klZ, klW } = evaluation
  const how = `closed form, ${size} data points`
  const unit = (u: number) => Float64Array.from({ length: size }, (_, i) => klZ[i * latent + u])
  const total = Float64Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let u = 0; u < latent; u++) sum += klZ[i * latent + u]
    return sum
  })
  return {
    z: meanEstimate(total, how),
    w: meanEstimate(klW, how),
    units: Array.from({ length: latent }, (_, u) => meanEstimate(unit(u), how)),
  }
}
