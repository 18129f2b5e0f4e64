import type { Beta } from '../distributions/beta'
import { logistic } from '../inference/target'
import type { MixtureLikelihood } from './mixtureLikelihood'

/** The exact posterior of a mixture's weight, by quadrature. */
export interface AlphaPosterior {
  /** log p(x) = log ∫ p(x|α) p(α) dα, nats. */
  logEvidence: number
  /** E[α|x]. */
  mean: number
  /** Standard deviation of α given x. */
  sd: number
  /** F = KL(p(α) ‖ p(α|x)) = log p(x) − E_{p(α)} log p(x|α), nats: 0 where the posterior has collapsed. */
  flatness: number
  /** KL(p(α|x) ‖ p(α)), nats. */
  kl: number
  /** log p(α|x) at a weight, nats; −∞ outside of [0, 1]. */
  logDensity(alpha: number): number
  /** E[f(α)|x]. */
  expect(f: (alpha: number) => number): number
  /**
   * KL(q ‖ p(α|x)) of a q with this log density over logit α, nats. Assumes that q has its mass about where
   * the posterior or the prior has it.
   */
  klFrom(logQ: (logit: number) => number): number
}

/**
 * Points of the trapezoidal rule, which converges exponentially for a function that vanishes at both ends.
 */
const POINTS = 801
/** Densities below e^−50 of the highest one are negligible. */
const NEGLIGIBLE = 50

/**
 * Everything about p(α|x) by the trapezoidal rule over logit α, on the part of the line where the density is
 * not negligible.
 *
 * The log density is concave in α, so that there is one such part.
 */
export function alphaPosterior(likelihood: MixtureLikelihood, prior: Beta): AlphaPosterior {
  const jacobian = (u: number): number => -softplus(u) - softplus(-u)
  // The logit represents α close to 0 or 1 without rounding.
  const logPrior = (u: number): number => -prior.a * softplus(-u) - prior.b * softplus(u) - logB
  const logB = -prior.logDensity(0.5) + (prior.a - 1 + prior.b - 1) * Math.log(0.5)
  const logLikelihood = (u: number): number => likelihood.at(logistic(u), logistic(-u)).value
  const joint = (u: number): number => logLikelihood(u) + logPrior(u)

  const ofPosterior = grid(joint)
  const ofPrior = grid(logPrior)
  const logEvidence = ofPosterior.logTotal
  const { points, weights, logs } = ofPosterior
  const expectU = (f: (u: number, i: number) => number): number =>
    points.reduce((sum, u, i) => sum + weights[i] * f(u, i), 0)
  const expect = (f: (alpha: number) => number): number => expectU((u) => f(logistic(u)))
  const mean = expect((alpha) => alpha)
  const priorMeanLog = ofPrior.points.reduce((sum, u, i) => sum + ofPrior.weights[i] * logLikelihood(u), 0)
  return {
    logEvidence,
    mean,
    sd: Math.sqrt(expect((alpha) => (alpha - mean) ** 2)),
    flatness: logEvidence - priorMeanLog,
    kl: expectU((u, i) => logs[i] - logPrior(u)) - logEvidence,
    logDensity: (alpha) => {
      if (!(alpha >= 0 && alpha <= 1)) return -Infinity
      // At the ends the logit is infinite, the density is not.
      if (alpha === 0 || alpha === 1)
        return prior.logDensity(alpha) + likelihood.at(alpha).value - logEvidence
      const u = Math.log(alpha) - Math.log1p(-alpha)
      return joint(u) - jacobian(u) - logEvidence
    },
    expect,
    klFrom: (logQ) => {
      const q = grid(logQ)
      return (
        q.points.reduce((sum, u, i) => sum + q.weights[i] * (q.logs[i] - joint(u)), 0) -
        q.logTotal +
        logEvidence
      )
    },
  }
}

interface Grid {
  points: Float64Array
  /** They sum to 1. */
  weights: Float64Array
  /** The log density at the points. */
  logs: Float64Array
  logTotal: number
}

/** Trapezoidal rule for exp(f) over the real line, f with one maximum. */
function grid(f: (u: number) => number): Grid {
  const top = maximum(f)
  const most = f(top)
  const low = edge(f, top, -1, most)
  const high = edge(f, top, 1, most)
  const step = (high - low) / (POINTS - 1)
  const points = Float64Array.from({ length: POINTS }, (_, i) => low + i * step)
  const logs = points.map(f)
  let total = 0
  const weights = logs.map((log) => Math.exp(log - most))
  for (const weight of weights) total += weight
  for (let i = 0; i < POINTS; i++) weights[i] /= total
  return { points, weights, logs, logTotal: most + Math.log(total * step) }
}

/** Golden-section search over the logits that double precision can distinguish. */
function maximum(f: (u: number) => number): number {
  const golden = (Math.sqrt(5) - 1) / 2
  let [low, high] = [-36, 36]
  let [left, right] = [high - golden * (high - low), low + golden * (high - low)]
  let [fLeft, fRight] = [f(left), f(right)]
  // Accurate enough for the centre of a grid.
  while (high - low > 1e-6) {
    if (fLeft > fRight) {
      ;[high, right, fRight] = [right, left, fLeft]
      left = high - golden * (high - low)
      fLeft = f(left)
    } else {
      ;[low, left, fLeft] = [left, right, fRight]
      right = low + golden * (high - low)
      fRight = f(right)
    }
  }
  return (low + high) / 2
}

/** Where f has become negligible: doubles the step outwards, then bisects. */
function edge(f: (u: number) => number, top: number, side: -1 | 1, most: number): number {
  let inside = 0
  let outside = 1e-4
  while (f(top + side * outside) > most - NEGLIGIBLE && outside < 1e4) {
    inside = outside
    outside *= 2
  }
  for (let i = 0; i < 12; i++) {
    const middle = (inside + outside) / 2
    if (f(top + side * middle) > most - NEGLIGIBLE) inside = middle
    else outside = middle
  }
  return top + side * outside
}

const softplus = (u: number): number => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)))
