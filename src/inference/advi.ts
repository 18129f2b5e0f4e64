import { ArgumentError, requireInteger, requirePositive } from '../errors'
import { meanEstimate, type Estimate } from '../metrics/estimate'
import { RandomDoubles } from './random'
import { requireTarget, type Target } from './target'

/** Options of `advi`. */
export interface AdviOptions {
  /** `'mean-field'`, every number for itself (default), or `'full-rank'`, with covariances. */
  family?: 'mean-field' | 'full-rank'
  /** Steps of the optimiser; 1500 by default. */
  steps?: number
  /** Draws a step, in pairs of opposite sign; 10 by default. */
  draws?: number
  /** How much of a whole step is gone at the start; it falls to a hundredth of that. 0.1 by default. */
  rate?: number
  /** 0 by default. */
  seed?: number
}

/** A normal distribution over the target's unconstrained numbers, fitted by variational inference. */
export interface Advi {
  /** Mean of q(u), `[dim]`. */
  mean: Float64Array
  /** Covariance of q(u), rows `[dim][dim]`. */
  covariance: number[][]
  /** E_q log p(x, u) − E_q log q(u), nats: at most the log evidence. */
  elbo: Estimate
  /** The bound as estimated in every step, nats. */
  history: Float64Array
  /** log q at unconstrained numbers `[dim]`, nats. */
  logDensity(u: ArrayLike<number>): number
  /** Draws from q by name, on the natural scale. */
  sample(count: number, seed?: number): Record<string, Float64Array>
}

/**
 * Automatic differentiation variational inference: the normal q(u) = N(m, LLᵀ) that maximises E_q[log p(x, u) − log q(u)], by steps along reparametrised
 * gradients, measured in q's own spread, that leave out the score of q, so that their noise vanishes where q is exact. L is diagonal (mean-field) or lower triangular (full-rank).
 *
 * @param target a log density with gradient: `gmm.target(x)`, `ppca.target(x)` or one of your own.
 * @param options `{ family = 'mean-field', steps = 1500, draws = 10, rate = 0.1, seed = 0 }`.
 * @returns mean, covariance, bound, its history, density and draws.
 * @throws ArgumentError for options out of range, or a target whose density turns infinite.
 * @example
 * const q = lid.advi(lid.ppca({ weights: [[1, 2]], sigma: 1 }).target([0.5, 1]), { family: 'full-rank' })
 * q.sample(1000).z1
 * @see Kucukelbir et al. 2017, eqs. 9–10; Roeder et al. 2017, eq. 8.
 */
export function advi(target: Target, options: AdviOptions = {}): Advi {
  const { family = 'mean-field', steps = 1500, draws = 10, rate = 0.1, seed = 0 } = options
  requireTarget(target)
  requireInteger('steps', steps)
  requireInteger('draws', draws)
  requireInteger('seed', seed, 0)
  requirePositive('rate', rate)
  if (family !== 'mean-field' && family !== 'full-rank')
    throw new ArgumentError('family', family, "'mean-field' or 'full-rank'", 'Choose one of these.')
  const { dim } = target
  const q = new Normal(dim, family === 'full-rank')
  if (target.start) q.mean.set(target.start)
  const random = new RandomDoubles(seed, 'advi')
  const history = new Float64Array(steps)
  // The last quarter's mean: the noise of single steps averages out.
  const from = Math.floor((3 * steps) / 4)
  const average = new Normal(dim, family === 'full-rank')
  average.clear()
  for (let step = 0; step < steps; step++) {
    const gradient = new Float64Array(q.directions)
    history[step] = q.addGradient(target, random, draws, gradient)
    if (!Number.isFinite(history[step]))
      throw new ArgumentError(
        'target',
        history[step],
        'a finite log density',
        'Check the data, or lower the rate.',
      )
    q.move(gradient, rate * 0.01 ** (step / steps))
    if (step >= from) average.add(q, 1 / (steps - from))
  }
  return {
    mean: average.mean,
    covariance: average.covariance(),
    elbo: boundOf(average, target, seed),
    history,
    logDensity: (u) => average.logDensity(u),
    sample: (count, sampleSeed = 0) => drawsOf(average, target, count, sampleSeed),
  }
}

/** How wide q starts: narrow, so that its draws stay where the density is finite. */
const START_SD = 0.3
/** The longest step of the mean, in standard deviations of q: where q is much too wide a whole one would overshoot. */
const LONGEST = 10
/** Draws for the bound at the end. */
const BOUND_DRAWS = 1000

function boundOf(q: Normal, target: Target, seed: number): Estimate {
  const random = new RandomDoubles(seed, 'advi/bound')
  const each = Float64Array.from({ length: BOUND_DRAWS }, () => {
    const u = q.at(Float64Array.from({ length: q.size }, () => random.normal()))
    return target.logDensity(u) - q.logDensity(u)
  })
  return meanEstimate(each, `${BOUND_DRAWS} draws of q`)
}

function drawsOf(q: Normal, target: Target, count: number, seed: number): Record<string, Float64Array> {
  requireInteger('count', count)
  const random = new RandomDoubles(seed, 'advi/sample')
  const out = Object.fromEntries(target.names.map((name) => [name, new Float64Array(count)]))
  for (let s = 0; s < count; s++) {
    const natural = target.natural(q.at(Float64Array.from({ length: q.size }, () => random.normal())))
    target.names.forEach((name, i) => (out[name][s] = natural[i]))
  }
  return out
}

/**
 * N(m, LLᵀ). It moves in its own coordinates, m by L δ and L by L (I + A), so that steps are in units of q's own spread, whatever the target's scales.
 */
class Normal {
  readonly mean: Float64Array
  /** L, row-major `[dim, dim]`, lower triangular. */
  private readonly L: Float64Array
  /** How many numbers a move has: δ, A's diagonal, and (full rank) what is below it. */
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

  /** Adds another's m and L times a weight. */
  add(other: Normal, weight: number): void {
    for (let i = 0; i < this.size; i++) this.mean[i] += weight * other.mean[i]
    for (let i = 0; i < this.L.length; i++) this.L[i] += weight * other.L[i]
  }

  /** Where A_ij stands in a move, i > j. */
  private below(i: number, j: number): number {
    return 2 * this.size + (i * (i - 1)) / 2 + j
  }

  /** m += L δ, then L = L (e^diag A + what is below), with δ and A the gradient times a rate, no longer than is safe. */
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
      // Ascending columns: L_ij takes from L_ik with k ≥ j only, which are not changed yet.
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

  /** Adds the bound's path gradient, Lᵀ∇_u[log p − log q] = Lᵀ∇ log p + ε, in the coordinates of a move; returns the bound's estimate. */
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
