import { notOfTotal } from '../compute/optimizers'
import { ArgumentError, requireInteger, requirePositive, requireShare } from '../base/errors'
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
 * @param options `{ factor = 0.2, at = 0.7 }`: above 0 and at most 1, and a share of the steps, from 0 to
 *   below 1.
 * @returns a function of progress in [0, 1), for `adam({ rate })`.
 * @throws ArgumentError when the rate is negative, or an option out of its range.
 * @example
 * lid.optimizers.adam({ rate: lid.optimizers.stepDecay(1e-3) })
 */
export function stepDecay(rate: number, options: { factor?: number; at?: number } = {}): Schedule {
  const { factor, at } = resolveOptions('stepDecay', options, { factor: 0.2, at: 0.7 })
  requirePositive('rate', rate, true)
  if (typeof factor !== 'number' || !(factor > 0 && factor <= 1))
    throw new ArgumentError('factor', factor, 'a number above 0 and at most 1')
  requireShare('at', at)
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

/** What `overSteps` makes: a schedule by steps, and what it is made of. */
export interface StepSchedule {
  (progress: number, step: number): number
  /** No value depends on how many steps a training has in all. */
  readonly ofTotal: false
  /** The number of steps, and the schedule over them. */
  readonly over: { readonly steps: number; readonly schedule: Schedule }
}

/** The last progress below 1. */
const END = 1 - Number.EPSILON / 2

/**
 * A schedule over a fixed number of steps, in place of the share of all steps: schedule(min(t / steps, 1)) at step t.
 * After these steps it stays as it ends. So the number of epochs changes no step, and a run can be extended.
 *
 * @param steps in which the schedule goes from its start to its end, an integer ≥ 1.
 * @param schedule a function of progress in [0, 1): `cosineDecay(…)`, `lid.fixes.linearAnnealing(…)`.
 * @returns a schedule, for `adam({ rate })` or the option `klWeight` of `fit`.
 * @throws ArgumentError for another number of steps, or what is no schedule.
 * @example
 * const optimizer = lid.optimizers.adam({ rate: lid.optimizers.overSteps(5000, lid.optimizers.cosineDecay(1e-3)) })
 * const klWeight = lid.optimizers.overSteps(2000, lid.fixes.linearAnnealing({ until: 1 }))
 * await lid.fit(model, train, { epochs: 10, optimizer, klWeight, run: 'runs/first' })
 * await lid.fit(model, train, { epochs: 20, optimizer, klWeight, run: 'runs/first' }) // ten more
 */
export function overSteps(steps: number, schedule: Schedule): StepSchedule {
  requireInteger('steps', steps)
  if (typeof schedule !== 'function' || 'over' in schedule)
    throw new ArgumentError(
      'schedule',
      schedule,
      'a function of progress in [0, 1)',
      'For example lid.optimizers.cosineDecay(1e-3).',
    )
  const at = notOfTotal((_: number, step: number) => schedule(Math.min(step / steps, END)))
  return withProvenance('overSteps', [steps, schedule], Object.assign(at, { over: { steps, schedule } }))
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

/** The value of a setting at `progress`, after `step` steps, checked: NaN from a schedule would enter the weights. */
export function valueAt(
  argument: string,
  setting: number | ((progress: number, step: number) => number),
  progress: number,
  step: number,
): number {
  const value = typeof setting === 'function' ? setting(progress, step) : setting
  requirePositive(argument, value, true)
  return value
}
