import { meanEstimate, type Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import { klSource } from './kl'
import { pointElbos } from './importance'
import { requireEvaluation } from './requireEvaluation'

/** The position of a model in the rate–distortion plane: R + D = −ELBO. */
export interface RateDistortion {
  /** R = E_x KL(q(z, w|x) ‖ p(z, w)), nats per data point: all latent variables together. */
  readonly rate: Estimate
  /** D = −E_x E_q log p(x|z), nats per data point. */
  readonly distortion: Estimate
}

/**
 * Rate and distortion: R = KL(q(z|x) ‖ p(z|w)) + KL(q(w|x) ‖ p(w)), D = −E_q log p(x|z), means over the data,
 * R + D = −ELBO. A collapsed model has R = 0.
 *
 * @param evaluation from `evaluate`.
 * @returns `{ rate, distortion }` in nats per data point, with standard errors over data points.
 * @throws ArgumentError for anything else.
 * @example
 * const { rate, distortion } = lid.rateDistortion(evaluation)
 * @see Alemi et al. 2018 (Fixing a broken ELBO), rate and distortion.
 */
export function rateDistortion(
  evaluation: Pick<
    Evaluation,
    'size' | 'samples' | 'latent' | 'reconstruction' | 'klZ' | 'klW' | 'klIsSampled'
  >,
): RateDistortion {
  requireEvaluation(evaluation, 'reconstruction', 'klZ', 'klW')
  const { size, samples, reconstruction } = evaluation
  const bounds = pointElbos(evaluation)
  return {
    rate: meanEstimate(
      reconstruction.map((fit, i) => fit - bounds[i]),
      `${klSource(evaluation)}, ${size} data points`,
    ),
    distortion: meanEstimate(
      reconstruction.map((fit) => -fit),
      `${samples} draws, ${size} data points`,
    ),
  }
}
