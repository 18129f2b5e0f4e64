import type { Estimate } from '../base/estimate'

/** What is known of a number, up to errors of 1 in 100. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** The 99.5 % quantile of the standard normal distribution. */
const NORMAL = 2.5758
/** The same of Student's t with 1, 2, 3 and 4 degrees of freedom, for which the expansion below is too low. */
const FEW = [63.66, 9.925, 5.841, 4.604]

/** The 99.5 % quantile of Student's t: the first terms of its expansion in 1/degrees (Abramowitz & Stegun 26.7.5). */
export function quantile(degrees: number): number {
  if (!(degrees >= 1)) return Infinity
  if (degrees <= FEW.length) return FEW[degrees - 1]
  const z = NORMAL
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ]
  return terms.reduce((sum, term, i) => sum + term / degrees ** i, 0)
}

/**
 * Where the truth lies: the standard error by Student's t, and the bias that may be left on its side.
 *
 * @param size how many data points the estimate is a mean of.
 */
export function interval({ value, standardError, bias = 0, cap }: Estimate, size: number): Interval {
  // An exact 0 has no error, however few the data points.
  const half = standardError === 0 && size > 1 ? 0 : quantile(size - 1) * standardError
  const low = value - Math.max(0, bias) - half
  const high = value + Math.max(0, -bias) + half
  const atItsCap = cap !== undefined && value > cap - 0.2
  return { low: Number.isNaN(low) ? -Infinity : low, high: Number.isNaN(high) || atItsCap ? Infinity : high }
}
