import type { Model } from '../../src/models/model'
import { brenierMap, convexReference, softplus } from './convexReference'
import { denseRow, mlpRow } from './denseReference'
import { paperParts } from './injective'
import { numbers, numbersOfAll, readWeights, rowsOf } from './tables'

/** A model's weights and what is fixed in it, as plain numbers. */
export interface ModelNumbers {
  model: Model
  weights: Record<string, number[]>
  /** β of an injective decoder, rows. */
  beta?: number[][]
  /** Means and standard deviations of the prior's components. */
  priorMean: number[][]
  priorSd: number[][]
  /** σ of a Gaussian likelihood; the fixed one is told. */
  sigma: number
  dispersion: number
}

/** Reads a model once. @param fixedSigma σ of a Gaussian likelihood that is not learned */
export function readModel(model: Model, fixedSigma = 0.7): ModelNumbers {
  const weights = readWeights(model.parameters)
  const injective = paperParts(model)
  const [mean, sd] = numbersOfAll(() => {
    const moments = model.prior.moments()
    return [moments.mean, moments.sd]
  })
  return {
    model,
    weights,
    beta:
      injective &&
      rowsOf(
        numbers(() => injective.beta.matrix()),
        model.dim,
      ),
    priorMean: rowsOf(mean, model.latent),
    priorSd: rowsOf(sd, model.latent),
    dispersion: 'dispersion' in weights ? softplus(weights.dispersion[0]) + 1e-4 : NaN,
    sigma: 'sigma' in weights ? softplus(weights.sigma[0]) + 0.05 : fixedSigma,
  }
}

/** Moments of q(z|x) or of every q(z|x, w), and q(w|x), at one data point. */
export interface PosteriorAt {
  mean: number[][]
  sd: number[][]
  q: number[]
}

/** The posterior in doubles, from the weights. */
export function posteriorAt({ model, weights }: ModelNumbers, data: number[]): PosteriorAt {
  const { latent, components } = model
  const x =
    model.likelihood.accepts.includes('count') && model.likelihood.name !== 'gaussian'
      ? data.map(Math.log1p)
      : data
  const logits = components > 1 ? mlpRow(weights, 'encoder/w', x) : [0]
  const total = logits.reduce((sum, l) => sum + Math.exp(l), 0)
  const q = logits.map((l) => Math.exp(l) / total)
  const outputs =
    model.posterior.branches === 1
      ? [mlpRow(weights, 'encoder/z', x)]
      : q.map((_, w) => {
          const ofX = denseRow(weights, 'encoder/z/x', x)
          const ofW = denseRow(
            weights,
            'encoder/z/w',
            q.map((_value, k) => (k === w ? 1 : 0)),
          )
          const hidden = ofX.map((value, j) => Math.max(0, value + ofW[j]))
          return mlpRow(weights, 'encoder/z/rest', hidden)
        })
  return {
    mean: outputs.map((out) => out.slice(0, latent)),
    sd: outputs.map((out) => out.slice(latent).map((free) => softplus(free) + 1e-3)),
    q,
  }
}

/** η(z) in doubles, from the weights. */
export function etaAt({ model, weights, beta }: ModelNumbers, z: number[]): number[] {
  const injective = paperParts(model)
  if (!injective || !beta) return mlpRow(weights, 'decoder', z)
  const map = (name: 'g1' | 'g2', u: number[]): number[] => {
    const { convex, mu } = injective[name]
    return brenierMap(convexReference(weights, `decoder/${name}/`, { ...convex, mu }), u)
  }
  const u = map('g1', z)
  const linear = weights['decoder/beta/c'].map((c, j) => u.reduce((sum, x, k) => sum + x * beta[k][j], c))
  return map('g2', linear)
}

/** log p(x|η) in doubles. */
export function logLikelihoodAt(
  { model, sigma, dispersion }: ModelNumbers,
  x: number[],
  eta: number[],
): number {
  return x.reduce((sum, xi, i) => {
    if (model.likelihood.name === 'bernoulli') return sum + xi * eta[i] - softplus(eta[i])
    if (model.likelihood.name === 'poisson') return sum + xi * eta[i] - Math.exp(eta[i]) - logFactorial(xi)
    if (model.likelihood.name === 'negativeBinomial')
      return sum + logNegativeBinomial(xi, Math.exp(eta[i]), 1 / dispersion)
    return sum + logNormal(xi, eta[i], sigma)
  }, 0)
}

/** The same of a negative binomial count of mean μ and shape r. */
export function logNegativeBinomial(x: number, mu: number, r: number): number {
  let sum = r * Math.log(r / (r + mu)) + x * Math.log(mu / (r + mu))
  for (let k = 0; k < x; k++) sum += Math.log((r + k) / (k + 1))
  return sum
}

/** log x! in doubles. */
export function logFactorial(x: number): number {
  let sum = 0
  for (let k = 2; k <= x; k++) sum += Math.log(k)
  return sum
}

/** log N(x; mean, sd²) in doubles. */
export const logNormal = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI)

/**
 * The ELBO's parts at one data point by enumerating w, with given noise of z `[J][latent]`:
 * Σ_w q(w|x) [log p(x|z_w) − KL(q(z|x, w) ‖ p(z|w)) − log q(w|x) + log 1/K].
 */
export function elboAt(
  read: ModelNumbers,
  x: number[],
  noise: number[][],
): { reconstruction: number; klZ: number[]; klW: number } {
  const { mean, sd, q } = posteriorAt(read, x)
  const { components, latent } = read.model
  let reconstruction = 0
  let klW = 0
  const klZ = Array.from({ length: latent }, () => 0)
  for (let w = 0; w < components; w++) {
    const j = mean.length === 1 ? 0 : w
    const z = mean[j].map((m, u) => m + sd[j][u] * noise[j][u])
    reconstruction += q[w] * logLikelihoodAt(read, x, etaAt(read, z))
    for (let u = 0; u < latent; u++) {
      const [pm, ps] = [read.priorMean[w][u], read.priorSd[w][u]]
      const moved = (mean[j][u] - pm) ** 2
      klZ[u] += q[w] * (Math.log(ps / sd[j][u]) + (sd[j][u] ** 2 + moved) / (2 * ps ** 2) - 0.5)
    }
    klW += q[w] * (Math.log(q[w]) - Math.log(1 / components))
  }
  return { reconstruction, klZ, klW }
}
