import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { RandomDoubles } from '../compute/streams'
import { sampledRows } from '../data/sampled'
import { dimOf, realRows, type RealRows } from './rows'

/** Options of `expectedActive`. */
export interface ExpectedActiveOptions {
  /** σ of the Gaussian likelihood, in the data's unit. */
  sigma: number
  /** Units of z; as many as the data have dimensions by default. */
  latent?: number
  /** Dimension of x where the data are plain numbers, row after row; 1 by default, otherwise theirs. */
  dim?: number
}

/** How many units a linear Gaussian VAE keeps. */
export interface ExpectedActive {
  /** Number of units whose posterior differs from the prior at the global optimum. */
  readonly active: number
  /** σ from which on it collapses wholly: the square root of the largest eigenvalue. */
  readonly collapsesFrom: number
  /** Eigenvalues of the data's covariance, largest first: variances in the data's unit squared. */
  readonly eigenvalues: readonly number[]
  /** KL of each of the active units, ½ log(λ/σ²), nats per data point, largest first. */
  readonly kl: readonly number[]
}

/**
 * How many units of z a linear VAE with Gaussian likelihood of fixed σ can keep on these data: at its global optimum
 * W = U(Λ − σ²I)^½, where Λ are the eigenvalues of the data's covariance. A unit whose λ is at most σ² collapses, and
 * with σ² ≥ max λ all of them do, however z is inferred. A decoder that is not linear may keep more or fewer.
 *
 * @param data a data set, an array of rows, or plain numbers `[N, dim]`, row after row.
 * @param options `{ sigma, latent = dim, dim }`, σ in the data's unit; `dim` is that of the data, and 1 for
 *   plain numbers.
 * @returns the number of active units, the σ of full collapse, eigenvalues, and KL of each active unit.
 * @throws ArgumentError for a σ that is not positive, or data that are not finite numbers.
 * @example
 * const { active, collapsesFrom } = lid.expectedActive(train, { sigma: 0.5 })
 * @see Lucas et al. 2019, Don't blame the ELBO!, section 4; Tipping & Bishop 1999, eq. 7.
 */
export function expectedActive(data: RealRows, options: ExpectedActiveOptions): ExpectedActive {
  const { sigma, latent } = resolveOptions(
    'expectedActive',
    options,
    { sigma: undefined, latent: undefined, dim: undefined },
    '{ sigma: 0.5 }',
  )
  const dim = options.dim ?? dimOf(data) ?? 1
  requirePositive('sigma', sigma)
  requireInteger('dim', dim)
  if (latent !== undefined) requireInteger('latent', latent)
  const eigenvalues = eigenvaluesOf(centred(realRows(data, dim, 'data'), dim), dim)
  const kept = eigenvalues.filter((value) => value > sigma ** 2).slice(0, latent)
  return {
    active: kept.length,
    collapsesFrom: Math.sqrt(eigenvalues[0]),
    eigenvalues,
    kl: kept.map((value) => Math.log(value / sigma ** 2) / 2),
  }
}

/** Rows less their mean. */
function centred(rows: Float64Array, dim: number): Float64Array {
  const size = rows.length / dim
  const mean = new Float64Array(dim)
  rows.forEach((value, i) => (mean[i % dim] += value / size))
  return rows.map((value, i) => value - mean[i % dim])
}

/** Eigenvalues of the covariance, largest first: of the smaller of XᵀX/N and XXᵀ/N, whose positive ones agree. */
function eigenvaluesOf(rows: Float64Array, dim: number): number[] {
  const size = rows.length / dim
  const few = size < dim
  const n = few ? size : dim
  const square = Matrix.zeros(n, n)
  for (let a = 0; a < n; a++)
    for (let b = 0; b <= a; b++) {
      let sum = 0
      if (few) for (let d = 0; d < dim; d++) sum += rows[a * dim + d] * rows[b * dim + d]
      else for (let i = 0; i < rows.length; i += dim) sum += rows[i + a] * rows[i + b]
      square.set(a, b, sum / size)
      square.set(b, a, sum / size)
    }
  const { realEigenvalues } = new EigenvalueDecomposition(square, { assumeSymmetric: true })
  const found = realEigenvalues.map((value) => Math.max(0, value)).sort((a, b) => b - a)
  return [...found, ...new Array<number>(dim - n).fill(0)]
}

const [ROWS, STEPS] = [1000, 50]

/**
 * The standard deviation of the data along the direction in which they vary most, by power iteration on at most 1000
 * rows: for a warning, before hours of training.
 */
export function mostSpread(data: { x: Float32Array; dim: number; size: number }): number {
  const { dim } = data
  const chosen = sampledRows(data.size, ROWS, 0)
  const some = new Float64Array(chosen.length * dim)
  chosen.forEach((row, i) => some.set(data.x.subarray(row * dim, (row + 1) * dim), i * dim))
  const rows = centred(some, dim)
  const random = RandomDoubles.of(0, 'power iteration')
  let direction = Float64Array.from({ length: dim }, () => random.normal())
  let value = 0
  for (let step = 0; step < STEPS; step++) {
    const length = Math.hypot(...direction) || 1
    const next = new Float64Array(dim)
    for (let i = 0; i < rows.length; i += dim) {
      let along = 0
      for (let d = 0; d < dim; d++) along += (rows[i + d] * direction[d]) / length
      for (let d = 0; d < dim; d++) next[d] += (along * rows[i + d]) / chosen.length
    }
    value = Math.hypot(...next)
    direction = next
  }
  return Math.sqrt(value)
}
