import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { moments } from '../base/estimate'
import { Chain } from './chain'
import { effectiveSampleSize, rHat } from './diagnostics'
import { RandomDoubles } from '../compute/streams'
import { requireTarget, type Target } from './target'

/** Options of `hmc`. */
export interface HmcOptions {
  /** Number of chains, each with a different start; 4 by default. */
  chains?: number
  /** Draws per chain that serve only to adapt step size and metric, at least 50; 500 by default. */
  warmup?: number
  /** Draws per chain that are kept, at least 4; 1000 by default. */
  draws?: number
  /** The acceptance probability to which the step size is adapted; 0.8 by default. */
  accept?: number
  /**
   * Mean length of a trajectory, in posterior standard deviations; π/2 by default, at which draws of a normal
   * are independent.
   */
  path?: number
  /** Seed of the random numbers; 0 by default. */
  seed?: number
}

/** Summary of the draws of one quantity. */
export interface HmcSummary {
  /** Name of the quantity. */
  name: string
  /** Mean of the draws. */
  mean: number
  /** Monte-Carlo error of the mean: sd/√ess. */
  standardError: number
  /** Standard deviation of the draws. */
  sd: number
  /** Effective sample size: the number of independent draws that would give the mean with the same error. */
  ess: number
  /** R̂: 1 if the chains agree; above 1.01 they do not. */
  rHat: number
}

/** Draws of Hamiltonian Monte Carlo, with diagnostics. */
export interface Hmc {
  /** Draws by name, on the natural scale: one array per chain. */
  values: Record<string, Float64Array[]>
  /** Mean, Monte-Carlo error, standard deviation, effective sample size and R̂ by name. */
  summary: HmcSummary[]
  /** The adapted step size of each chain, in posterior standard deviations. */
  stepSizes: number[]
  /** Mean acceptance probability of each chain after warm-up. */
  acceptance: number[]
  /** Trajectories after warm-up whose energy error diverged: if there are any, the draws miss some region. */
  divergences: number
  /** Number of gradient evaluations of all chains together. */
  gradients: number
}

/**
 * Hamiltonian Monte Carlo: draws u ~ p by following u̇ = ∂H/∂p, ṗ = −∂H/∂u for a random time and accepting
 * with probability min(1, e^−ΔH). Warm-up finds the step size by dual averaging, and a dense metric (the
 * posterior's covariance).
 *
 * @param target a log density with gradient: `gmm.target(x)`, `ppca.target(x)` or your own.
 * @param options `{ chains = 4, warmup = 500, draws = 1000, accept = 0.8, path = π/2, seed = 0 }`.
 * @returns draws by name and chain, a summary, step sizes, acceptance and divergences.
 * @throws ArgumentError for options out of range, such as `warmup` < 50 or `draws` < 4, or a target whose
 *   density is not finite where chains start.
 * @example
 * const draws = lid.inference.hmc(lid.ppca({ weights: [[1, 2]], sigma: 1 }).target([0.5, 1]), { seed: 1 })
 * draws.summary[0].rHat
 * @see Neal 2011, section 5.3; Hoffman & Gelman 2014, algorithm 5.
 */
export function hmc(target: Target, options: HmcOptions = {}): Hmc {
  const { chains, warmup, draws, accept, path, seed } = resolveOptions('hmc', options, {
    chains: 4,
    warmup: 500,
    draws: 1000,
    accept: 0.8,
    path: Math.PI / 2,
    seed: 0,
  })
  requireTarget(target)
  requireInteger('chains', chains)
  requireInteger('warmup', warmup, 50)
  requireInteger('draws', draws, 4)
  requireInteger('seed', seed, 0)
  requirePositive('path', path)
  if (!(accept > 0 && accept < 1))
    throw new ArgumentError('accept', accept, 'a probability between 0 and 1', 'The default is 0.8.')
  const values = Object.fromEntries(
    target.names.map((name) => [name, Array.from({ length: chains }, () => new Float64Array(draws))]),
  )
  const run: Hmc = { values, summary: [], stepSizes: [], acceptance: [], divergences: 0, gradients: 0 }
  for (let c = 0; c < chains; c++) {
    const chain = new Chain(target, RandomDoubles.of(seed, `hmc/${c}`), accept, path)
    chain.warmUp(warmup)
    let acceptance = 0
    for (let s = 0; s < draws; s++) {
      const { acceptance: a, diverged } = chain.step()
      acceptance += a / draws
      if (diverged) run.divergences++
      const natural = target.natural(chain.place.u)
      target.names.forEach((name, i) => (values[name][c][s] = natural[i]))
    }
    run.stepSizes.push(chain.adaptation.found)
    run.acceptance.push(acceptance)
    run.gradients += chain.gradients
  }
  run.summary = target.names.map((name) => summarize(name, values[name]))
  return run
}

function summarize(name: string, chains: Float64Array[]): HmcSummary {
  const { mean, variance } = moments(Float64Array.from(chains.flatMap((chain) => Array.from(chain))))
  const ess = effectiveSampleSize(chains)
  return {
    name,
    mean,
    standardError: Math.sqrt(variance / ess),
    sd: Math.sqrt(variance),
    ess,
    rHat: rHat(chains),
  }
}
