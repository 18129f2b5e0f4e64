import { beta, requireBeta, type Beta } from '../distributions/beta'
import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { RandomDoubles } from '../compute/streams'
import { logistic, type Target } from '../inference/target'
import { alphaPosterior, type AlphaPosterior } from './alphaPosterior'
import { jointTarget } from './gmmJoint'
import { MixtureLikelihood } from './mixtureLikelihood'
import { realRows, type RealRows } from './rows'

/** Options of `gmm`: θ and the prior of α. */
export interface GmmOptions {
  /** μ1 and μ2. */
  mean: readonly [number, number]
  /** σ1 and σ2; both 1 by default. */
  sd?: readonly [number, number]
  /** p(α); Beta(5, 5) by default. */
  prior?: Beta
}

/** Draws of a `gmm`. */
export interface GmmSample {
  /** The data, `[size]`. */
  x: Float64Array
  /** The component of each data point, 0 or 1, `[size]`. */
  component: Int32Array
  /** The weight they were drawn with. */
  alpha: number
}

/**
 * A mixture of two normals whose weight α is a latent variable shared by all data: x ~ αN(μ1, σ1²) +
 * (1−α)N(μ2, σ2²), α ~ Beta(a, b).
 */
export interface Gmm {
  /** μ1 and μ2. */
  readonly mean: readonly [number, number]
  /** σ1 and σ2. */
  readonly sd: readonly [number, number]
  /** p(α). */
  readonly prior: Beta
  /** log p(x|α) = Σ_i log[αN(x_i; μ1, σ1²) + (1−α)N(x_i; μ2, σ2²)] at each weight, nats. */
  logLikelihood(x: RealRows, alpha: ArrayLike<number>): Float64Array
  /** The exact posterior of α, by quadrature: moments, density, evidence, flatness. */
  posterior(x: RealRows): AlphaPosterior
  /** log p(x, α) for `hmc` and `advi`, with θ fixed. */
  target(x: RealRows): Target
  /** log p(x, α, θ) with θ random too: μ ~ N(0, 10²) with μ1 < μ2, σ ~ |N(0, 2²)|. */
  jointTarget(x: RealRows): Target
  /** Data from the model; α from its prior unless given. */
  sample(options: { size: number; alpha?: number; seed?: number }): GmmSample
}

/**
 * The two-component Gaussian mixture with a global latent weight: α ~ Beta(a, b), x_i ~ αN(μ1, σ1²) +
 * (1−α)N(μ2, σ2²). Where both components are the same distribution, α is non-identifiable: its exact
 * posterior equals its prior.
 *
 * @param options `{ mean, sd = [1, 1], prior = beta(5, 5) }`.
 * @returns likelihood, exact posterior, targets for inference, draws.
 * @throws ArgumentError when a mean is not finite, a standard deviation is not positive or the prior is not a
 *   `beta`.
 * @example
 * const model = lid.gmm({ mean: [-10, 10] })
 * model.posterior(model.sample({ size: 1000, alpha: 0.15, seed: 1 }).x).mean
 * @see Wang, Blei, Cunningham 2021, section 2.3 and 4.2.
 */
export function gmm(options: GmmOptions): Gmm {
  const { mean, sd, prior } = resolveOptions(
    'gmm',
    options,
    { mean: undefined, sd: [1, 1], prior: beta(5, 5) },
    '{ mean: [-2, 2] }',
  )
  if (mean?.length !== 2 || !mean.every(Number.isFinite))
    throw new ArgumentError('mean', mean, 'two finite numbers', 'Give mean: [μ1, μ2].')
  if (sd?.length !== 2) throw new ArgumentError('sd', sd, 'two numbers > 0', 'Give sd: [σ1, σ2].')
  requirePositive('sd[0]', sd[0])
  requirePositive('sd[1]', sd[1])
  requireBeta(prior)
  const likelihood = (x: RealRows): MixtureLikelihood => new MixtureLikelihood(realRows(x, 1), mean, sd)
  return {
    mean,
    sd,
    prior,
    logLikelihood: (x, alpha) => {
      const of = likelihood(x)
      return realRows(alpha, 1, 'alpha').map((a) => of.at(requireWeight(a)).value)
    },
    posterior: (x) => alphaPosterior(likelihood(x), prior),
    target: (x) => alphaTarget(likelihood(x), prior),
    jointTarget: (x) => jointTarget(realRows(x, 1), prior),
    sample: (wanted) => {
      const { size, alpha, seed } = resolveOptions(
        'sample',
        wanted,
        { size: undefined, alpha: undefined, seed: 0 },
        '{ size: 100 }',
      )
      return draw(mean, sd, prior, size, alpha, seed)
    },
  }
}

function requireWeight(alpha: number): number {
  if (!(alpha >= 0 && alpha <= 1))
    throw new ArgumentError('alpha', alpha, 'a weight from 0 to 1', 'Give α, not its logit.')
  return alpha
}

/** log p(x, α) over u = logit α: the density includes the Jacobian dα/du = α(1−α). */
function alphaTarget(likelihood: MixtureLikelihood, prior: Beta): Target {
  return {
    dim: 1,
    names: ['alpha'],
    logDensity: (u, gradient) => {
      const alpha = logistic(u[0])
      const other = logistic(-u[0])
      const jacobian = alpha * other
      // Where α rounds to 0 or 1 the likelihood is negligible.
      if (jacobian === 0 || alpha === 1) return -Infinity
      const { value, slope } = likelihood.at(alpha, other)
      if (gradient) gradient[0] = slope * jacobian + prior.a * other - prior.b * alpha
      return value + prior.logDensity(alpha) + Math.log(jacobian)
    },
    natural: (u) => [logistic(u[0])],
  }
}

function draw(
  mean: readonly [number, number],
  sd: readonly [number, number],
  prior: Beta,
  size: number,
  given: number | undefined,
  seed: number,
): GmmSample {
  requireInteger('size', size)
  requireInteger('seed', seed, 0)
  if (given !== undefined) requireWeight(given)
  const random = RandomDoubles.of(seed, 'gmm')
  const alpha = given ?? betaDraw(prior, random)
  const x = new Float64Array(size)
  const component = new Int32Array(size)
  for (let i = 0; i < size; i++) {
    component[i] = random.uniform() < alpha ? 0 : 1
    x[i] = mean[component[i]] + sd[component[i]] * random.normal()
  }
  return { x, component, alpha }
}

/** A draw of Beta(a, b): G_a/(G_a + G_b) of two gamma draws. */
function betaDraw({ a, b }: Beta, random: RandomDoubles): number {
  const gamma = (shape: number): number => {
    // Marsaglia & Tsang 2000.
    if (shape < 1) return gamma(shape + 1) * (1 - random.uniform()) ** (1 / shape)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const z = random.normal()
      const v = (1 + c * z) ** 3
      if (v > 0 && Math.log(1 - random.uniform()) < (z * z) / 2 + d - d * v + d * Math.log(v)) return d * v
    }
  }
  const first = gamma(a)
  return first / (first + gamma(b))
}
