import { meanEstimate, type Estimate } from '../base/estimate'
import { drawsOf, type Evaluation } from './evaluation'
import type { GivenW } from './givenW'
import { logLikelihoodGivenW, logSumExp, pointElbos } from './importance'
import { biasLeft, logEvidence, withCorrection } from './logEvidence'
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
  const { size, priorSamples, given } = evaluation
  const evidence = logEvidence(evaluation)
  const pointsZ = evidence.points.map((log, i) => log - evaluation.priorLogLikelihood[i])
  const pointsW = flatnessOfW(evaluation)
  return {
    z: withCorrection(
      pointsZ,
      evidence,
      `${drawsOf(evaluation)}, ${priorSamples} of the prior, ${size} data points`,
    ),
    w: {
      ...meanEstimate(
        pointsW,
        `importance-weighted, ${given.samples} draws per component, exact sum over w, ${size} data points`,
      ),
      ...biasOverW(evaluation, flatnessOfW),
    },
    units: unitFlatness(evaluation),
    pointsZ,
    pointsW,
  }
}

/** F_w of each data point, `[N]`, nats: log-mean-exp over w less the mean, of log p(x|w). */
function flatnessOfW(e: ByComponent): Float64Array {
  const { size, components } = e
  const givenW = logLikelihoodGivenW(e)
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let k = 0; k < components; k++) sum += givenW[i * components + k]
    const log = logSumExp(givenW, i * components, components) - Math.log(components)
    // log-mean-exp is never below the mean, up to rounding.
    return components === 1 ? 0 : Math.max(0, log - sum / components)
  })
}

type ByComponent = Pick<Evaluation, 'size' | 'components' | 'given' | 'logW'>

/**
 * The bias that may be left in a mean of values from log p(x|w), which noise in it makes too high: from the
 * values with half of the draws.
 */
function biasOverW(e: ByComponent, values: (e: ByComponent) => Float64Array): { bias?: number } {
  const { given, components } = e
  const half = given.samples >> 1
  if (components === 1 || half === 0) return {}
  const halves = [0, half].map((from) => values({ ...e, given: someDraws(e, from, half) }))
  const left = biasLeft([values(e), halves[0].map((value, i) => (value + halves[1][i]) / 2)])
  return left > 0 ? { bias: left } : {}
}

/** Some of the draws for each component. */
function someDraws({ size, components, given }: ByComponent, from: number, count: number): GivenW {
  const logRatio = new Float32Array(size * count * components)
  for (let i = 0; i < size; i++) {
    const start = (i * given.samples + from) * components
    logRatio.set(given.logRatio.subarray(start, start + count * components), i * count * components)
  }
  return { ...given, samples: count, logRatio }
}

/** The inference gap of each latent variable: how far q is from the exact posterior, in nats. */
export interface InferenceGap {
  /** log p(x) − ELBO, all variables together. */
  total: Estimate
  /** E_{q(w|x)} KL(q(z|x) ‖ p(z|x, w)): the remainder of the total. */
  z: Estimate
  /** KL(q(w|x) ‖ p(w|x)); 0 without components. */
  w: Estimate
  /** That of each data point, `[N]`, nats; zeros without w. */
  pointsW: Float64Array
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
  const { size, given } = evaluation
  const evidence = logEvidence(evaluation)
  const bounds = pointElbos(evaluation)
  const total = evidence.points.map((log, i) => log - bounds[i])
  const w = gapOfW(evaluation)
  const how = `${drawsOf(evaluation)}, ${size} data points`
  return {
    total: withCorrection(total, evidence, how),
    z: withCorrection(
      total.map((gap, i) => gap - w[i]),
      evidence,
      how,
    ),
    w: {
      ...meanEstimate(w, `importance-weighted, ${given.samples} draws per component, ${size} data points`),
      ...biasOverW(evaluation, gapOfW),
    },
    pointsW: w,
  }
}

/** KL(q(w|x) ‖ p(w|x)) of each data point, `[N]`, nats. */
function gapOfW(e: ByComponent): Float64Array {
  const { size, components, logW } = e
  const givenW = logLikelihoodGivenW(e)
  return Float64Array.from({ length: size }, (_, i) => {
    const normalizer = logSumExp(givenW, i * components, components)
    let sum = 0
    for (let k = 0; k < components; k++) {
      const q = logW[i * components + k]
      sum += Math.exp(q) * (q - (givenW[i * components + k] - normalizer))
    }
    return components === 1 ? 0 : Math.max(0, sum)
  })
}
