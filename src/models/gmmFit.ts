import { beta, digamma, type Beta } from '../distributions/beta'
import { ArgumentError, requireInteger } from '../errors'
import { RandomDoubles } from '../inference/random'
import { moments } from '../metrics/estimate'
import { gmm, type Gmm } from './gmm'
import { MixtureLikelihood } from './mixtureLikelihood'
import { realRows, type RealRows } from './rows'

/** How `fitGmm` estimates θ = (μ1, μ2, σ1, σ2). */
export type GmmEstimator = 'maximum likelihood' | 'evidence' | 'variational'

/** Options of `fitGmm`. */
export interface GmmFitOptions {
  /**
   * `'maximum likelihood'`: of θ and α together, by EM; `'evidence'` (default): of log p(x; θ), α integrated out exactly; `'variational'`: of the bound with
   * q(α) q(components).
   */
  estimator?: GmmEstimator
  /** Starts: the first with both components equal to one normal fitted to all data, the others random; 4 by default. */
  starts?: number
  /** Iterations at most; 500 by default. */
  iterations?: number
  /** p(α); Beta(5, 5) by default. */
  prior?: Beta
  /** 0 by default. */
  seed?: number
}

/** What one start of `fitGmm` came to. */
export interface GmmFit {
  /** The model with θ as estimated. */
  model: Gmm
  /** What the estimator maximises, nats: log likelihood, log evidence or bound. */
  objective: number
  /** The weight that goes with it: the estimate, or the mean of p(α|x) or q(α). */
  alpha: number
  /** Iterations until the objective stood still. */
  iterations: number
  /** `'equal components'` or `'random'`. */
  start: 'equal components' | 'random'
}

/** A component's spread is never below this part of the data's, where the likelihood would be unbounded. */
const LEAST_SPREAD = 0.05
/** The objective stands still when an iteration gains less, in nats. */
const STILL = 1e-7

/**
 * Estimates a two-component mixture's θ by EM: responsibilities r_i of the first component, then μ_k, σ_k as weighted moments, until the objective stands
 * still. The estimators differ in r: at the present α, averaged over the exact p(α|x), or from E_q log α.
 *
 * @param x data, `[N]`.
 * @param options `{ estimator = 'evidence', starts = 4, iterations = 500, prior = beta(5, 5), seed = 0 }`.
 * @returns every start, the best first.
 * @throws ArgumentError for data or options out of range.
 * @example
 * const [best] = lid.fitGmm(lid.gmm({ mean: [-10, 10] }).sample({ size: 1000, seed: 1 }).x)
 * best.model.mean
 * @see Dempster, Laird & Rubin 1977; Bishop 2006, sections 9.2 and 10.2.
 */
export function fitGmm(x: RealRows, options: GmmFitOptions = {}): GmmFit[] {
  const { estimator = 'evidence', starts = 4, iterations = 500, prior = beta(5, 5), seed = 0 } = options
  const data = realRows(x, 1)
  requireInteger('starts', starts)
  requireInteger('iterations', iterations)
  requireInteger('seed', seed, 0)
  const step = steps[estimator]
  if (step === undefined)
    throw new ArgumentError('estimator', estimator, Object.keys(steps).join(', '), 'Choose one of these.')
  const random = new RandomDoubles(seed, 'fitGmm')
  return Array.from({ length: starts }, (_, s) =>
    climb(data, startAt(data, s === 0 ? undefined : random), step, prior, iterations),
  ).sort((one, other) => other.objective - one.objective)
}

interface State {
  mean: [number, number]
  sd: [number, number]
  alpha: number
  equal: boolean
}

/** Responsibilities at a state, what the estimator maximises there, the weight that goes with it, and the one to go on with. */
type EStep = (
  likelihood: MixtureLikelihood,
  state: State,
  prior: Beta,
  size: number,
) => { r: Float64Array; objective: number; alpha: number; next: number }

const steps: Readonly<Record<GmmEstimator, EStep>> = {
  'maximum likelihood': (likelihood, { alpha }, _prior, size) => {
    const r = new Float64Array(size)
    likelihood.addResponsibilities(alpha, 1, r)
    return { r, objective: likelihood.at(alpha).value, alpha, next: clamp(sum(r) / size) }
  },
  evidence: (likelihood, _state, prior, size) => {
    const { weights, alphas, logEvidence } = weightGrid(likelihood, prior)
    const r = new Float64Array(size)
    let mean = 0
    weights.forEach((weight, i) => {
      mean += weight * alphas[i]
      // What weighs less than rounding changes nothing.
      if (weight > 1e-14) likelihood.addResponsibilities(alphas[i], weight, r)
    })
    return { r, objective: logEvidence, alpha: mean, next: mean }
  },
  variational: variationalStep,
}

/** Coordinate ascent of q(α) = Beta and q(components), until α stands still at this θ. */
function variationalStep(
  likelihood: MixtureLikelihood,
  { alpha: from }: State,
  prior: Beta,
  size: number,
): ReturnType<EStep> {
  let odds = from / (1 - from)
  let r = new Float64Array(size)
  let a = prior.a
  let b = prior.b
  for (let i = 0; i < 200; i++) {
    r = new Float64Array(size)
    likelihood.addResponsibilities(odds / (1 + odds), 1, r)
    const first = sum(r)
    a = prior.a + first
    b = prior.b + size - first
    const next = Math.exp(digamma(a) - digamma(b))
    const moved = Math.abs(Math.log(next / odds))
    odds = next
    if (moved < 1e-10) break
  }
  // With q(components) at its best for q(α): Σ log[e^{E log α} N1 + e^{E log(1−α)} N2] − KL(q(α) ‖ p(α)).
  const total = digamma(a + b)
  const [logFirst, logSecond] = [digamma(a) - total, digamma(b) - total]
  const mixed = Math.exp(logFirst) + Math.exp(logSecond)
  const expected = likelihood.at(Math.exp(logFirst) / mixed).value + size * Math.log(mixed)
  const q = beta(a, b)
  const logRatio = q.logDensity(0.5) - prior.logDensity(0.5) + (a + b - prior.a - prior.b) * Math.log(2)
  const kl = logRatio + (a - prior.a) * logFirst + (b - prior.b) * logSecond
  const alpha = odds / (1 + odds)
  return { r, objective: expected - kl, alpha, next: alpha }
}

function climb(data: Float64Array, start: State, step: EStep, prior: Beta, most: number): GmmFit {
  let state = start
  let objective = -Infinity
  let used = 0
  let { alpha } = state
  const least = LEAST_SPREAD * Math.sqrt(moments(data).variance)
  for (; ; used++) {
    const found = step(new MixtureLikelihood(data, state.mean, state.sd), state, prior, data.length)
    alpha = found.alpha
    const gained = found.objective - objective
    objective = found.objective
    if (gained < STILL || used === most) break
    state = { ...weighted(data, found.r, least), alpha: found.next, equal: state.equal }
  }
  return {
    model: gmm({ mean: state.mean, sd: state.sd, prior }),
    objective,
    alpha,
    iterations: used,
    start: start.equal ? 'equal components' : 'random',
  }
}

/** μ and σ of both components from responsibilities. */
function weighted(data: Float64Array, r: Float64Array, least: number): Pick<State, 'mean' | 'sd'> {
  const sums = [0, 0, 0, 0]
  data.forEach((x, i) => {
    sums[0] += r[i]
    sums[1] += r[i] * x
    sums[2] += 1 - r[i]
    sums[3] += (1 - r[i]) * x
  })
  const mean: [number, number] = [sums[1] / sums[0], sums[3] / sums[2]]
  const squares = [0, 0]
  data.forEach((x, i) => {
    squares[0] += r[i] * (x - mean[0]) ** 2
    squares[1] += (1 - r[i]) * (x - mean[1]) ** 2
  })
  return {
    mean,
    sd: [Math.max(least, Math.sqrt(squares[0] / sums[0])), Math.max(least, Math.sqrt(squares[1] / sums[2]))],
  }
}

function startAt(data: Float64Array, random?: RandomDoubles): State {
  const { mean, variance } = moments(data)
  // Divided by N as EM's own estimate is, so that equal components are where EM stays.
  const sd = Math.sqrt((variance * Math.max(1, data.length - 1)) / data.length)
  if (!random) return { mean: [mean, mean], sd: [sd, sd], alpha: 0.5, equal: true }
  const pick = (): number => data[Math.floor(random.uniform() * data.length)]
  const means: [number, number] = [pick(), pick()]
  means.sort((one, other) => one - other)
  return { mean: means, sd: [sd, sd], alpha: 0.5, equal: false }
}

/** p(α|x) on a grid that is fine enough for EM: logit α from −12 to 12, refined once about where the weight lies. */
function weightGrid(likelihood: MixtureLikelihood, prior: Beta) {
  let [low, high] = [-12, 12]
  for (let round = 0; ; round++) {
    const count = 121
    const width = (high - low) / (count - 1)
    const logits = Float64Array.from({ length: count }, (_, i) => low + i * width)
    const alphas = logits.map((u) => 1 / (1 + Math.exp(-u)))
    const logs = alphas.map(
      (alpha) => likelihood.at(alpha).value + prior.logDensity(alpha) + Math.log(alpha * (1 - alpha)),
    )
    const most = Math.max(...logs)
    const weights = logs.map((log) => Math.exp(log - most))
    const total = sum(weights)
    if (round === 3)
      return {
        alphas,
        weights: weights.map((weight) => weight / total),
        logEvidence: most + Math.log(total * width),
      }
    // Where anything above rounding is, one step further on both sides.
    const first = weights.findIndex((weight) => weight > 1e-12)
    const last = count - 1 - [...weights].reverse().findIndex((weight) => weight > 1e-12)
    ;[low, high] = [logits[Math.max(0, first - 1)], logits[Math.min(count - 1, last + 1)]]
  }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)
const clamp = (alpha: number): number => Math.min(1 - 1e-12, Math.max(1e-12, alpha))
