import { logMeanExp } from './known'

/**
 * Quadrature over z in one or two dimensions, trapezoidal on a grid that covers the prior: what p(x|w), p(x)
 * and p(w|x) are for any decoder.
 */
export interface Grid {
  /** Points and half width of the grid, in each dimension. */
  points: number
  halfWidth: number
}

/** log ∫ p(x|z) p(z|w) dz for each component, by quadrature. */
export function logGivenW(
  logLikelihood: (z: number[]) => number,
  means: number[][],
  sds: number[][],
  { points, halfWidth }: Grid,
): number[] {
  const latent = means[0].length
  const step = (2 * halfWidth) / (points - 1)
  const axis = Array.from({ length: points }, (_, i) => -halfWidth + i * step)
  const sums = means.map(() => 0)
  for (const z0 of axis)
    for (const z1 of latent === 1 ? [0] : axis) {
      const z = latent === 1 ? [z0] : [z0, z1]
      const p = Math.exp(logLikelihood(z))
      means.forEach((mean, w) => {
        let density = p * step ** latent
        z.forEach((value, u) => {
          const d = (value - mean[u]) / sds[w][u]
          density *= Math.exp(-0.5 * d * d) / (sds[w][u] * Math.sqrt(2 * Math.PI))
        })
        sums[w] += density
      })
    }
  return sums.map(Math.log)
}

/** E_{p(z)} log p(x|z) by quadrature. */
export function expectedLog(
  logLikelihood: (z: number[]) => number,
  means: number[][],
  sds: number[][],
  { points, halfWidth }: Grid,
): number {
  const step = (2 * halfWidth) / (points - 1)
  const latent = means[0].length
  const axis = Array.from({ length: points }, (_, i) => -halfWidth + i * step)
  let total = 0
  for (const z0 of axis)
    for (const z1 of latent === 1 ? [0] : axis) {
      const z = latent === 1 ? [z0] : [z0, z1]
      const density = logMeanExp(
        means.map((mean, w) =>
          z.reduce(
            (sum, value, u) =>
              sum - 0.5 * ((value - mean[u]) / sds[w][u]) ** 2 - Math.log(sds[w][u] * Math.sqrt(2 * Math.PI)),
            0,
          ),
        ),
      )
      total += Math.exp(density) * logLikelihood(z) * step ** latent
    }
  return total
}
