import { ArgumentError, requireInteger } from './errors'

/** A measured number with its uncertainty and its estimator. In nats unless the metric says otherwise. */
export interface Estimate {
  /** The estimated value. */
  readonly value: number
  /** Standard error of `value` over the data (and draws); 0 where it is exact for these data. */
  readonly standardError: number
  /** How it was computed, with sizes: `'importance-weighted, 50 samples, 1000 images'`. */
  readonly estimator: string
  /**
   * The largest value that this estimator can return; within 0.2 nat of it the estimate is a lower bound and
   * ranks as a tie.
   */
  readonly cap?: number
  /**
   * The bias that may be left beside the standard error, in the unit of `value`: negative where the value is
   * too low. The truth lies between `value` and `value − bias`, up to the standard error.
   */
  readonly bias?: number
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

/**
 * Formats an estimate: `1.78 ± 0.02`, without the error where that is 0; `≥ 6.80` at its cap; `< 0.01` if
 * value and standard error both round to 0 but are not both exactly 0; `2.56 ± 0.05 (+0.50)` where the truth
 * may be up to 0.5 higher, since the bias that may be left is at least 0.05 nat and at least half the
 * standard error.
 *
 * @param estimate a metric.
 * @param digits after the point, from 0 to 20; 2 by default.
 * @returns the text, without a unit.
 * @throws ArgumentError if it is not an estimate, or for another number of digits.
 * @example
 * lid.formatEstimate(lid.logLikelihood(evaluation)) // '-243.52 ± 2.91'
 */
export function formatEstimate(estimate: Estimate, digits = 2): string {
  if (typeof (estimate as Partial<Estimate> | undefined)?.value !== 'number')
    throw new ArgumentError('estimate', estimate, 'an estimate', 'For example lid.elbo(evaluation).')
  requireInteger('digits', digits, 0, 20)
  const { value, standardError } = estimate
  if (atCap(estimate)) return `≥ ${fixed(value, digits)}`
  const half = 10 ** -digits / 2
  if (Math.abs(value) < half && standardError < half && !(value === 0 && standardError === 0))
    return `< ${(2 * half).toFixed(digits)}`
  const text = fixed(value, digits)
  return `${standardError > 0 ? `${text} ± ${fixed(standardError, digits)}` : text}${biasText(estimate, digits)}`
}

/** Bias below this is not shown, in nats. */
const LITTLE = 0.05

/** ` (+0.50)`: how far the truth may lie above the value, or below it; empty where the standard error covers it. */
function biasText({ bias = 0, standardError }: Estimate, digits: number): string {
  const text = fixed(-bias, digits)
  if (Math.abs(bias) < Math.max(LITTLE, standardError / 2) || Number(text) === 0) return ''
  return ` (${bias < 0 ? '+' : ''}${text})`
}

/** A named estimate in a sentence: `I = 1.78 ± 0.02`, `I ≥ 6.80`, `F < 0.01`. */
export function formatNamedEstimate(symbol: string, estimate: Estimate): string {
  const text = formatEstimate(estimate)
  return /^[<≥]/.test(text) ? `${symbol} ${text}` : `${symbol} = ${text}`
}

/** `toFixed` without a minus sign before zeros. */
export const fixed = (value: number, digits: number): string =>
  value.toFixed(digits).replace(/^-(?=[0.]*$)/, '')
