import type { Evaluation } from './evaluation'

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
 * As how many independent draws of the exact posterior the draws of q count: (Σ ω)² / Σ ω² of the importance
 * weights, averaged over data points.
 */
export function effectiveSamples({
  size,
  samples,
  components,
  logRatio,
}: Pick<Evaluation, 'size' | 'samples' | 'components' | 'logRatio'>): number {
  let total = 0
  for (let i = 0; i < size; i++) {
    const logs = Array.from({ length: samples }, (_, s) =>
      logSumExp(logRatio, (i * samples + s) * components, components),
    )
    total += Math.exp(2 * logSumExp(logs) - logSumExp(logs.map((log) => 2 * log)))
  }
  return total / size
}
