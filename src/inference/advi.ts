import { ArgumentError, requireInteger, requirePositive, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import { meanEstimate, type Estimate } from '../base/estimate'
import { RandomDoubles } from '../compute/streams'
import { requireTarget, type Target } from './target'
import { VariationalNormal } from './variationalNormal'

/** Options of `advi`. */
export interface AdviOptions {
  /** `'mean-field'`, independent dimensions (default), or `'full-rank'`, with covariances. */
  family?: 'mean-field' | 'full-rank'
  /** Steps of the optimiser; 1500 by default. */
  steps?: number
  /** Draws per step, in antithetic pairs; 10 by default. */
  draws?: number
  /**
   * Initial learning rate, as a fraction of a full step; it decays to a hundredth of that. 0.1 by default.
   */
  rate?: number
  /** Seed of the random numbers; 0 by default. */
  seed?: number
}

/** A normal distribution over the target's unconstrained parameters, fitted by variational inference. */
export interface Advi {
  /** Mean of q(u), `[dim]`. */
  mean: Float64Array
  /** Covariance of q(u), rows `[dim][dim]`. */
  covariance: number[][]
  /** E_q log p(x, u) − E_q log q(u), nats: at most the log evidence. */
  elbo: Estimate
  /** The bound as estimated in every step, nats. */
  history: Float64Array
  /** log q at unconstrained parameters `[dim]`, nats. */
  logDensity(u: ArrayLike<number>): number
  /** Draws from q by name, on the natural scale; the seed, an integer ≥ 0, is 0 by default. */
  sample(count: number, seed?: number): Record<string, Float64Array>
}

/**
 * Automatic differentiation variational inference: the normal q(u) = N(m, LLᵀ) that maximises E_q[log p(x, u)
 * − log q(u)], by steps along reparametrised gradients, in units of q's standard deviations. The gradients
 * leave out the score of q, so that their noise vanishes where q is exact. L is diagonal (mean-field) or
 * lower triangular (full-rank).
 *
 * @param target a log density with gradient: `gmm.target(x)`, `ppca.target(x)` or your own.
 * @param options `{ family = 'mean-field', steps = 1500, draws = 10, rate = 0.1, seed = 0 }`.
 * @returns mean, covariance, bound, its history, density and draws.
 * @throws ArgumentError for options out of range, or a target whose density is not finite.
 * @example
 * const q = lid.inference.advi(lid.ppca({ weights: [[1, 2]], sigma: 1 }).target([0.5, 1]), { family: 'full-rank' })
 * q.sample(1000).z1
 * @see Kucukelbir et al. 2017, eqs. 9–10; Roeder et al. 2017, eq. 8.
 */
export function advi(target: Target, options: AdviOptions = {}): Advi {
  const { family, steps, draws, rate, seed } = resolveOptions('advi', options, {
    family: 'mean-field',
    steps: 1500,
    draws: 10,
    rate: 0.1,
    seed: 0,
  })
  requireTarget(target)
  requireInteger('steps', steps)
  requireInteger('draws', draws)
  requireInteger('seed', seed, 0)
  requirePositive('rate', rate)
  if (family !== 'mean-field' && family !== 'full-rank')
    throw new ArgumentError('family', family, "'mean-field' or 'full-rank'")
  const { dim } = target
  const q = new VariationalNormal(dim, family === 'full-rank')
  if (target.start) q.mean.set(target.start)
  const random = RandomDoubles.of(seed, 'advi')
  const history = new Float64Array(steps)
  // The mean over the last quarter of the steps, in which their noise averages out.
  const from = Math.floor((3 * steps) / 4)
  const average = new VariationalNormal(dim, family === 'full-rank')
  average.clear()
  for (let step = 0; step < steps; step++) {
    const gradient = new Float64Array(q.directions)
    history[step] = q.addGradient(target, random, draws, gradient)
    if (!Number.isFinite(history[step]))
      throw new ArgumentError(
        'target',
        unquoted(`the bound ${history[step]}`),
        'one with a finite log density',
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
    logDensity: (u) => {
      if (u?.length !== dim)
        throw new ArgumentError('u', u, `${dim} unconstrained parameters, one per dimension of the target`)
      return average.logDensity(u)
    },
    sample: (count, sampleSeed = 0) => drawsOf(average, target, count, sampleSeed),
  }
}

/** Draws for the estimate of the final bound. */
const BOUND_DRAWS = 1000

function boundOf(q: VariationalNormal, target: Target, seed: number): Estimate {
  const random = RandomDoubles.of(seed, 'advi/bound')
  const each = Float64Array.from({ length: BOUND_DRAWS }, () => {
    const u = q.at(Float64Array.from({ length: q.size }, () => random.normal()))
    return target.logDensity(u) - q.logDensity(u)
  })
  return meanEstimate(each, `${BOUND_DRAWS} draws of q`)
}

function drawsOf(
  q: VariationalNormal,
  target: Target,
  count: number,
  seed: number,
): Record<string, Float64Array> {
  requireInteger('count', count)
  requireInteger('seed', seed, 0)
  const random = RandomDoubles.of(seed, 'advi/sample')
  const out = Object.fromEntries(target.names.map((name) => [name, new Float64Array(count)]))
  for (let s = 0; s < count; s++) {
    const natural = target.natural(q.at(Float64Array.from({ length: q.size }, () => random.normal())))
    target.names.forEach((name, i) => (out[name][s] = natural[i]))
  }
  return out
}
