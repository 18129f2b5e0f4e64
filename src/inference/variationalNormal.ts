import type { RandomDoubles } from '../compute/streams'
import type { Target } from './target'

/** Initial standard deviation of q: small, so that its draws stay where the density is finite. */
const START_SD = 0.3
/**
 * The longest step of the mean, in standard deviations of q: if q is much too wide, a full step would
 * overshoot.
 */
const LONGEST = 10

/**
 * N(m, LLᵀ). It moves in its own coordinates, m by L δ and L by L (I + A), so that steps are in units of q's
 * standard deviations, whatever the target's scales.
 */
export class VariationalNormal {
  readonly mean: Float64Array
  /** L, row-major `[dim, dim]`, lower triangular. */
  private readonly L: Float64Array
  /** Dimension of a move: δ, A's diagonal, and (full rank) the entries below it. */
  readonly directions: number

  constructor(
    readonly size: number,
    private readonly full: boolean,
  ) {
    this.directions = 2 * size + (full ? (size * (size - 1)) / 2 : 0)
    this.mean = new Float64Array(size)
    this.L = new Float64Array(size * size)
    for (let i = 0; i < size; i++) this.L[i * size + i] = START_SD
  }

  clear(): void {
    this.mean.fill(0)
    this.L.fill(0)
  }

  /** Adds another normal's m and L, multiplied by a weight. */
  add(other: VariationalNormal, weight: number): void {
    for (let i = 0; i < this.size; i++) this.mean[i] += weight * other.mean[i]
    for (let i = 0; i < this.L.length; i++) this.L[i] += weight * other.L[i]
  }

  /** Index of A_ij in a move, i > j. */
  private below(i: number, j: number): number {
    return 2 * this.size + (i * (i - 1)) / 2 + j
  }

  /**
   * m += L δ, then L = L (e^diag A + entries below), where δ and A are the gradient times a rate, of bounded
   * length.
   */
  move(gradient: Float64Array, rate: number): void {
    const { size, L, mean } = this
    const far = Math.hypot(...gradient.subarray(0, size))
    const wide = Math.hypot(...gradient.subarray(size))
    const ofMean = rate * Math.min(1, LONGEST / far)
    const ofSpread = rate * Math.min(1, 1 / wide)
    const below = (i: number, j: number): number => ofSpread * gradient[this.below(i, j)]
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) mean[i] += ofMean * L[i * size + j] * gradient[j]
    for (let i = 0; i < size; i++)
      // Ascending columns: L_ij depends only on L_ik with k ≥ j, which have not changed yet.
      for (let j = 0; j <= i; j++) {
        let sum = L[i * size + j] * Math.exp(ofSpread * gradient[size + j])
        if (this.full) for (let k = j + 1; k <= i; k++) sum += L[i * size + k] * below(k, j)
        L[i * size + j] = sum
      }
  }

  /** m + L ε. */
  at(noise: Float64Array): Float64Array {
    return noise.map((_, i) => {
      let sum = this.mean[i]
      for (let j = 0; j <= i; j++) sum += this.L[i * this.size + j] * noise[j]
      return sum
    })
  }

  logDensity(u: ArrayLike<number>): number {
    const { size: dim, L } = this
    const noise = new Float64Array(dim)
    let log = (-dim * Math.log(2 * Math.PI)) / 2
    for (let i = 0; i < dim; i++) {
      let sum = u[i] - this.mean[i]
      for (let j = 0; j < i; j++) sum -= L[i * dim + j] * noise[j]
      noise[i] = sum / L[i * dim + i]
      log -= (noise[i] * noise[i]) / 2 + Math.log(L[i * dim + i])
    }
    return log
  }

  covariance(): number[][] {
    const { size: dim, L } = this
    return Array.from({ length: dim }, (_, i) =>
      Array.from({ length: dim }, (__, j) => {
        let sum = 0
        for (let k = 0; k <= Math.min(i, j); k++) sum += L[i * dim + k] * L[j * dim + k]
        return sum
      }),
    )
  }

  /**
   * Adds the bound's path gradient, Lᵀ∇_u[log p − log q] = Lᵀ∇ log p + ε, in the coordinates of a move;
   * returns the bound's estimate.
   */
  addGradient(target: Target, random: RandomDoubles, draws: number, gradient: Float64Array): number {
    const { size: dim, L } = this
    const ofTarget = new Float64Array(dim)
    let noise = new Float64Array(dim)
    let bound = 0
    for (let s = 0; s < draws; s++) {
      noise = s % 2 === 1 ? noise.map((e) => -e) : noise.map(() => random.normal())
      const u = this.at(noise)
      bound += (target.logDensity(u, ofTarget) - this.logDensity(u)) / draws
      for (let j = 0; j < dim; j++) {
        let g = noise[j]
        for (let i = j; i < dim; i++) g += L[i * dim + j] * ofTarget[i]
        g /= draws
        gradient[j] += g
        gradient[dim + j] += g * noise[j]
        if (this.full) for (let k = 0; k < j; k++) gradient[this.below(j, k)] += g * noise[k]
      }
    }
    return bound
  }
}
