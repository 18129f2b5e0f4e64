import type { Target } from '../../src/inference/target'

/** N(mean, covariance) in two dimensions as a target, with its gradient worked out by hand. */
export function normalTarget(
  mean: [number, number],
  covariance: [[number, number], [number, number]],
): Target {
  const [[a, b], [, c]] = covariance
  const det = a * c - b * b
  const precision = [
    [c / det, -b / det],
    [-b / det, a / det],
  ]
  return {
    dim: 2,
    names: ['first', 'second'],
    natural: (u) => Array.from(u),
    logDensity: (u, gradient) => {
      const d = [u[0] - mean[0], u[1] - mean[1]]
      const slope = precision.map((row) => row[0] * d[0] + row[1] * d[1])
      gradient?.set(slope.map((value) => -value))
      return -(d[0] * slope[0] + d[1] * slope[1]) / 2 - Math.log(det) / 2 - Math.log(2 * Math.PI)
    },
  }
}
