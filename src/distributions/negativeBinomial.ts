import * as tf from '@tensorflow/tfjs'
import { withoutGradient } from '../compute/gradients'
import { constantInit, inverseSoftplus } from '../compute/parameters'
import { ArgumentError, requireInteger } from '../base/errors'
import { resolveOptions, type OptionDefaults } from '../base/options'
import { withProvenance } from '../base/provenance'
import { atDepthOf, COUNT_OPTIONS, COUNTED, logMean, requireCountOptions, type CountOptions } from './counts'
import { gammaDraw } from './gammaDraw'
import type { BoundLikelihood, Likelihood } from './likelihood'
import { poissonDraw } from './poissonDraw'
import { gammaRest, stirlingRest } from './stirling'

/** Options of `negativeBinomial`. */
export interface NegativeBinomialOptions extends CountOptions {
  /**
   * α > 0, how far the variance μ + αμ² exceeds a Poisson count's: a number, or `'learned'`, one number
   * shared by all features (default).
   */
  dispersion?: number | 'learned'
}

const OPTIONS = {
  ...COUNT_OPTIONS,
  dispersion: 'learned',
} satisfies OptionDefaults<NegativeBinomialOptions>

/**
 * The least dispersion: below it the law is Poisson's for means of up to some thousands, and float32 cannot
 * tell.
 */
const FLOOR = 1e-4

/**
 * The negative binomial likelihood of counts that vary more than Poisson's, mean μ_d = e^{η_d}, variance μ_d
 * + αμ_d², r = 1/α:
 *   log p(x|η) = Σ_d log Γ(x_d + r) − log Γ(r) − log x_d! + r log(r / (r + μ_d)) + x_d log(μ_d / (r + μ_d)).
 * The dispersion α is fixed, or learned and shared by all features, at least 1e-4; for a fixed one, p(·|η)
 * determines η. The `depth` is as for `poisson`.
 *
 * @param dim number of features.
 * @param options `{ dispersion = 'learned', depth, encode = 'log1p' }`: α, learned from 1 on; the total of a
 *   row of which η is the log-mean; how counts enter the encoder.
 * @returns the likelihood, for a model builder; its data must have values 'count' or 'binary'.
 * @throws ArgumentError when dim is not an integer ≥ 1, the dispersion below 1e-4, or the depth not positive.
 * @example
 * const model = lid.lidvae({ likelihood: lid.negativeBinomial(100), latent: 4, seed: 1 })
 * @see Hilbe 2011, Negative Binomial Regression, section 8 (NB2).
 */
export function negativeBinomial(dim: number, options: NegativeBinomialOptions = {}): Likelihood {
  const resolved = resolveOptions<NegativeBinomialOptions, typeof OPTIONS>(
    'negativeBinomial',
    options,
    OPTIONS,
  )
  const { dispersion, depth, encode } = resolved
  requireInteger('negativeBinomial(dim)', dim)
  requireCountOptions(resolved)
  if (dispersion !== 'learned' && !(Number.isFinite(dispersion) && dispersion >= FLOOR))
    throw new ArgumentError(
      'dispersion',
      dispersion,
      `a number ≥ ${FLOOR} or 'learned'`,
      'For counts that vary as Poisson’s, take lid.poisson.',
    )
  return withProvenance('negativeBinomial', [dim, { ...options, encode }], {
    name: 'negativeBinomial',
    dim,
    accepts: COUNTED,
    encode,
    ...(depth !== undefined && { depth }),
    etaOfMean: logMean(depth),
    bind: (parameters) => {
      if (dispersion !== 'learned') return withR(() => tf.scalar(1 / dispersion), depth)
      const free = parameters.variable('dispersion', [], constantInit(inverseSoftplus(1 - FLOOR)))
      return withR(() => tf.reciprocal(tf.add(tf.softplus(free), FLOOR)), depth)
    },
  })
}

const withR = (r: () => tf.Tensor, depth?: number): BoundLikelihood => ({
  logProb: (x, eta) => tf.sum(logProb(x, atDepthOf(x, eta, depth), r()), -1),
  mean: (eta, of) => tf.exp(of ? atDepthOf(of, eta, depth) : eta),
  // Poisson's, its rate drawn from a gamma of mean μ.
  sample: (eta, draws) => {
    const shape = r()
    const share = tf.div(gammaDraw(shape, eta.shape, draws), shape)
    return poissonDraw(tf.mul(tf.exp(eta), share), draws)
  },
  // Both directions together: Σ (μ_a − μ_b)(θ_a − θ_b), θ = log(μ / (r + μ)), since nothing else of log p
  // depends on both x and η.
  divergence: (a, b) => {
    const logR = tf.log(r())
    const theta = (eta: tf.Tensor): tf.Tensor => tf.logSigmoid(tf.sub(eta, logR))
    return tf.sum(tf.mul(tf.sub(tf.exp(a), tf.exp(b)), tf.sub(theta(a), theta(b))), -1)
  },
})

/** From here on e^u is taken for the whole of 1 + p(e^u − 1), which float32 cannot hold much further. */
const LARGE = 60

/**
 * log p(x|η), feature by feature, in terms that do not cancel in float32: with u = η − log x and p = x/(x +
 * r),
 *   −(x + r)[log(1 + p(e^u − 1)) − pu] − ½ log(1 + x/r) + c(x + r) − c(r) − s(x),
 * s and c what Stirling's formula leaves; −r log(1 + e^η/r) at x = 0. Its gradient in η is r(x − μ)/(r + μ).
 */
function logProb(x: tf.Tensor, eta: tf.Tensor, r: tf.Tensor): tf.Tensor {
  const some = tf.maximum(x, 1)
  const u = tf.sub(eta, tf.log(some))
  const total = tf.add(some, r)
  const [p, q] = [tf.div(some, total), tf.div(r, total)]
  const near = tf.log1p(tf.mul(p, tf.expm1(tf.clipByValue(u, -1, LARGE))))
  // Where p is nearly 1 and e^u nearly 0, of 1 + p(e^u − 1) only q = 1 − p is left.
  const low = tf.log(tf.add(q, tf.mul(p, tf.exp(tf.minimum(u, -1)))))
  const grown = tf.add(
    tf.where(
      withoutGradient((at) => tf.less(at, -1), u),
      low,
      near,
    ),
    tf.relu(tf.sub(u, LARGE)),
  )
  const counted = tf.neg(tf.mul(total, tf.sub(grown, tf.mul(p, u))))
  const none = tf.neg(tf.mul(r, tf.softplus(tf.sub(eta, tf.log(r)))))
  const normaliser = tf.sub(
    tf.sub(tf.sub(gammaRest(total), gammaRest(r)), tf.mul(0.5, tf.log1p(tf.div(some, r)))),
    stirlingRest(some),
  )
  const isCounted = withoutGradient((e) => tf.greater(tf.add(x, tf.zerosLike(e)), 0), eta)
  return tf.where(isCounted, tf.add(counted, normaliser), tf.add(none, tf.zerosLike(counted)))
}
