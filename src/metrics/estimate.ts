/** A measured number with its uncertainty and how it was got. Nats unless the metric says otherwise. */
export interface Estimate {
  readonly value: number
  /** Standard error of `value` over the data (and draws); 0 where it is exact for these data. */
  readonly standardError: number
  /** How it was computed, with sizes: `'importance-weighted, 50 samples, 1000 images'`. */
  readonly estimator: string
  /** The largest value this estimator can return; within 0.2 nat of it the estimate is a lower bound and ranks as a tie. */
  readonly cap?: number
}

/** Mean of per-item values with its standard error. */
export function meanEstimate(values: ArrayLike<number>, estimator: string): Estimate {
  const { mean, variance } = moments(values)
  return { value: mean, standardError: Math.sqrt(variance / Math.max(1, values.length)), estimator }
}

/** Mean and unbiased variance, two passes. */
export function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const n = values.length
  let mean = 0
  for (let i = 0; i < n; i++) mean += values[i]
  mean /= n
  let variance = 0
  for (let i = 0; i < n; i++) variance += (values[i] - mean) ** 2
  return { mean, variance: n > 1 ? variance / (n - 1) : 0 }
}

/** True within 0.2 nat of the cap: the estimate prints with "≥" and ranks as a tie. */
export const atCap = (estimate: Estimate): boolean =>
  estimate.cap !== undefined && estimate.value > estimate.cap - 0.2

/** An estimate as people read it: `1.78 ± 0.02`, `≥ 6.80` at its cap. */
export function formatEstimate(estimate: Estimate, digits = 2): string {
  const value = estimate.value.toFixed(digits)
  if (atCap(estimate)) return `≥ ${value}`
  return estimate.standardError > 0 ? `${value} ± ${estimate.standardError.toFixed(digits)}` : value
}
