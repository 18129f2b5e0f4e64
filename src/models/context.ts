import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import {
  encoded,
  requireLikelihood,
  type BoundLikelihood,
  type Likelihood,
} from '../distributions/likelihood'
import type { Parameters } from '../compute/parameters'
import { ArgumentError } from '../base/errors'
import type { Conditional, IndependentConditional, RowsConditional } from './conditional'
import type { Decoder } from './decoder'
import { asRows } from './posterior'
import { requireRows } from './requireData'

/** Where z enters a model whose features depend on each other: the hidden layers, or the output. */
export type ContextWiring = 'hidden' | 'output'

/** How each feature depends on those before it: what is added to η, f(x_<d), or with z f(x_<d, z). */
export interface Context {
  /** Where z enters. */
  readonly wiring: ContextWiring
  /** The output bias, `[dim]`: `fit` sets it to the data's mean before the first step. */
  readonly bias: tf.Variable
  /**
   * The context of every feature, of which number d depends on x_1 … x_{d−1} alone.
   *
   * @param x rows, `[batch, dim]`.
   * @param z codes of each, `[batch, samples, latent]`; only with wiring `'hidden'`.
   * @returns `[batch, samples, dim]`; without z one for all samples, `[batch, 1, dim]`.
   */
  apply(x: tf.Tensor, z?: tf.Tensor): tf.Tensor
}

/** Makes a context, with what its model would choose: `lid.parts.made()`. */
export type ContextBuilder = (
  parameters: Parameters,
  dim: number,
  latent: number,
  usual: { readonly hidden: number; readonly wiring: ContextWiring },
) => Context

/** p(x|z) of rows in which each feature depends on those before it. */
export interface ContextConditional extends RowsConditional {
  /** f of x_<d. */
  readonly context: Context
  /** What is added to η at the output, with wiring `'output'`. */
  readonly decoder?: Decoder
  /** η of each feature given those before it. @param z `[batch, samples, latent]` @returns `[batch, samples, dim]` */
  readonly eta: (x: tf.Tensor, z: tf.Tensor) => tf.Tensor
}

/** True for p(x|z) of rows whose features depend on each other given z. */
export const hasContext = (conditional: Conditional): conditional is ContextConditional =>
  'context' in conditional

/** p(x|z) = Π_d p(x_d | η_d), η = g(z) + f(x_<d) with a decoder g, else f(x_<d, z). */
export function withContext(
  likelihood: Likelihood,
  observation: BoundLikelihood,
  context: Context,
  decoder?: Decoder,
): ContextConditional {
  requireLikelihood(likelihood)
  if (likelihood.depth !== undefined)
    throw new ArgumentError(
      'likelihood',
      likelihood.name,
      'one without a depth, in a model with a context',
      'The depth of a row is the sum of all its features, which no feature can be drawn from.',
    )
  const eta = (x: tf.Tensor, z: tf.Tensor): tf.Tensor => {
    const before = context.apply(encoded(likelihood, x), decoder ? undefined : z)
    if (!decoder) return before
    return tf.add(before, tf.reshape(decoder.apply(asRows(z)), [...z.shape.slice(0, 2), likelihood.dim]))
  }
  return {
    of: 'rows',
    likelihood,
    observation,
    context,
    decoder,
    get injective() {
      return decoder?.injective
    },
    eta,
    logProb(x, z) {
      const [batch, ...samples] = z.shape.slice(0, -1)
      const codes = tf.reshape(z, [batch, tf.util.sizeFromShape(samples), z.shape[z.rank - 1]])
      return tf.reshape(observation.logProb(tf.expandDims(x, 1), eta(x, codes)), [batch, ...samples])
    },
    load: () => 2,
    start: (train) => startAtMean(likelihood, context, train),
    requireFit: (data, argument) => requireRows(likelihood, data, argument),
  }
}

/**
 * What η(z) − η(z′) is the difference of, whatever the features before: the map from z to η, or what is added
 * to a context at the output.
 *
 * @throws ArgumentError where z enters the hidden layers of a context.
 */
export const decoderOf = (model: { conditional: Conditional; decoder: Decoder }): Decoder =>
  (hasContext(model.conditional) && model.conditional.decoder) || model.decoder

/**
 * log p(x|z) of each row at each of many codes.
 *
 * @param x `[batch, dim]`. @param z codes that all rows share, `[codes, latent]`. @returns `[batch, codes]`.
 */
export function logProbAtCodes(model: { conditional: Conditional }, x: tf.Tensor, z: tf.Tensor): tf.Tensor {
  const conditional = model.conditional as IndependentConditional
  if (!hasContext(conditional))
    return conditional.observation.logProb(tf.expandDims(x, 1), conditional.decoder.apply(z))
  return (conditional as Conditional).logProb(x, tf.tile(tf.expandDims(z, 0), [x.shape[0], 1, 1]))
}

function startAtMean(likelihood: Likelihood, { bias }: Context, train: DataSet): void {
  const mean = new Float64Array(train.dim)
  for (let i = 0; i < train.x.length; i++) mean[i % train.dim] += train.x[i] / train.size
  // NaN in the data is reported at its batch; here it would enter a weight, and the weight would be blamed.
  if (!mean.every(Number.isFinite)) return
  const eta = likelihood.etaOfMean(Float32Array.from(mean))
  tf.tidy(() => bias.assign(tf.tensor(eta, bias.shape)))
}
