import { CholeskyDecomposition, EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix'
import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { RandomDoubles } from '../compute/streams'
import type { Target } from '../inference/target'
import { realRows, type RealRows } from './rows'

/** Options of `ppca`. */
export interface PpcaOptions {
  /** W, `[latent][dim]`: one row per unit of z; a row of zeros is an unused unit. */
  weights: readonly (readonly number[])[]
  /** σ of the noise, in units of x. */
  sigma: number
  /** Mean of x; zeros by default. */
  mean?: readonly number[]
}

/** Exact posteriors p(z|x) = N(mean, covariance) of some data points; the covariance is the same for all. */
export interface PpcaPosterior {
  /** E[z|x], `[N, latent]`. */
  mean: Float64Array
  /** Cov[z|x], `[latent][latent]`. */
  covariance: number[][]
}

/** Draws of a `ppca`. */
export interface PpcaSample {
  /** The data, `[size, dim]`. */
  x: Float64Array
  /** The codes they were generated from, `[size, latent]`. */
  z: Float64Array
}

/** Probabilistic principal component analysis: z ~ N(0, I), x ~ N(mean + zW, σ²I). */
export interface Ppca {
  /** W, `[latent][dim]`. */
  readonly weights: readonly (readonly number[])[]
  /** σ of the noise. */
  readonly sigma: number
  /** Mean of x. */
  readonly mean: readonly number[]
  /** Units of z. */
  readonly latent: number
  /** Dimension of x. */
  readonly dim: number
  /** log p(x|z) of one data point x, `[dim]`, at each z, `[count, latent]`; nats. */
  logLikelihood(x: RealRows, z: ArrayLike<number>): Float64Array
  /** p(z|x) = N(((x − mean)Wᵀ)(WWᵀ + σ²I)⁻¹, σ²(WWᵀ + σ²I)⁻¹) of each data point. */
  posterior(x: RealRows): PpcaPosterior
  /** log p(x) = log N(x; mean, WᵀW + σ²I) of each data point, nats. */
  logEvidence(x: RealRows): Float64Array
  /** F(x) = KL(p(z) ‖ p(z|x)) of each data point, nats. */
  flatness(x: RealRows): Float64Array
  /** KL(p(z_u) ‖ p(z_u|x)) of each data point and unit, `[N, latent]`, nats. */
  unitFlatness(x: RealRows): Float64Array
  /** KL(p(z|x) ‖ p(z)) of each data point, nats. */
  kl(x: RealRows): Float64Array
  /** I(x; z) = ½ log det(I + WWᵀ/σ²), nats. */
  mutualInformation(): number
  /** log p(x, z) of one data point, for `hmc` and `advi`. */
  target(x: RealRows): Target
  /**
   * The same p(x), with z rotated so that its units are independent given x: the rows of W are orthogonal,
   * the longest first.
   */
  rotated(): Ppca
  /** Data from the model. */
  sample(options: { size: number; seed?: number }): PpcaSample
}

/**
 * Probabilistic principal component analysis, all in closed form: z ~ N(0, I), x ~ N(mean + zW, σ²I). A unit
 * whose row of W is zero is non-identifiable: its exact posterior equals its prior at every x.
 *
 * @param options `{ weights, sigma, mean = zeros }`.
 * @returns likelihood, posterior, evidence, flatness, mutual information, a target for inference, draws.
 * @throws ArgumentError when W is not a matrix of finite numbers, or σ is not positive.
 * @example
 * const model = lid.ppca({ weights: [[1, 2, 0], [0, 0, 0]], sigma: 0.5 })
 * model.posterior(model.sample({ size: 10, seed: 1 }).x).covariance
 * @see Tipping & Bishop 1999, section 3.
 */
export function ppca(options: PpcaOptions): Ppca {
  const { weights, sigma } = resolveOptions(
    'ppca',
    options,
    { weights: undefined, sigma: undefined, mean: undefined },
    '{ weights: [[1, 0.5]], sigma: 1 }',
  )
  const latent = weights?.length ?? 0
  const dim = weights?.[0]?.length ?? 0
  if (!(latent > 0 && dim > 0 && weights.every((row) => row?.length === dim && row.every(Number.isFinite))))
    throw new ArgumentError(
      'weights',
      weights,
      'one row of finite numbers per unit of z, all of the same length',
      'Give weights: [[…], …].',
    )
  requirePositive('sigma', sigma)
  if (!Number.isFinite(1 / sigma ** 2))
    throw new ArgumentError('sigma', sigma, 'a number > 0 whose square is not 0 in double precision')
  const mean = options.mean ?? weights[0].map(() => 0)
  if (mean.length !== dim || !mean.every(Number.isFinite))
    throw new ArgumentError('mean', mean, `${dim} finite numbers, one per dimension of x`)
  return new ClosedForm(weights, sigma, mean)
}

class ClosedForm implements Ppca {
  readonly latent: number
  readonly dim: number
  private readonly W: Matrix
  /** I + WWᵀ/σ², the posterior's precision. */
  private readonly precision: Matrix
  private readonly covariance: Matrix
  private readonly logDetPrecision: number

  constructor(
    readonly weights: readonly (readonly number[])[],
    readonly sigma: number,
    readonly mean: readonly number[],
  ) {
    this.latent = weights.length
    this.dim = weights[0].length
    this.W = new Matrix(weights.map((row) => [...row]))
    this.precision = Matrix.add(Matrix.eye(this.latent), this.W.mmul(this.W.transpose()).div(sigma * sigma))
    this.covariance = inverse(this.precision)
    const factor = new CholeskyDecomposition(this.precision).lowerTriangularMatrix
    this.logDetPrecision = 2 * factor.diagonal().reduce((sum, value) => sum + Math.log(value), 0)
  }

  /** x minus its mean, row by row. */
  private centred(x: RealRows): Float64Array {
    return realRows(x, this.dim).map((value, i) => value - this.mean[i % this.dim])
  }

  private one(x: RealRows): Float64Array {
    const row = this.centred(x)
    if (row.length !== this.dim)
      throw new ArgumentError(
        'x',
        x,
        `one data point of ${this.dim} numbers`,
        'Give one row: x[0] of rows, x.slice(0, dim) of plain numbers.',
      )
    return row
  }

  /** log N(x; zW, σ²I) of a centred row, with its residual (x − zW)/σ². */
  private logNormal(row: Float64Array, z: ArrayLike<number>, residual?: Float64Array): number {
    let sum = 0
    const scale = 1 / (this.sigma * this.sigma)
    for (let d = 0; d < this.dim; d++) {
      let r = row[d]
      for (let k = 0; k < this.latent; k++) r -= z[k] * this.weights[k][d]
      if (residual) residual[d] = r * scale
      sum += r * r * scale
    }
    return -0.5 * sum - this.dim * (Math.log(this.sigma) + Math.log(2 * Math.PI) / 2)
  }

  logLikelihood(x: RealRows, z: ArrayLike<number>): Float64Array {
    const row = this.one(x)
    const codes = realRows(z, this.latent, 'z')
    return Float64Array.from({ length: codes.length / this.latent }, (_, i) =>
      this.logNormal(row, codes.subarray(i * this.latent, (i + 1) * this.latent)),
    )
  }

  posterior(x: RealRows): PpcaPosterior {
    const { latent, dim } = this
    const rows = this.centred(x)
    const gain = this.W.transpose()
      .mmul(this.covariance)
      .div(this.sigma * this.sigma)
      .to2DArray()
    const mean = new Float64Array((rows.length / dim) * latent)
    for (let i = 0; i < rows.length / dim; i++)
      for (let d = 0; d < dim; d++)
        for (let k = 0; k < latent; k++) mean[i * latent + k] += rows[i * dim + d] * gain[d][k]
    return { mean, covariance: this.covariance.to2DArray() }
  }

  /** One number per data point from its posterior mean and centred row. */
  private each(x: RealRows, f: (mean: Float64Array, row: Float64Array) => number): Float64Array {
    const { mean } = this.posterior(x)
    const rows = this.centred(x)
    return Float64Array.from({ length: rows.length / this.dim }, (_, i) =>
      f(
        mean.subarray(i * this.latent, (i + 1) * this.latent),
        rows.subarray(i * this.dim, (i + 1) * this.dim),
      ),
    )
  }

  logEvidence(x: RealRows): Float64Array {
    // Bayes' rule at the posterior's mean: log p(x|m) + log p(m) − log p(m|x), without cancellation between
    // large terms.
    return this.each(x, (m, row) => this.logNormal(row, m) - squared(m) / 2 - this.logDetPrecision / 2)
  }

  flatness(x: RealRows): Float64Array {
    const trace = this.precision.trace()
    return this.each(x, (m) => (trace - this.latent + this.form(m) - this.logDetPrecision) / 2)
  }

  /** mᵀ precision m. */
  private form(m: Float64Array): number {
    let sum = 0
    for (let i = 0; i < this.latent; i++)
      for (let j = 0; j < this.latent; j++) sum += m[i] * this.precision.get(i, j) * m[j]
    return sum
  }

  unitFlatness(x: RealRows): Float64Array {
    const { mean } = this.posterior(x)
    return mean.map((m, at) => {
      const variance = this.covariance.get(at % this.latent, at % this.latent)
      return (Math.log(variance) + (1 + m * m) / variance - 1) / 2
    })
  }

  kl(x: RealRows): Float64Array {
    const trace = this.covariance.trace()
    return this.each(x, (m) => (trace - this.latent + squared(m) + this.logDetPrecision) / 2)
  }

  mutualInformation(): number {
    return this.logDetPrecision / 2
  }

  target(x: RealRows): Target {
    const row = this.one(x)
    const residual = new Float64Array(this.dim)
    const { latent, dim, weights } = this
    return {
      dim: latent,
      names: weights.map((_, k) => `z${k + 1}`),
      natural: (u) => Array.from(u),
      logDensity: (u, gradient) => {
        const log = this.logNormal(row, u, residual)
        if (gradient)
          for (let k = 0; k < latent; k++) {
            let sum = -u[k]
            for (let d = 0; d < dim; d++) sum += weights[k][d] * residual[d]
            gradient[k] = sum
          }
        return log - squared(u) / 2 - (latent * Math.log(2 * Math.PI)) / 2
      },
    }
  }

  rotated(): Ppca {
    const decomposition = new EigenvalueDecomposition(this.W.mmul(this.W.transpose()))
    const order = decomposition.realEigenvalues
      .map((value, i) => ({ value, i }))
      .sort((one, other) => other.value - one.value)
    const turned = decomposition.eigenvectorMatrix.transpose().mmul(this.W)
    return new ClosedForm(
      order.map(({ i }) => turned.getRow(i)),
      this.sigma,
      this.mean,
    )
  }

  sample(options: { size: number; seed?: number }): PpcaSample {
    const { size, seed } = resolveOptions('sample', options, { size: undefined, seed: 0 }, '{ size: 100 }')
    requireInteger('size', size)
    requireInteger('seed', seed, 0)
    const { latent, dim } = this
    const random = RandomDoubles.of(seed, 'ppca')
    const z = Float64Array.from({ length: size * latent }, () => random.normal())
    const x = Float64Array.from({ length: size * dim }, (_, at) => {
      const [i, d] = [Math.floor(at / dim), at % dim]
      let value = this.mean[d] + this.sigma * random.normal()
      for (let k = 0; k < latent; k++) value += z[i * latent + k] * this.weights[k][d]
      return value
    })
    return { x, z }
  }
}

const squared = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
  return sum
}
