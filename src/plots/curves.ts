import { ArgumentError } from '../base/errors'
import { numbersOf } from './spec'

/** A curve: values at positions. */
export interface Curve {
  /** Positions, ascending, in the quantity's unit. */
  readonly at: ArrayLike<number>
  /** Values at these positions. */
  readonly values: ArrayLike<number>
}

/** A density as a function of the quantity. */
export type Density = (value: number) => number

/** True for a Curve. */
export const isCurve = (value: unknown): value is Curve =>
  typeof value === 'object' && value !== null && 'at' in value && 'values' in value

/**
 * Number of positions at which a density is computed: enough for a peak of a hundredth of the domain's width.
 */
const PLACES = 1001
/** Tolerance for leaving out points, as a fraction of the curve's height. */
const SLACK = 0.002

/** A curve reduced to the points that straight lines between their neighbours would miss. */
export function curveOf(
  argument: string,
  curve: Curve | Density,
  domain: readonly [number, number],
): { at: number[]; values: number[] } {
  const { at, values } = pointsOf(argument, curve, domain)
  const [low, high] = values.reduce(
    ([l, h], value) => [Math.min(l, value), Math.max(h, value)],
    [Infinity, -Infinity],
  )
  const kept = thin(at, values, SLACK * (high - low))
  return { at: kept.map((i) => at[i]), values: kept.map((i) => values[i]) }
}

/**
 * Indices of the points to keep: the ends and, repeatedly, the point farthest from the line between two kept
 * points.
 */
function thin(at: readonly number[], values: readonly number[], slack: number): number[] {
  const keep = new Set([0, at.length - 1])
  const open: [number, number][] = [[0, at.length - 1]]
  for (let part = open.pop(); part; part = open.pop()) {
    const [from, to] = part
    const slope = (values[to] - values[from]) / (at[to] - at[from])
    let worst = from
    let most = slack
    for (let i = from + 1; i < to; i++) {
      const off = Math.abs(values[i] - values[from] - slope * (at[i] - at[from]))
      if (off > most) [worst, most] = [i, off]
    }
    if (worst === from) continue
    keep.add(worst)
    open.push([from, worst], [worst, to])
  }
  return [...keep].sort((one, other) => one - other)
}

function pointsOf(
  argument: string,
  curve: Curve | Density,
  [low, high]: readonly [number, number],
): { at: number[]; values: number[] } {
  if (typeof curve === 'function') {
    // Without the ends, where a density may be infinite.
    const at = Array.from({ length: PLACES }, (_, i) => low + ((high - low) * (i + 0.5)) / PLACES)
    return { at, values: numbersOf(argument, at.map(curve)) }
  }
  if (!isCurve(curve) || curve.at.length !== curve.values.length)
    throw new ArgumentError(argument, curve, 'a density as a function, or { at, values } of one length')
  return { at: numbersOf(`${argument}.at`, curve.at), values: numbersOf(`${argument}.values`, curve.values) }
}
