import { meanEstimate, type Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import { klSource } from './kl'
import { requireEvaluation } from './requireEvaluation'

/** log Σ exp of `count` values from index `start` with step `stride`. */
export function logSumExp(values: ArrayLike<number>, start = 0, count = values.length, stride = 1): number {
  let most = -Infinity
  for (let i = 0; i < count; i++) most = Math.max(most, values[start + i * stride])
  if (most === -Infinity) return -Infinity
  let sum = 0
  for (let i = 0; i < count; i++) sum += Math.exp(values[start + i * stride] - most)
  return most + Math.log(sum)
}

/**
 * log p(x|w) for each data point and component, importance-weighted with draws for each component. `[N, K]`,
 * nats.
 */
export function logLikelihoodGivenW({
  size,
  components,
  given,
}: Pick<Evaluation, 'size' | 'components' | 'given'>): Float64Array {
  const { samples, logRatio } = given
  const out = new Float64Array(size * components)
  for (let i = 0; i < size; i++)
    for (let k = 0; k < components; k++)
      out[i * components + k] =
        logSumExp(logRatio, i * samples * components + k, samples, components) - Math.log(samples)
  return out
}

/** log p(x) of each data point: log-mean-exp over draws and components. `[N]`, nats. */
export function pointLogLikelihoods({
  size,
  samples,
  components,
  logRatio,
}: Pick<Evaluation, 'size' | 'samples' | 'components' | 'logRatio'>): Float64Array {
  const count = samples * components
  return Float64Array.from(
    { length: size },
    (_, i) => logSumExp(logRatio, i * count, count) - Math.log(count),
  )
}

/**
 * Held-out log-likelihood, importance-weighted: mean over data points of log (1/S) Σ_s p(x|z_s)
 * p(z_s)/q(z_s|x), where the mean inside the logarithm is per data point and w is summed exactly. It is a
 * lower bound in expectation: its bias is −Var(weights)/(2 S E[weights]²) for large S, and it is 0 if the
 * proposal is the exact posterior.
 *
 * @param evaluation from `evaluate`.
 * @returns nats per data point, with the standard error over data points.
 * @throws ArgumentError for anything else.
 * @example
 * lid.logLikelihood(await lid.evaluate(model, test, { samples: 100 }))
 * @see Burda et al. 2016, eq. 8.
 */
export function logLikelihood(evaluation: Evaluation): Estimate {
  requireEvaluation(evaluation, 'logRatio')
  return meanEstimate(
    pointLogLikelihoods(evaluation),
    `importance-weighted, ${evaluation.samples} draws, ${evaluation.size} data points`,
  )
}

/** −loss at KL weight 1: E_q log p(x|z) − KL_z − KL_w of each data point, nats. */
export function pointElbos(
  e: Pick<Evaluation, 'size' | 'latent' | 'reconstruction' | 'klZ' | 'klW'>,
): Float64Array {
  return Float64Array.from({ length: e.size }, (_, i) => {
    let kl = e.klW[i]
    for (let u = 0; u < e.latent; u++) kl += e.klZ[i * e.latent + u]
    return e.reconstruction[i] - kl
  })
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
