import * as tf from '@tensorflow/tfjs'
import { tidied } from '../compute/tidied'
import { pieces } from '../compute/ops'
import { normals } from '../compute/philox'
import { streamKey } from '../compute/streams'
import type { Parameters } from '../compute/parameters'
import { encoded, type Likelihood } from '../distributions/likelihood'
import type { ModelData } from '../data/modelData'
import { normalLogProb } from '../distributions/normal'
import { dense, isPerceptron, mlp, type Dense, type Layer } from '../layers/dense'
import type { Flow } from '../layers/realNvp'
import { ArgumentError, alternatives } from '../base/errors'
import { buildLayer } from './ownPart'
import { centerAtLogs } from './startOfCounts'

/**
 * q(w, z|x) at some x: logits of q(w|x), and the moments of q(z|x) (J = 1) or of each q(z|x, w) (J = K).
 */
export interface PosteriorMoments {
  /** `[batch, J, latent]` */
  mean: tf.Tensor
  /** `[batch, J, latent]`, standard deviations */
  sd: tf.Tensor
  /** log q(w|x), `[batch, K]`; K = 1 and all zeros without a discrete latent. */
  logW: tf.Tensor
  /** Statistics of a training batch, for `keep`: a vector. */
  statistics?: tf.Tensor
}

/** The inference network. */
export interface Posterior {
  /** How q factorises. */
  readonly family: PosteriorFamily
  /** J: 1, or K when z depends on w. */
  readonly branches: number
  /**
   * q(w, z|x) at some x, `[batch, dim]`; with a flow the moments of z₀, before it. In training a posterior
   * may use the batch's statistics.
   */
  encode(x: tf.Tensor, training?: boolean): PosteriorMoments
  /** Stores the statistics of a batch, after the training step that used them. */
  keep?(statistics: readonly number[]): void
  /** Its layers that read x, where it has no encoder of its own. */
  readonly inputs?: readonly Dense[]
  /** Sets its weights by the data before the first step. */
  start?(train: ModelData): void
  /** The invertible map from z₀ to z, where q(z|x) is not simply normal. */
  readonly flow?: Flow
}

/**
 * Keeps q(z|x) away from the prior by changing its moments, in training possibly by the batch's statistics.
 */
export interface ConstrainedMoments {
  /** The constrained moments. */
  constrain(moments: PosteriorMoments, training?: boolean): PosteriorMoments
  /** Stores the statistics of a batch. */
  keep?(statistics: readonly number[]): void
}

/**
 * Makes such a constraint once the model's widths are known: `lid.fixes.batchNorm()`, `lid.fixes.delta()`.
 */
export type PosteriorConstraint = (parameters: Parameters, latent: number) => ConstrainedMoments

/** The same posterior under a constraint. */
export const constrained = (posterior: Posterior, constraint?: ConstrainedMoments): Posterior =>
  constraint
    ? {
        ...posterior,
        encode: (x, training) => constraint.constrain(posterior.encode(x, training), training),
        keep: (statistics) => constraint.keep?.(statistics),
      }
    : posterior

/**
 * The same posterior of a likelihood's data: counts enter it as the likelihood says, and as log(1 + x) from
 * their mean on.
 */
export const reading = (likelihood: Likelihood, posterior: Posterior): Posterior =>
  likelihood.encode === 'log1p'
    ? {
        ...posterior,
        encode: (x, training) => posterior.encode(encoded(likelihood, x), training),
        start: (train) => centerAtLogs(posterior.inputs ?? [], train),
      }
    : posterior

/**
 * `'q(z|x)'` for models without w; for mixtures `'q(w|x) q(z|x)'`, one decoder pass per data point, or
 * `'q(w|x) q(z|x,w)'`, the authors', K of them.
 */
export type PosteriorFamily = 'q(z|x)' | 'q(w|x) q(z|x)' | 'q(w|x) q(z|x,w)'

/**
 * A custom encoder: from `[batch, dim]` to `[batch, 2 · latent]`, first the means of q(z|x), then what its
 * standard deviations are made of, as the model's option `scale` says: by default free numbers f with
 * sd = softplus(f) + 0.001. For an encoder that returns log-variances, as is usual in PyTorch, give
 * `scale: 'logVariance'`.
 */
export type EncoderBuilder = (parameters: Parameters, from: number, to: number) => Layer

/** A standard deviation from an unconstrained number: softplus, at least 1e-3. */
export const positive = (free: tf.Tensor): tf.Tensor => tf.add(tf.softplus(free), 1e-3)

/**
 * What the second half of an encoder's output is: `'softplus'`, free numbers f with sd = softplus(f) + 0.001;
 * `'logVariance'`, log sd²; `'sd'`, the standard deviation itself.
 */
export type EncoderScale = 'softplus' | 'logVariance' | 'sd'

/** Standard deviations from the second half of an encoder's output. */
const SCALES: Readonly<Record<EncoderScale, (second: tf.Tensor) => tf.Tensor>> = {
  softplus: positive,
  logVariance: (second) => tf.exp(tf.mul(0.5, second)),
  sd: (second) => second,
}

/** Throws unless it is a scale, and there is a custom encoder. */
export function requireScale(scale: unknown, encoder: unknown): void {
  if (scale === undefined) return
  if (typeof scale !== 'string' || !Object.hasOwn(SCALES, scale))
    throw new ArgumentError(
      'scale',
      scale,
      alternatives(Object.keys(SCALES)),
      'It says what the second half of the output of the encoder is.',
    )
  if (encoder === undefined) throw new ArgumentError('scale', scale, 'omitted without a custom encoder')
}

/** q(z|x) = N(mean(x), sd(x)²), and q(w|x) where there are components. */
export function factorizedPosterior(
  parameters: Parameters,
  dim: number,
  latent: number,
  components: number,
  hidden: number,
  encoder?: EncoderBuilder,
  scale: EncoderScale = 'softplus',
): Posterior {
  const scope = parameters.scope('encoder')
  const z = encoder
    ? buildLayer('encoder', encoder, scope, parameters, [dim, 2 * latent])
    : mlp(scope, 'z', [dim, hidden, hidden, 2 * latent])
  if (scale === 'sd') requirePositiveSd(z, latent)
  const w = components > 1 ? mlp(scope, 'w', [dim, hidden, components]) : undefined
  return {
    family: w ? 'q(w|x) q(z|x)' : 'q(z|x)',
    branches: 1,
    inputs: [z, w].flatMap((network) => (isPerceptron(network) ? [network.first] : [])),
    encode: (x) => {
      const [mean, second] = pieces(tf.expandDims(z.apply(x), 1), 2)
      const logW = w ? tf.logSoftmax(w.apply(x)) : tf.zeros([x.shape[0], 1])
      return { mean, sd: SCALES[scale](second), logW }
    },
  }
}

/**
 * Throws where an encoder that is said to return standard deviations does not at x = 0: a logarithm or a free
 * number is no such thing.
 */
function requirePositiveSd(z: Layer, latent: number): void {
  const out = tidied(() => z.apply(tf.zeros([1, z.from])).dataSync<'float32'>())
  const wrong = out.subarray(latent).find((sd) => !(sd > 0))
  if (wrong !== undefined)
    throw new ArgumentError(
      'encoder',
      wrong,
      "a function with standard deviations > 0 in the second half of its output, as scale: 'sd' says",
      "Choose scale: 'logVariance' for log sd², or 'softplus' for any numbers.",
    )
}

/**
 * q(w|x) and q(z|x, w) = N(mean(x, w), sd(x, w)²), one encoder for all w: the first layer adds a row for w.
 */
export function conditionalPosterior(
  parameters: Parameters,
  dim: number,
  latent: number,
  components: number,
  hidden: number,
): Posterior {
  const scope = parameters.scope('encoder')
  const w = mlp(scope, 'w', [dim, hidden, components])
  const first = dense(scope, 'z/x', dim, hidden)
  const ofW = dense(scope, 'z/w', components, hidden)
  const rest = mlp(scope, 'z/rest', [hidden, hidden, 2 * latent])
  return {
    family: 'q(w|x) q(z|x,w)',
    branches: components,
    inputs: [first, w.first],
    encode: (x) => {
      const batch = x.shape[0]
      const rows = tf.add(tf.expandDims(first.apply(x), 1), ofW.apply(tf.eye(components)))
      const out = rest.apply(tf.reshape(tf.relu(rows), [batch * components, hidden]))
      const [mean, free] = pieces(tf.reshape(out, [batch, components, 2 * latent]), 2)
      return { mean, sd: positive(free), logW: tf.logSoftmax(w.apply(x)) }
    },
  }
}

/** Σ_w q(w|x) value_w over the last axis, value `[batch, K]` or `[batch, 1]`. */
export const averageOverW = (value: tf.Tensor, q: tf.Tensor): tf.Tensor =>
  value.shape[1] === 1 ? tf.squeeze(value, [1]) : tf.sum(tf.mul(value, q), 1)

/** Rows of the decoder for every data point, sample and branch: `[a, b, …, latent]` to `[rows, latent]`. */
export const asRows = (z: tf.Tensor): tf.Tensor => tf.reshape(z, [-1, z.shape[z.rank - 1]])

/**
 * A draw of q(z|x): z₀, z, and log q(z|x) of each unit, each shaped like the noise. With a flow a unit's
 * value is its term of the sum, not its marginal.
 */
export function drawPosterior(
  flow: Flow | undefined,
  mean: tf.Tensor,
  sd: tf.Tensor,
  noise: tf.Tensor,
): { base: tf.Tensor; z: tf.Tensor; logQ: () => tf.Tensor } {
  const base = tf.add(mean, tf.mul(sd, noise))
  const logBase = (): tf.Tensor => normalLogProb(base, mean, sd)
  if (!flow) return { base, z: base, logQ: logBase }
  const { z, logDet } = flow.forward(base)
  return { base, z, logQ: () => tf.sub(logBase(), logDet) }
}

/** Draws per mean after a flow, with the same noise for every data point. */
const FLOW_DRAWS = 64

/** q(w, z|x) with the mean and standard deviation of z itself: after a flow, over some draws. */
export function momentsOfZ(posterior: Posterior, x: tf.Tensor): PosteriorMoments {
  const { mean, sd, logW } = posterior.encode(x)
  if (!posterior.flow) return { mean, sd, logW }
  const latent = mean.shape[2]!
  const noise = tf.tensor4d(normals(streamKey(0, 'sampling', 'flow'), 0, FLOW_DRAWS * latent), [
    1,
    FLOW_DRAWS,
    1,
    latent,
  ])
  const { z } = drawPosterior(posterior.flow, tf.expandDims(mean, 1), tf.expandDims(sd, 1), noise)
  const moments = tf.moments(z, 1)
  return { mean: moments.mean, sd: tf.sqrt(tf.add(moments.variance, 1e-12)), logW }
}
