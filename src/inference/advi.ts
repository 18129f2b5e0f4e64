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
  /** Draws a step, in pairs of opposite sign; 8 by default. */
  draws?: number
  /** Adam's rate at the start; it falls to a hundredth of that. 0.1 by default. */
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
 * Automatic differentiation variational inference: the normal q(u) = N(m, LLᵀ) that maximises E_q[log p(x, u) − log q(u)], by Adam on reparametrised gradients
 * that leave out the score of q, so that their noise vanishes where q is exact. L is diagonal (mean-field) or lower triangular (full-rank).
 *
 * @param target a log density with gradient: `gmm.target(x)`, `ppca.target(x)` or one of your own.
 * @param options `{ family = 'mean-field', steps = 1500, draws = 8, rate = 0.1, seed = 0 }`.
 * @returns mean, covariance, bound, its history, density and draws.
 * @throws ArgumentError for options out of range, or a target whose density turns infinite.
 * @example
 * const q = lid.advi(lid.ppca({ weights: [[1, 2]], sigma: 1 }).target([0.5, 1]), { family: 'full-rank' })
 * q.sample(1000).z1
 * @see Kucukelbir et al. 2017, eqs. 9–10; Roeder et al. 2017, eq. 8.
 */
export function advi(target: Target, options: AdviOptions = {}): Advi {
  const { family = 'mean-field', steps = 1500, draws = 8, rate = 0.1, seed = 0 } = options
  requireTarget(target)
  requireInteger('steps', steps)
  requireInteger('draws', draws)
  requireInteger('seed', seed, 0)
  requirePositive('rate', rate)
  if (family !== 'mean-field' && family !== 'full-rank')
    throw new ArgumentError('family', family, "'mean-field' or 'full-rank'", 'Choose one of these.')
  const { dim } = target
  const q = new FreeNormal(dim, family === 'full-rank')
  const random = new RandomDoubles(seed, 'advi')
  const history = new Float64Array(steps)
  const adam = new Adam(q.free.length)
  const average = new Float64Array(q.free.length)
  // The last quarter's mean: the noise of single steps averages out.
  const from = Math.floor((3 * steps) / 4)
  for (let step = 0; step < steps; step++) {
    const gradient = new Float64Array(q.free.length)
    history[step] = q.addGradient(target, random, draws, gradient)
    if (!Number.isFinite(history[step]))
      throw new ArgumentError(
        'target',
        history[step],
        'a finite log density',
        'Check the data, or lower the rate.',
      )
    adam.ascend(q.free, gradient, rate * 0.01 ** (step / steps))
    if (step >= from) for (let i = 0; i < average.length; i++) average[i] += q.free[i] / (steps - from)
  }
  q.free.set(average)
  return {
    mean: q.free.slice(0, dim),
    covariance: q.covariance(),
    elbo: boundOf(q, target, seed),
    history,
    logDensity: (u) => q.logDensity(u),
    sample: (count, sampleSeed = 0) => drawsOf(q, target, count, sampleSeed),
  }
}

const BOUND_DRAWS = 1000

function boundOf(q: FreeNormal, target: Target, seed: number): Estimate {
  const random = new RandomDoubles(seed, 'advi/bound')
  const each = Float64Array.from({ length: BOUND_DRAWS }, () => {
    const u = q.at(Float64Array.from({ length: q.dim }, () => random.normal()))
    return target.logDensity(u) - q.logDensity(u)
  })
  return meanEstimate(each, `${BOUND_DRAWS} draws of q`)
}

function drawsOf(q: FreeNormal, target: Target, count: number, seed: number): Record<string, Float64Array> {
  requireInteger('count', count)
  const random = new RandomDoubles(seed, 'advi/sample')
  const out = Object.fromEntries(target.names.map((name) => [name, new Float64Array(count)]))
  for (let s = 0; s < count; s++) {
    const natural = target.natural(q.at(Float64Array.from({ length: q.dim }, () => random.normal())))
    target.names.forEach((name, i) => (out[name][s] = natural[i]))
  }
  return out
}

/** N(m, LLᵀ) by free numbers: m, then log of L's diagonal, then (full rank) what is below it, in units of its row's diagonal. */
class FreeNormal {
  readonly free: Float64Array

  constructor(
    readonly dim: number,
    private readonly full: boolean,
  ) {
    this.free = new Float64Array(2 * dim + (full ? (dim * (dim - 1)) / 2 : 0))
    this.free.fill(-1, dim, 2 * dim)
  }

  /** L_ij. */
  private entry(i: number, j: number): number {
    const scale = Math.exp(this.free[this.dim + i])
    if (i === j) return scale
    return this.full && j < i ? scale * this.free[this.below(i, j)] : 0
  }

  private below(i: number, j: number): number {
    return 2 * this.dim + (i * (i - 1)) / 2 + j
  }

  /** m + L ε. */
  at(noise: Float64Array): Float64Array {
    return Float64Array.from(noise, (_, i) => {
      let sum = this.free[i]
      for (let j = 0; j <= i; j++) sum += this.entry(i, j) * noise[j]
      return sum
    })
  }

  /** L⁻¹(u − m). */
  private whiten(u: ArrayLike<number>): Float64Array {
    const noise = new Float64Array(this.dim)
    for (let i = 0; i < this.dim; i++) {
      let sum = u[i] - this.free[i]
      for (let j = 0; j < i; j++) sum -= this.entry(i, j) * noise[j]
      noise[i] = sum / this.entry(i, i)
    }
    return noise
  }

  logDensity(u: ArrayLike<number>): number {
    let sum = 0
    this.whiten(u).forEach((e, i) => {
      sum -= (e * e + Math.log(2 * Math.PI)) / 2 + this.free[this.dim + i]
    })
    return sum
  }

  covariance(): number[][] {
    const { dim } = this
    return Array.from({ length: dim }, (_, i) =>
      Array.from({ length: dim }, (__, j) => {
        let sum = 0
        for (let k = 0; k <= Math.min(i, j); k++) sum += this.entry(i, k) * this.entry(j, k)
        return sum
      }),
    )
  }

  /** Adds the path gradient of the bound, ∇_u[log p − log q] through u = m + Lε, and returns the bound's estimate. */
  addGradient(target: Target, random: RandomDoubles, draws: number, gradient: Float64Array): number {
    const { dim } = this
    const ofTarget = new Float64Array(dim)
    let noise = new Float64Array(dim)
    let bound = 0
    for (let s = 0; s < draws; s++) {
      noise = s % 2 === 1 ? noise.map((e) => -e) : noise.map(() => random.normal())
      const u = this.at(noise)
      bound += (target.logDensity(u, ofTarget) - this.logDensity(u)) / draws
      // −∇_u log q = L⁻ᵀ ε, by back substitution.
      const path = new Float64Array(dim)
      for (let i = dim - 1; i >= 0; i--) {
        let sum = noise[i]
        for (let k = i + 1; k < dim; k++) sum -= this.entry(k, i) * path[k]
        path[i] = sum / this.entry(i, i)
      }
      for (let i = 0; i < dim; i++) {
        const g = (ofTarget[i] + path[i]) / draws
        gradient[i] += g
        gradient[dim + i] += g * (u[i] - this.free[i])
        if (this.full)
          for (let j = 0; j < i; j++) gradient[this.below(i, j)] += g * this.entry(i, i) * noise[j]
      }
    }
    return bound
  }
}

/** Adam upwards (Kingma & Ba 2015, algorithm 1). */
class Adam {
  private readonly m: Float64Array
  private readonly v: Float64Array
  private step = 0

  constructor(size: number) {
    this.m = new Float64Array(size)
    this.v = new Float64Array(size)
  }

  ascend(weights: Float64Array, gradient: Float64Array, rate: number): void {
    this.step++
    for (let i = 0; i < weights.length; i++) {
      this.m[i] = 0.9 * this.m[i] + 0.1 * gradient[i]
      this.v[i] = 0.999 * this.v[i] + 0.001 * gradient[i] ** 2
      const m = this.m[i] / (1 - 0.9 ** this.step)
      const v = this.v[i] / (1 - 0.999 ** this.step)
      weights[i] += (rate * m) / (Math.sqrt(v) + 1e-8)
    }
  }
}
