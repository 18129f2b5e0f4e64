import { ArgumentError, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'

/**
 * A setting that changes while a model trains: a function of progress, the share of all steps already done,
 * in [0, 1).
 */
export type Schedule = (progress: number) => number

/**
 * A rate that decreases once: `rate` until the share `at` of the steps is done, then `factor` times it.
 *
 * @param rate the rate at the start.
 * @param options `{ factor = 0.2, at = 0.7 }`.
 * @returns a function of progress in [0, 1), for `adam({ rate })`.
 * @throws ArgumentError when the rate is negative.
 * @example
 * lid.optimizers.adam({ rate: lid.optimizers.stepDecay(1e-3) })
 */
export function stepDecay(rate: number, options: { factor?: number; at?: number } = {}): Schedule {
  const { factor, at } = resolveOptions('stepDecay', options, { factor: 0.2, at: 0.7 })
  requirePositive('rate', rate, true)
  return withProvenance('stepDecay', [rate, options], (progress: number) =>
    progress < at ? rate : rate * factor,
  )
}

/**
 * A rate that rises linearly at first and then decreases as half a cosine wave: rate · (floor + (1 − floor)(1
 * + cos πt)/2), t the share of the steps after the rise.
 *
 * @param rate the highest rate.
 * @param options `{ warmUp = 0, floor = 0 }`: the share of the steps in which it rises, and the share of the
 *   rate it ends at.
 * @returns a function of progress in [0, 1), for `adam({ rate })`.
 * @throws ArgumentError when a share is not in [0, 1].
 * @example
 * lid.optimizers.adam({ rate: lid.optimizers.cosineDecay(1e-3, { warmUp: 0.05 }) })
 * @see Loshchilov & Hutter 2017, eq. 5.
 */
export function cosineDecay(rate: number, options: { warmUp?: number; floor?: number } = {}): Schedule {
  const { warmUp, floor } = resolveOptions('cosineDecay', options, { warmUp: 0, floor: 0 })
  requirePositive('rate', rate, true)
  requireWithin('warmUp', warmUp)
  requireWithin('floor', floor)
  return withProvenance('cosineDecay', [rate, options], (progress: number) => {
    if (progress < warmUp) return (rate * progress) / warmUp
    const t = warmUp < 1 ? (progress - warmUp) / (1 - warmUp) : 1
    return rate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * t))) / 2)
  })
}

/** Throws unless the value is a share, from 0 to 1. */
export function requireWithin(argument: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw new ArgumentError(
      argument,
      value,
      'a number from 0 to 1',
      'It is a share of the steps or of the rate.',
    )
}

/** The value of a setting at `progress`, checked: NaN from a schedule would enter the weights. */
export function valueAt(
  argument: string,
  setting: number | ((progress: number) => number),
  progress: number,
): number {
  const value = typeof setting === 'function' ? setting(progress) : setting
  requirePositive(argument, value, true)
  return value
}
