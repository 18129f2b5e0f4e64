import { ArgumentError, unquoted } from '../base/errors'
import type { Prior } from '../models/prior'

/** A rectangle in one or two dimensions: `[from, to]` of each dimension. */
export type Box = readonly (readonly [number, number])[]

/** Equally spaced points in a box; the last dimension runs fastest. */
export interface Grid {
  /** The points of each dimension. */
  readonly axes: readonly Float64Array[]
  /** Number of points. */
  readonly count: number
  /** Logarithm of the volume of a cell. */
  readonly logCell: number
}

/** A grid with `points` points per dimension, including the ends. */
export function gridOf(box: Box, points: number): Grid {
  const axes = box.map(([from, to]) =>
    Float64Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1)),
  )
  const logCell = box.reduce((sum, [from, to]) => sum + Math.log((to - from) / (points - 1)), 0)
  return { axes, count: points ** box.length, logCell }
}

/** All points, `[count, dimensions]`. */
export function pointsOf({ axes, count }: Grid): Float64Array {
  const points = axes[0].length
  const out = new Float64Array(count * axes.length)
  for (let i = 0; i < count; i++)
    axes.forEach((axis, d) => {
      out[i * axes.length + d] = axis[indexOf(i, d, axes.length, points)]
    })
  return out
}

/** An integrand below e^−60 times its maximum is neglected. */
const NEGLIGIBLE = 60

/**
 * The part of a grid where a function is not negligible, plus one cell on each side. If that part reaches the
 * end of the grid, it is extended beyond the end by the same length.
 */
export function support({ axes, count }: Grid, logValues: Float64Array): Box {
  const points = axes[0].length
  const most = logValues.reduce((a, b) => Math.max(a, b), -Infinity)
  const low = axes.map(() => points - 1)
  const high = axes.map(() => 0)
  for (let i = 0; i < count; i++)
    if (logValues[i] > most - NEGLIGIBLE)
      axes.forEach((_, d) => {
        const at = indexOf(i, d, axes.length, points)
        low[d] = Math.min(low[d], at)
        high[d] = Math.max(high[d], at)
      })
  return axes.map((axis, d) => {
    const cell = axis[1] - axis[0]
    const width = (high[d] - low[d] + 1) * cell
    return [
      axis[low[d]] - (low[d] === 0 ? width : cell),
      axis[high[d]] + (high[d] === points - 1 ? width : cell),
    ]
  })
}

/** The values at every second point in each dimension. */
export function everySecond({ axes }: Grid, values: Float64Array): Float64Array {
  const points = axes[0].length
  return values.filter((_, i) => axes.every((_axis, d) => indexOf(i, d, axes.length, points) % 2 === 0))
}

/** The index of point i along dimension d. */
const indexOf = (i: number, d: number, dimensions: number, points: number): number =>
  Math.floor(i / points ** (dimensions - 1 - d)) % points

/** @throws ArgumentError where the prior is no normal, or mixture of normals with w: a grid is about those. */
export function requireNormals(prior: Prior): void {
  if (prior.logProb)
    throw new ArgumentError(
      'model',
      unquoted(`one with the prior ${prior.kind}`),
      'a model whose prior is a normal, or a mixture of normals with w',
    )
}
