import { jStat } from 'jstat'
import { moments, type Estimate } from '../../../base/estimate'

/** A t-test of paired differences over seeds, two-sided. */
export interface PairedTest {
  /** Seeds that both have. */
  readonly pairs: number
  /** Mean difference. */
  readonly difference: number
  /** Hedges' g of paired differences: mean over standard deviation, corrected for few pairs. None of two. */
  readonly effect?: number
  /** Probability of a mean at least as far from 0 if there were no difference. */
  readonly p: number
}

/** The values of a metric by seed. */
export interface BySeed {
  readonly seeds: readonly number[]
  readonly values: readonly Estimate[]
}

/**
 * Student's t-test of the differences a − b over the seeds that both have.
 *
 * @param b the other row, or a number. @param unit what the metric is counted in, such as 1/K for a share of K
 *   units: seeds that agree exactly are then taken to differ as rounding to it would, unit/√12.
 * @returns undefined with fewer than two seeds, or where all differences are 0.
 */
export function pairedTest(a: BySeed, b: BySeed | number, unit = 0): PairedTest | undefined {
  const differences = a.seeds.flatMap((seed, i) => {
    const other = typeof b === 'number' ? b : valueAt(b, seed)
    return other === undefined ? [] : [a.values[i].value - other]
  })
  const pairs = differences.length
  if (pairs < 2) return undefined
  const { mean, variance } = moments(differences)
  const deviation = Math.sqrt(Math.max(variance, unit ** 2 / 12))
  if (deviation === 0) return undefined
  const dof = pairs - 1
  const t = (mean / deviation) * Math.sqrt(pairs)
  return {
    pairs,
    difference: mean,
    // The correction for few seeds is 0 for two: an effect cannot be told from them.
    ...(dof > 1 && { effect: (mean / deviation) * (1 - 3 / (4 * dof - 1)) }),
    p: 2 * jStat.studentt.cdf(-Math.abs(t), dof),
  }
}

const valueAt = ({ seeds, values }: BySeed, seed: number): number | undefined =>
  values[seeds.indexOf(seed)]?.value

/** Holm's correction for the number of tests; undefined stays, and does not count. */
export function holm(ps: readonly (number | undefined)[]): (number | undefined)[] {
  const order = ps.flatMap((p, i) => (p === undefined ? [] : [{ p, i }])).sort((a, b) => a.p - b.p)
  const adjusted = ps.map((): number | undefined => undefined)
  let least = 0
  order.forEach(({ p, i }, rank) => {
    least = Math.max(least, Math.min(1, p * (order.length - rank)))
    adjusted[i] = least
  })
  return adjusted
}
