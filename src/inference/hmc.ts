import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { ArgumentError, requireInteger, requirePositive } from '../errors'
import { moments } from '../metrics/estimate'
import { effectiveSampleSize, rHat } from './diagnostics'
import { DualAveraging } from './dualAveraging'
import { RandomDoubles } from './random'
import { requireTarget, type Target } from './target'
import { identity, leapfrog, placeAt, reasonableStep, type Factor, type Place } from './trajectory'

/** Options of `hmc`. */
export interface HmcOptions {
  /** Chains, each from a start of its own; 4 by default. */
  chains?: number
  /** Draws a chain that only serve to find step size and metric; 500 by default. */
  warmup?: number
  /** Draws a chain that are kept; 1000 by default. */
  draws?: number
  /** The acceptance probability to which the step size is adapted; 0.8 by default. */
  accept?: number
  /** Mean length of a trajectory, in posterior standard deviations; π/2 by default, where draws of a normal are independent. */
  path?: number
  /** 0 by default. */
  seed?: number
}

/** What the draws say of one quantity. */
export interface HmcSummary {
  /** Which quantity. */
  name: string
  /** Mean of the draws. */
  mean: number
  /** Monte-Carlo error of the mean: sd/√ess. */
  standardError: number
  /** Standard deviation of the draws. */
  sd: number
  /** Independent draws that these are worth for the mean. */
  ess: number
  /** Whether the chains agree: 1 where they do, above 1.01 they do not. */
  rHat: number
}

/** Draws of Hamiltonian Monte Carlo, with diagnostics. */
export interface Hmc {
  /** Draws by name, on the natural scale: an array for each chain. */
  values: Record<string, Float64Array[]>
  /** Mean, Monte-Carlo error, standard deviation, effective sample size and R̂ by name. */
  summary: HmcSummary[]
  /** The adapted step size of each chain, in posterior standard deviations. */
  stepSizes: number[]
  /** Mean acceptance probability of each chain after warm-up. */
  acceptance: number[]
  /** Trajectories after warm-up whose energy went astray: above 0, the draws miss some region. */
  divergences: number
  /** How often the gradient was computed, all chains together. */
  gradients: number
}

/** Longer trajectories than that are cut, and much shorter ones before anything is known of the target's scales. */
const MOST_STEPS = 64
const MOST_FIRST_STEPS = 10
/** Ends of the parts of warm-up, as fractions: step size only; two times draws for the metric; step size again. */
const WINDOWS = [0.15, 0.45, 0.9]

/**
 * Hamiltonian Monte Carlo: draws u ~ p by following u̇ = ∂H/∂p, ṗ = −∂H/∂u for a random time and accepting with probability min(1, e^−ΔH). Step size by dual
 * averaging and a full metric (the posterior's covariance) are found in warm-up.
 *
 * @param target a log density with gradient: `gmm.target(x)`, `ppca.target(x)` or one of your own.
 * @param options `{ chains = 4, warmup = 500, draws = 1000, accept = 0.8, path = π/2, seed = 0 }`.
 * @returns draws by name and chain, a summary, step sizes, acceptance and divergences.
 * @throws ArgumentError for options out of range, or a target whose density is not finite where chains start.
 * @example
 * const draws = lid.hmc(lid.ppca({ weights: [[1, 2]], sigma: 1 }).target([0.5, 1]), { seed: 1 })
 * draws.summary[0].rHat
 * @see Neal 2011, section 5.3; Hoffman & Gelman 2014, algorithm 5.
 */
export function hmc(target: Target, options: HmcOptions = {}): Hmc {
  const { chains = 4, warmup = 500, draws = 1000, accept = 0.8, path = Math.PI / 2, seed = 0 } = options
  requireTarget(target)
  requireInteger('chains', chains)
  requireInteger('warmup', warmup, 50)
  requireInteger('draws', draws, 4)
  requireInteger('seed', seed, 0)
  requirePositive('path', path)
  if (!(accept > 0 && accept < 1))
    throw new ArgumentError('accept', accept, 'a probability between 0 and 1', 'Leave it at 0.8.')
  const values = Object.fromEntries(
    target.names.map((name) => [name, Array.from({ length: chains }, () => new Float64Array(draws))]),
  )
  const run: Hmc = { values, summary: [], stepSizes: [], acceptance: [], divergences: 0, gradients: 0 }
  for (let c = 0; c < chains; c++) {
    const chain = new Chain(target, new RandomDoubles(seed, `hmc/${c}`), accept, path)
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

/** One chain and what it has learned of the target. */
class Chain {
  place: Place
  factor: Factor
  adaptation: DualAveraging
  gradients = 0
  private most = MOST_FIRST_STEPS

  constructor(
    private readonly target: Target,
    private readonly random: RandomDoubles,
    private readonly accept: number,
    private readonly path: number,
  ) {
    this.place = this.start()
    this.factor = identity(target.dim)
    this.adaptation = this.fresh(1)
  }

  /** One trajectory from the present place; `fixed` false also learns from it. */
  step(fixed = true): { acceptance: number; diverged: boolean } {
    const { target, random } = this
    const size = fixed ? this.adaptation.found : this.adaptation.stepSize
    const length = this.path * (0.5 + random.uniform())
    const steps = Math.max(1, Math.min(this.most, Math.round(length / size)))
    const momentum = Float64Array.from({ length: target.dim }, () => random.normal())
    const proposal = leapfrog(target, this.place, momentum, this.factor, size, steps)
    this.gradients += steps
    if (random.uniform() < proposal.acceptance) this.place = proposal.place
    if (!fixed) this.adaptation.learn(proposal.acceptance)
    return proposal
  }

  warmUp(count: number): void {
    let kept: Float64Array[] = []
    const ends = WINDOWS.map((end) => Math.round(end * count))
    for (let s = 1; s <= count; s++) {
      this.step(false)
      if (s > ends[0]) kept.push(this.place.u)
      if (s === ends[1] || s === ends[2]) {
        this.factor = covarianceFactor(kept)
        this.most = MOST_STEPS
        this.adaptation = this.fresh(this.adaptation.found)
        kept = []
      }
    }
  }

  private fresh(guess: number): DualAveraging {
    const size = reasonableStep(this.target, this.place, this.factor, () => this.random.normal(), guess)
    return new DualAveraging(size, this.accept)
  }

  /** A place around the target's start, where the density is finite. */
  private start(): Place {
    for (let tries = 0; tries < 100; tries++) {
      const place = placeAt(
        this.target,
        Float64Array.from(
          { length: this.target.dim },
          (_, i) => (this.target.start?.[i] ?? 0) + this.random.normal(),
        ),
      )
      if (Number.isFinite(place.logDensity) && place.gradient.every(Number.isFinite)) return place
    }
    throw new ArgumentError(
      'target',
      this.target.logDensity(new Float64Array(this.target.dim)),
      'a finite log density and gradient where chains start',
      'Check the data and how the target is built.',
    )
  }
}

/** The Cholesky factor of the draws' covariance, pulled a little towards its own diagonal. */
function covarianceFactor(draws: readonly Float64Array[]): Factor {
  const dim = draws[0].length
  const n = draws.length
  const mean = Array.from({ length: dim }, (_, i) => draws.reduce((sum, u) => sum + u[i], 0) / n)
  const covariance = Matrix.zeros(dim, dim)
  for (let i = 0; i < dim; i++)
    for (let j = 0; j <= i; j++) {
      const sum = draws.reduce((total, u) => total + (u[i] - mean[i]) * (u[j] - mean[j]), 0)
      const shrunk = (i === j ? sum / n : (sum / n) * (n / (n + 5 + dim))) + (i === j ? 1e-12 : 0)
      covariance.set(i, j, shrunk)
      covariance.set(j, i, shrunk)
    }
  const factor = new CholeskyDecomposition(covariance).lowerTriangularMatrix
  return Float64Array.from(factor.to1DArray())
}
