import assert from 'node:assert/strict'
import type { Estimate } from '../../src/base/estimate'
import { Random } from '../support/random'

/**
 * Checks that 95 % intervals cover the truth in 90 to 99 % of 200 repetitions.
 *
 * @param truth the estimated quantity, exact
 * @param estimateOnce an estimate from fresh random numbers
 */
export function calibrated(truth: number, estimateOnce: (random: Random) => Estimate): void {
  const repetitions = 200
  let covered = 0
  let mean = 0
  for (let r = 0; r < repetitions; r++) {
    const { value, standardError } = estimateOnce(new Random(1000 + r))
    if (Math.abs(value - truth) <= 1.96 * standardError) covered++
    mean += value / repetitions
  }
  const share = covered / repetitions
  assert.ok(
    share >= 0.9 && share <= 0.99,
    `95 % intervals cover ${(100 * share).toFixed(1)} % of the time (truth ${truth}, mean of the estimates ${mean})`,
  )
}
