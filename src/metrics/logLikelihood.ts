import { meanEstimate, type Estimate } from './estimate'
import type { Evaluation } from './evaluation'

/** log Σ exp of `count` values from `start`, each `stride` apart. */
export function logSumExp(values: ArrayLike<number>, start = 0, count = values.length, stride = 1): number {
  let most = -Infinity
  for (let i = 0; i < count; i++) most = Math.max(most, values[start + i * stride])
  if (most === -Infinity) return -Infinity
  let sum = 0
  for (let i = 0; i < count; i++) sum += Math.exp(values[start + i * stride] - most)
  return most + Math.log(sum)
}

/** log p(x|w) for each data point and component, importance-weighted: log-mean-exp over the draws. `[N, K]`, nats. */
export function logLikelihoodGivenW(
  e: Pick<Evaluation, 'size' | 'samples' | 'components' | 'logRatio'>,
): Float64Array {
  const out = new Float64Array(e.size * e.components)
  for (let i = 0; i < e.size; i++)
    for (let k = 0; k < e.components; k++)
      out[i * e.components + k] =
        logSumExp(e.logRatio, i * e.samples * e.components + k, e.samples, e.components) - Math.log(e.samples)
  return out
}

/** log p(x) of each data point: log-mean-exp over the components of log p(x|w). `[N]`, nats. */
export function pointLogLikelihoods(
  e: Pick<Evaluation, 'size' | 'samples' | 'components' | 'logRatio'>,
): Float64Array {
  const givenW = logLikelihoodGivenW(e)
  const out = new Float64Array(e.size)
  for (let i = 0; i < e.size; i++)
    out[i] = logSumExp(givenW, i * e.components, e.components) - Math.log(e.components)
  return out
}

/**
 * Held-out log-likelihood, importance-weighted: mean over data points of log (1/S) Σ_s p(x|z_s) p(z_s)/q(z_s|x), the mean inside the logarithm
 * taken for each data point, w summed exactly. A lower bound in expectation that rises with S.
 *
 * @param evaluation from `evaluate`.
 * @returns nats a data point, with its standard error over data points.
 * @example
 * lid.logLikelihood(await lid.evaluate(model, test, { samples: 100 }))
 * @see Burda et al. 2016, eq. 8.
 */
export function logLikelihood(evaluation: Evaluation): Estimate {
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
 * The evidence lower bound: E_q log p(x|z) − KL(q(z|x) ‖ p(z)) − KL(q(w|x) ‖ p(w)), nats a data point.
 *
 * @param evaluation from `evaluate`.
 * @returns its mean over data points.
 * @example
 * lid.elbo(evaluation)
 */
export const elbo = (evaluation: Evaluation): Estimate =>
  meanEstimate(
    pointElbos(evaluation),
    `${evaluation.samples} draws, closed-form KL, ${evaluation.size} data points`,
  )
