import { meanEstimate, type Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import { logLikelihoodGivenW, logSumExp, pointElbos, pointLogLikelihoods } from './logLikelihood'
import { unitFlatness } from './unitFlatness'
import { requireEvaluation } from './requireEvaluation'

/**
 * Flatness of the likelihood in each latent variable at these data: 0 if the exact posterior equals the
 * prior.
 */
export interface Flatness {
  /**
   * F_z = log p(x) − E_{p(z)} log p(x|z) ≥ 0; the estimate may be slightly below 0 because of sampling error.
   */
  z: Estimate
  /** F_w = log p(x) − (1/K) Σ_w log p(x|w); 0 without components. */
  w: Estimate
  /** F of each unit of z, from the posterior's moments. */
  units: Estimate[]
  /** F_z of each data point, `[N]`, nats. */
  pointsZ: Float64Array
  /** F_w of each data point, `[N]`, nats; zeros without w. */
  pointsW: Float64Array
}

/**
 * Flatness of the likelihood in each latent variable, F_v(x) = KL(p(v) ‖ p(v|x)) ≥ 0, zero iff the exact
 * posterior of v has collapsed at x: F_z(x) = log p(x) − E_{p(z)} log p(x|z), F_w(x) = log p(x) − (1/K) Σ_w
 * log p(x|w). For one unit of z, F is the KL between normals with the moments of the prior and of the
 * importance-weighted posterior: exact if both are normal, and 0 if they agree.
 *
 * F is never negative, but its estimate can be, because of sampling error and the bias of log p(x); a
 * negative estimate counts as 0.
 *
 * Bias: log p(x) is a lower bound (see `logLikelihood`), and F_z is too low by the same amount. F_w uses log
 * p(x|w) from draws for each component with the same noise. It is exactly 0 if the components agree, or
 * differ only in units in which the likelihood is flat and q equals the prior. Elsewhere it is too high by
 * about half the variance over w of the error of log p(x|w), with a further error if q is poor. F of a unit
 * is too low if few draws carry most of the weight.
 *
 * @param evaluation from `evaluate`.
 * @returns nats per data point: means, and the value of each data point.
 * @throws ArgumentError for anything else.
 * @example
 * lid.flatness(evaluation).w.value // near 0: the model is non-identifiable in w here
 * @see Wang, Blei, Cunningham 2021, theorem 1.
 */
export function flatness(evaluation: Evaluation): Flatness {
  requireEvaluation(evaluation, 'priorLogLikelihood', 'given')
  const { size, components, samples, priorSamples, given } = evaluation
  const logX = pointLogLikelihoods(evaluation)
  const pointsZ = logX.map((log, i) => log - evaluation.priorLogLikelihood[i])
  const givenW = logLikelihoodGivenW(evaluation)
  const pointsW = Float64Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let k = 0; k < components; k++) sum += givenW[i * components + k]
    const log = logSumExp(givenW, i * components, components) - Math.log(components)
    // log-mean-exp is never below the mean, up to rounding.
    return components === 1 ? 0 : Math.max(0, log - sum / components)
  })
  return {
    z: meanEstimate(
      pointsZ,
      `importance-weighted, ${samples} draws, ${priorSamples} of the prior, ${size} data points`,
    ),
    w: meanEstimate(
      pointsW,
      `importance-weighted, ${given.samples} draws per component, exact sum over w, ${size} data points`,
    ),
    units: unitFlatness(evaluation),
    pointsZ,
    pointsW,
  }
}

/** The inference gap of each latent variable: how far q is from the exact posterior, in nats. */
export interface InferenceGap {
  /** log p(x) − ELBO, all variables together. */
  total: Estimate
  /** E_{q(w|x)} KL(q(z|x) ‖ p(z|x, w)): the remainder of the total. */
  z: Estimate
  /** KL(q(w|x) ‖ p(w|x)); 0 without components. */
  w: Estimate
}

/**
 * The inference gap log p(x) − ELBO = KL(q ‖ exact posterior), and the contribution of each latent variable:
 * that of w is KL(q(w|x) ‖ p(w|x)), with p(w|x) from the importance-weighted p(x|w); that of z is the
 * remainder. It is too low by the bias of log p(x) (see `logLikelihood`).
 *
 * @param evaluation from `evaluate`.
 * @returns nats per data point.
 * @throws ArgumentError for anything else.
 * @example
 * lid.inferenceGap(evaluation).total.value
 * @see Cremer et al. 2018, eq. 4.
 */
export function inferenceGap(evaluation: Evaluation): InferenceGap {
  requireEvaluation(evaluation, 'logW', 'given')
  const { size, components, logW, samples, given } = evaluation
  const logX = pointLogLikelihoods(evaluation)
  const bounds = pointElbos(evaluation)
  const total = logX.map((log, i) => log - bounds[i])
  const givenW = logLikelihoodGivenW(evaluation)
  const w = Float64Array.from({ length: size }, (_, i) => {
    const normalizer = logSumExp(givenW, i * components, components)
    let sum = 0
    for (let k = 0; k < components; k++) {
      const q = logW[i * components + k]
      sum += Math.exp(q) * (q - (givenW[i * components + k] - normalizer))
    }
    return components === 1 ? 0 : Math.max(0, sum)
  })
  const how = `importance-weighted, ${samples} draws, ${size} data points`
  return {
    total: meanEstimate(total, how),
    z: meanEstimate(
      total.map((gap, i) => gap - w[i]),
      how,
    ),
    w: meanEstimate(w, `importance-weighted, ${given.samples} draws per component, ${size} data points`),
  }
}
