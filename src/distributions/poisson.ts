import * as tf from '@tensorflow/tfjs'
import { requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import { atDepthOf, COUNT_OPTIONS, COUNTED, logMean, requireCountOptions, type CountOptions } from './counts'
import type { BoundLikelihood, Likelihood } from './likelihood'
import { poissonDraw } from './poissonDraw'
import { stirlingRest } from './stirling'

/**
 * The Poisson likelihood of counts, x_d ~ Poisson(e^{η_d}), where η is the log-rate:
 *   log p(x|η) = Σ_d x_d η_d − e^{η_d} − log x_d!.
 * With a `depth` the rates of a row are e^{η_d} T / depth, its total T = Σ x taken as given: log p(x|η) is
 * then log p(x|T, η) + log Poisson(T | T Σ_d e^{η_d} / depth), to be compared among models with a depth only.
 * The certificate is about η, as without: the depth shifts both η(z) and η(z′), so that ‖η(z) − η(z′)‖ is the
 * same for a row of any depth.
 *
 * @param dim number of features.
 * @param options `{ depth, encode = 'log1p' }`: the total of a row of which η is the log-rate; how counts
 *   enter the encoder.
 * @returns the likelihood, for a model builder; its data must have values 'count' or 'binary'.
 * @throws ArgumentError if dim is not an integer ≥ 1, or the depth not positive.
 * @example
 * const model = lid.lidvae({ likelihood: lid.poisson(100), latent: 4, seed: 1 })
 * @example
 * const cells = lid.lidvae({ likelihood: lid.poisson(100, { depth: 10000 }), latent: 4, seed: 1 })
 */
export function poisson(dim: number, options: CountOptions = {}): Likelihood {
  const resolved = resolveOptions<CountOptions, typeof COUNT_OPTIONS>('poisson', options, COUNT_OPTIONS)
  const { depth, encode } = resolved
  requireInteger('poisson(dim)', dim)
  requireCountOptions(resolved)
  // Counts as they are and no depth: the only model there was before either could be chosen.
  const isOld = encode === 'counts' && depth === undefined
  return withProvenance('poisson', isOld ? [dim] : [dim, { ...options, encode }], {
    name: 'poisson',
    dim,
    accepts: COUNTED,
    encode,
    ...(depth !== undefined && { depth }),
    etaOfMean: logMean(depth),
    bind: () => atDepth(depth),
  })
}

/**
 * log p(x|η) = −[x (e^u − 1 − u)] − s(x), u = η − log x (−e^η at x = 0), so that float32 keeps its precision
 * where x η, e^η and log x! are large and nearly cancel. Its gradient is x − e^η; x is data and gets no
 * gradient.
 */
const logProb = tf.customGrad((eta, x, save) => {
  const [e, counts] = [eta as tf.Tensor, x as tf.Tensor]
  ;(save as unknown as (t: tf.Tensor[]) => void)([e, counts])
  const u = tf.sub(e, tf.log(tf.maximum(counts, 1)))
  const deviance = tf.where(
    tf.greater(tf.add(counts, tf.zerosLike(e)), 0),
    tf.mul(counts, tf.sub(tf.expm1(u), u)),
    tf.exp(e),
  )
  return {
    value: tf.neg(tf.sum(tf.add(deviance, stirlingRest(counts)), -1)),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.mul(tf.expandDims(dy, -1), tf.sub(saved[1], tf.exp(saved[0]))),
      tf.zerosLike(saved[1]),
    ],
  }
})

const atDepth = (depth?: number): BoundLikelihood => ({
  logProb: (x, eta) => logProb(atDepthOf(x, eta, depth), x),
  mean: (eta, of) => tf.exp(of ? atDepthOf(of, eta, depth) : eta),
  sample: (eta, draws) => poissonDraw(tf.exp(eta), draws),
  // Sum of both directions: Σ (η_a − η_b)(e^{η_a} − e^{η_b}).
  divergence: (a, b) => tf.sum(tf.mul(tf.sub(a, b), tf.sub(tf.exp(a), tf.exp(b))), -1),
})
