import { beta, requireBeta, type Beta } from '../distributions/beta'
import { ArgumentError, requireInteger, alternatives, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import { RandomDoubles } from '../compute/streams'
import { moments } from '../base/estimate'
import { gmm, type Gmm } from './gmm'
import { estimators, type EStep, type GmmEstimator, type GmmState } from './gmmEstimators'
import { MixtureLikelihood } from './mixtureLikelihood'
import { realRows, type RealRows } from './rows'

/** Options of `fitGmm`. */
export interface GmmFitOptions {
  /**
   * `'maximum likelihood'`: of θ and α together, by EM; `'evidence'` (default): of log p(x; θ), α integrated
   * out exactly; `'variational'`: of the bound with q(α) q(components).
   */
  estimator?: GmmEstimator
  /**
   * Number of starts: in the first both components equal one normal fitted to all data, the others are
   * random; 4 by default.
   */
  starts?: number
  /** Maximum number of iterations; 500 by default. */
  iterations?: number
  /** p(α); Beta(5, 5) by default. */
  prior?: Beta
  /** 0 by default. */
  seed?: number
}

/** The result of one start of `fitGmm`. */
export interface GmmFit {
  /** The model with θ as estimated. */
  model: Gmm
  /** What the estimator maximises, nats: log likelihood, log evidence or bound. */
  objective: number
  /** The corresponding weight: the estimate, or the mean of p(α|x) or q(α). */
  alpha: number
  /** Iterations until the objective converged. */
  iterations: number
  /** `'equal components'` or `'random'`. */
  start: 'equal components' | 'random'
}

/**
 * Lower bound of a component's standard deviation, as a share of the data's: the likelihood is unbounded at
 * 0.
 */
const LEAST_SPREAD = 0.05
/** The objective has converged when an iteration gains less than this, in nats. */
const STILL = 1e-7

/**
 * Estimates a two-component mixture's θ by EM: responsibilities r_i of the first component, then μ_k, σ_k as
 * weighted moments, until the objective converges. The estimators differ in r: at the current α, averaged
 * over the exact p(α|x), or from E_q log α.
 *
 * @param x data, `[N]`.
 * @param options `{ estimator = 'evidence', starts = 4, iterations = 500, prior = beta(5, 5), seed = 0 }`.
 * @returns the result of every start, the best first.
 * @throws ArgumentError for data or options out of range.
 * @example
 * const [best] = lid.fitGmm(lid.gmm({ mean: [-10, 10] }).sample({ size: 1000, seed: 1 }).x)
 * best.model.mean
 * @see Dempster, Laird & Rubin 1977; Bishop 2006, sections 9.2 and 10.2.
 */
export function fitGmm(x: RealRows, options: GmmFitOptions = {}): GmmFit[] {
  const { estimator, starts, iterations, prior, seed } = resolveOptions('fitGmm', options, {
    estimator: 'evidence',
    starts: 4,
    iterations: 500,
    prior: beta(5, 5),
    seed: 0,
  })
  const data = realRows(x, 1)
  requireInteger('starts', starts)
  requireInteger('iterations', iterations)
  requireInteger('seed', seed, 0)
  requireBeta(prior)
  if (!Object.keys(estimators).includes(estimator))
    throw new ArgumentError('estimator', estimator, alternatives(Object.keys(estimators)))
  if (!(moments(data).variance > 0))
    throw new ArgumentError(
      'x',
      unquoted(`${data.length} values, all ${data[0]}`),
      'two or more different values',
      'With equal values there is no variance to estimate.',
    )
  const step = estimators[estimator]
  const random = RandomDoubles.of(seed, 'fitGmm')
  return Array.from({ length: starts }, (_, s) =>
    climb(data, startAt(data, s === 0 ? undefined : random), step, prior, iterations),
  ).sort((one, other) => other.objective - one.objective)
}

function climb(data: Float64Array, start: GmmState, step: EStep, prior: Beta, most: number): GmmFit {
  let state = start
  let objective = -Infinity
  let alpha: number
  let used = 0
  const least = LEAST_SPREAD * Math.sqrt(moments(data).variance)
  for (; ; used++) {
    const found = step(new MixtureLikelihood(data, state.mean, state.sd), state, prior, data.length)
    alpha = found.alpha
    const gained = found.objective - objective
    objective = found.objective
    if (gained < STILL || used === most) break
    state = { ...weighted(data, found.r, least, state), alpha: found.next, equal: state.equal }
  }
  return {
    model: gmm({ mean: state.mean, sd: state.sd, prior }),
    objective,
    alpha,
    iterations: used,
    start: start.equal ? 'equal components' : 'random',
  }
}

/** μ and σ of both components from responsibilities; a component without any stays where it is. */
function weighted(
  data: Float64Array,
  r: Float64Array,
  least: number,
  before: GmmState,
): Pick<GmmState, 'mean' | 'sd'> {
  const of = (k: 0 | 1): [number, number] => {
    // An average of responsibilities may round to just above 1.
    const shares = r.map((value) => (k === 0 ? value : Math.max(0, 1 - value)))
    let [weight, first, squares] = [0, 0, 0]
    data.forEach((x, i) => {
      weight += shares[i]
      first += shares[i] * x
    })
    if (weight === 0) return [before.mean[k], before.sd[k]]
    const mean = first / weight
    data.forEach((x, i) => (squares += shares[i] * (x - mean) ** 2))
    return [mean, Math.max(least, Math.sqrt(squares / weight))]
  }
  const [[m1, s1], [m2, s2]] = [of(0), of(1)]
  return { mean: [m1, m2], sd: [s1, s2] }
}

function startAt(data: Float64Array, random?: RandomDoubles): GmmState {
  const { mean, variance } = moments(data)
  // Divided by N, as EM's estimate is, so that equal components are a fixed point of EM.
  const sd = Math.sqrt((variance * Math.max(1, data.length - 1)) / data.length)
  if (!random) return { mean: [mean, mean], sd: [sd, sd], alpha: 0.5, equal: true }
  const pick = (): number => data[Math.floor(random.uniform() * data.length)]
  const means: [number, number] = [pick(), pick()]
  means.sort((one, other) => one - other)
  return { mean: means, sd: [sd, sd], alpha: 0.5, equal: false }
}
