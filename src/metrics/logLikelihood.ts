import { meanEstimate, type Estimate } from '../base/estimate'
import { drawsOf, type Evaluation } from './evaluation'
import { pointElbos } from './importance'
import { klSource } from './kl'
import { logEvidence, withCorrection } from './logEvidence'
import { requireEvaluation } from './requireEvaluation'

/**
 * Held-out log-likelihood, importance-weighted: mean over data points of log (1/S) Σ_s p(x|z_s)
 * p(z_s)/q(z_s|x), where the mean inside the logarithm is per data point and w is summed exactly. It is a
 * lower bound in expectation: its bias is −Var(weights)/(2 S E[weights]²) for large S, and it is 0 if the
 * proposal is the exact posterior. Where doubling the draws still changes it, `evaluate` takes more draws for
 * a sample of the data points, and their mean difference is added; `bias` says what may be left after that.
 * The prior takes the place of q where it gives the greater mean. Of a handful of data points this choice
 * between two noisy means itself raises the value: by some 0.1 nat of one point, by nothing of a hundred.
 *
 * @param evaluation from `evaluate`.
 * @returns nats per data point, with the standard error over data points, and the bias that may be left.
 * @throws ArgumentError for anything else.
 * @example
 * lid.logLikelihood(await lid.evaluate(model, test, { samples: 100 }))
 * @see Burda et al. 2016, eq. 8.
 */
export function logLikelihood(evaluation: Evaluation): Estimate {
  requireEvaluation(evaluation, 'logRatio')
  const evidence = logEvidence(evaluation)
  const how = `${drawsOf(evaluation)}, ${evaluation.size} data points`
  return withCorrection(evidence.points, evidence, how)
}

/**
 * The evidence lower bound: E_q log p(x|z) − KL(q(z|x) ‖ p(z)) − KL(q(w|x) ‖ p(w)), nats per data point.
 *
 * @param evaluation from `evaluate`.
 * @returns its mean over data points.
 * @throws ArgumentError for anything else.
 * @example
 * lid.elbo(evaluation)
 */
export function elbo(evaluation: Evaluation): Estimate {
  requireEvaluation(evaluation, 'reconstruction', 'klZ', 'klW')
  return meanEstimate(
    pointElbos(evaluation),
    `${evaluation.samples} draws, ${klSource(evaluation)}, ${evaluation.size} data points`,
  )
}
