import { permutation, streamKey } from '../engine/streams'
import { priorMeans, priorVariance } from './activeUnits'
import { meanEstimate, type Estimate } from './estimate'
import type { Evaluation } from './evaluation'
import { logLikelihoodGivenW, logSumExp, pointElbos, pointLogLikelihoods } from './logLikelihood'

/** How flat the likelihood is in each latent variable at these data: 0 where the exact posterior equals the prior. */
export interface Flatness {
  /** F_z = log p(x) − E_{p(z)} log p(x|z). */
  z: Estimate
  /** F_w = log p(x) − (1/K) Σ_w log p(x|w); 0 without components. */
  w: Estimate
  /** F of each unit of z, from the posterior's moments. */
  units: Estimate[]
  /** F_z and F_w of each data point, `[N]`. */
  pointsZ: Float64Array
  pointsW: Float64Array
}

/**
 * Flatness of the likelihood in each latent variable, F_v(x) = KL(p(v) ‖ p(v|x)) ≥ 0, zero iff the exact posterior of v has collapsed at x.
 * F_z(x) = log p(x) − E_{p(z)} log p(x|z); F_w(x) = log p(x) − (1/K) Σ_w log p(x|w), both with log p(x|w) importance-weighted. For one unit of z:
 * the KL between normals with the moments of prior and importance-weighted posterior, less what the same weights in random order would give.
 * Of a model whose components differ F_w is approximate (components far from q(z|x) are weighed by few draws); of one where they agree it is exact.
 *
 * @param evaluation from `evaluate`.
 * @returns nats a data point, means and per data point.
 * @example
 * lid.flatness(evaluation).w.value // near 0: the model is non-identifiable in w here
 * @see Wang, Blei, Cunningham 2021, theorem 1.
 */
export function flatness(evaluation: Evaluation): Flatness {
  const { size, components, samples, priorSamples } = evaluation
  const logX = pointLogLikelihoods(evaluation)
  const givenW = logLikelihoodGivenW(evaluation)
  const pointsZ = logX.map((log, i) => log - evaluation.priorLogLikelihood[i])
  const pointsW = logX.map((log, i) => {
    let sum = 0
    for (let k = 0; k < components; k++) sum += givenW[i * components + k]
    return components === 1 ? 0 : log - sum / components
  })
  return {
    z: meanEstimate(
      pointsZ,
      `importance-weighted, ${samples} draws, ${priorSamples} of the prior, ${size} data points`,
    ),
    w: meanEstimate(pointsW, `importance-weighted, ${samples} draws, exact sum over w, ${size} data points`),
    units: unitFlatness(evaluation),
    pointsZ,
    pointsW,
  }
}

/** The inference gap of each latent variable: how far q is from the exact posterior, in nats. */
export interface InferenceGap {
  /** log p(x) − ELBO, all variables together. */
  total: Estimate
  /** E_{q(w|x)} KL(q(z|x) ‖ p(z|x, w)): the rest of the total. */
  z: Estimate
  /** KL(q(w|x) ‖ p(w|x)); 0 without components. */
  w: Estimate
}

/**
 * The inference gap log p(x) − ELBO = KL(q ‖ exact posterior), and its share of each latent variable: KL(q(w|x) ‖ p(w|x)), with p(w|x) from the
 * importance-weighted p(x|w), and the rest, which is z's.
 *
 * @param evaluation from `evaluate`.
 * @returns nats a data point.
 * @example
 * lid.inferenceGap(evaluation).total.value
 * @see Cremer et al. 2018, eq. 4.
 */
export function inferenceGap(evaluation: Evaluation): InferenceGap {
  const { size, components, logW, samples } = evaluation
  const logX = pointLogLikelihoods(evaluation)
  const givenW = logLikelihoodGivenW(evaluation)
  const bounds = pointElbos(evaluation)
  const total = logX.map((log, i) => log - bounds[i])
  const w = logX.map((log, i) => {
    let sum = 0
    for (let k = 0; k < components; k++) {
      const q = logW[i * components + k]
      sum += Math.exp(q) * (q - (givenW[i * components + k] - Math.log(components) - log))
    }
    return sum
  })
  const how = `importance-weighted, ${samples} draws, ${size} data points`
  return {
    total: meanEstimate(total, how),
    z: meanEstimate(
      total.map((gap, i) => gap - w[i]),
      how,
    ),
    w: meanEstimate(w, how),
  }
}

/** KL between normals, number by number. */
const normalKl = (m0: number, v0: number, m1: number, v1: number): number =>
  (Math.log(v1 / v0) + (v0 + (m0 - m1) ** 2) / v1 - 1) / 2

function unitFlatness(e: Evaluation): Estimate[] {
  const { size, samples, components, branches, latent, z, logRatio } = e
  const centre = priorMeans(e)
  const variance = priorVariance(e)
  const points = Array.from({ length: latent }, () => new Float64Array(size))
  const draws = samples * components
  const weights = new Float64Array(draws)
  const order = permutation(samples, streamKey(0, 'sampling', 'flatness'))
  for (let i = 0; i < size; i++) {
    const total = logSumExp(logRatio, i * draws, draws)
    for (let n = 0; n < draws; n++) weights[n] = Math.exp(logRatio[i * draws + n] - total)
    for (let u = 0; u < latent; u++) {
      const at = (s: number, k: number) =>
        z[((i * samples + s) * branches + (branches === 1 ? 0 : k)) * latent + u]
      const weighed = weightedMoments(samples, components, weights, at, (s) => s)
      // The same weights on draws in another order carry nothing about the unit: what they give is the estimator's bias plus KL(p ‖ q).
      const shuffled = weightedMoments(samples, components, weights, at, (s) => order[s])
      const even = weightedMoments(samples, components, undefined, at, (s) => s)
      const f = normalKl(centre[u], variance[u], weighed.mean, weighed.variance)
      const bias =
        normalKl(centre[u], variance[u], shuffled.mean, shuffled.variance) -
        normalKl(centre[u], variance[u], even.mean, even.variance)
      points[u][i] = f - bias
    }
  }
  return points.map((values) =>
    meanEstimate(values, `moments of ${samples} importance-weighted draws, ${size} data points`),
  )
}

/** Mean and variance under weights, the variance shrunk towards the unweighted one when few draws carry the weight. */
function weightedMoments(
  samples: number,
  components: number,
  weights: Float64Array | undefined,
  at: (s: number, k: number) => number,
  order: (s: number) => number,
): { mean: number; variance: number } {
  const even = 1 / (samples * components)
  let mean = 0
  let square = 0
  let plainMean = 0
  let plainSquare = 0
  let concentration = 0
  for (let s = 0; s < samples; s++)
    for (let k = 0; k < components; k++) {
      const weight = weights ? weights[s * components + k] : even
      const value = at(order(s), k)
      mean += weight * value
      square += weight * value * value
      plainMean += even * value
      plainSquare += even * value * value
    }
  for (let s = 0; s < samples; s++) {
    let ofDraw = 0
    for (let k = 0; k < components; k++) ofDraw += weights ? weights[s * components + k] : even
    concentration += ofDraw * ofDraw
  }
  const effective = 1 / concentration
  const plain = Math.max(plainSquare - plainMean * plainMean, 1e-12)
  // Ten draws' worth of the unweighted variance keeps one heavy draw from looking like a point posterior.
  const shrunk = (effective * Math.max(square - mean * mean, 0) + 10 * plain) / (effective + 10)
  return { mean: (effective * mean + 10 * plainMean) / (effective + 10), variance: shrunk }
}
