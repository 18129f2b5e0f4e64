import { beta, digamma, type Beta } from '../distributions/beta'
import type { MixtureLikelihood } from './mixtureLikelihood'

/** How `fitGmm` estimates θ = (μ1, μ2, σ1, σ2). */
export type GmmEstimator = 'maximum likelihood' | 'evidence' | 'variational'

/** The state of EM. */
export interface GmmState {
  mean: [number, number]
  sd: [number, number]
  alpha: number
  equal: boolean
}

/**
 * Responsibilities at a state, the estimator's objective there, the corresponding weight, and the next
 * weight.
 */
export type EStep = (
  likelihood: MixtureLikelihood,
  state: GmmState,
  prior: Beta,
  size: number,
) => { r: Float64Array; objective: number; alpha: number; next: number }

export const estimators: Readonly<Record<GmmEstimator, EStep>> = {
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
      // Weights below rounding change nothing.
      if (weight > 1e-14) likelihood.addResponsibilities(alphas[i], weight, r)
    })
    return { r, objective: logEvidence, alpha: mean, next: mean }
  },
  variational: variationalStep,
}

/** Coordinate ascent of q(α) = Beta and q(components), until α converges at this θ. */
function variationalStep(
  likelihood: MixtureLikelihood,
  { alpha: from }: GmmState,
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
  return { r, objective: expected - kl, alpha: a / (a + b), next: odds / (1 + odds) }
}

/**
 * p(α|x) on a grid that is fine enough for EM: logit α from −12 to 12, refined once about where the weight
 * lies.
 */
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
    // The interval where the weight is above rounding, one step wider on both sides.
    const first = weights.findIndex((weight) => weight > 1e-12)
    const last = count - 1 - [...weights].reverse().findIndex((weight) => weight > 1e-12)
    ;[low, high] = [logits[Math.max(0, first - 1)], logits[Math.min(count - 1, last + 1)]]
  }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)
const clamp = (alpha: number): number => Math.min(1 - 1e-12, Math.max(1e-12, alpha))
