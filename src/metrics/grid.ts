/** A rectangle in one or two dimensions: `[from, to]` of each. */
export type Box = readonly (readonly [number, number])[]

/** Points at equal steps in a box, the last dimension running fastest. */
export interface Grid {
  /** The points of each dimension. */
  readonly axes: readonly Float64Array[]
  /** How many points there are. */
  readonly count: number
  /** log of the volume of a cell. */
  readonly logCell: number
}

/** A grid with `points` points a dimension, ends included. */
export function gridOf(box: Box, points: number): Grid {
  const axes = box.map(([from, to]) =>
    Float64Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1)),
  )
  const logCell = box.reduce((sum, [from, to]) => sum + Math.log((to - from) / (points - 1)), 0)
  return { axes, count: points ** box.length, logCell }
}

/** The points one after the other, `[count, dimensions]`. */
export function pointsOf({ axes, count }: Grid): Float64Array {
  const points = axes[0].length
  const out = new Float64Array(count * axes.length)
  for (let i = 0; i < count; i++)
    axes.forEach((axis, d) => {
      out[i * axes.length + d] = axis[Math.floor(i / points ** (axes.length - 1 - d)) % points]
    })
  return out
}

/** Parts of an integrand below e^−60 of its largest value count as none. */
const NEGLIGIBLE = 60

/** The part of a grid where a function is not negligible, a cell more on each side. */
export function support({ axes, count }: Grid, logValues: Float64Array): Box {
  const points = axes[0].length
  const most = logValues.reduce((a, b) => Math.max(a, b), -Infinity)
  const low = axes.map(() => points - 1)
  const high = axes.map(() => 0)
  for (let i = 0; i < count; i++)
    if (logValues[i] > most - NEGLIGIBLE)
      axes.forEach((_, d) => {
        const at = Math.floor(i / points ** (axes.length - 1 - d)) % points
        low[d] = Math.min(low[d], at)
        high[d] = Math.max(high[d], at)
      })
  return axes.map((axis, d) => [axis[Math.max(0, low[d] - 1)], axis[Math.min(points - 1, high[d] + 1)]])
}
