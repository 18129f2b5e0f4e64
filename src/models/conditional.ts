import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import type { ModelData } from '../data/modelData'
import { requireLikelihood, type BoundLikelihood, type Likelihood } from '../distributions/likelihood'
import type { Draws } from '../compute/draws'
import type { Parameters } from '../compute/parameters'
import type { InjectivePart } from '../layers/injective'
import { requireRows } from './requireData'
import type { Decoder } from './decoder'
import { asRows } from './posterior'
import { startAtCounts } from './startOfCounts'

/** The parts of a map that is injective by construction, and what may follow. */
export interface InjectiveParts {
  /**
   * The parts, in the order in which they act: as in the paper a Brenier map, a linear map of full rank and a
   * Brenier map, g2(β g1(·)). In models of texts the first acts on z and the state h_t.
   */
  readonly chain: readonly InjectivePart[]
  /** The last linear map of full rank, to the vocabulary; only in some models of texts. */
  readonly output?: { readonly anchor: number; smallestSingularValue(): number }
}

/** p(x|z): the part of a model that generates data from z. `D` is what the data are, rows or texts. */
export interface Conditional<D extends ModelData = ModelData> {
  /**
   * What x is: a row of numbers, independent given z unless the model has a context, or a text, each token
   * given z and the tokens before it.
   */
  readonly of: 'rows' | 'texts'
  /** Its injective parts, when it is injective in z by construction. */
  readonly injective?: InjectiveParts
  /**
   * log p(x|z) in nats.
   *
   * @param x data points, `[batch, …]`.
   * @param z codes of each, `[batch, …samples, latent]`.
   * @param dropout source of dropout's random numbers; without it nothing is dropped.
   * @returns `[batch, …samples]`.
   */
  logProb(x: tf.Tensor, z: tf.Tensor, dropout?: Draws): tf.Tensor
  /**
   * The relative cost of decoding one code of a data point, which bounds the memory per call.
   *
   * @param shape of the data point: `[dim]` or `[length]`.
   * @returns a number, 1 for an image.
   */
  load(shape: readonly number[]): number
  /**
   * Sets the output's bias to the training data's mean, so that the first steps need not learn it.
   *
   * @param train the training data.
   */
  start(train: D): void
  /**
   * Checks that the data fit this model.
   *
   * @param data rows or texts.
   * @param argument their name in the error.
   * @throws ArgumentError where they do not fit.
   */
  requireFit(data: D, argument: string): void
}

/**
 * Codes decoded per call of the engine; with two calls side by side about 200 MB for images of 784 pixels.
 */
export const CODES = 5000

/** Data points of this shape per call of the engine, each with this number of codes. */
export const rowsAtOnce = (conditional: Conditional, shape: readonly number[], codes: number): number =>
  Math.max(1, Math.floor(CODES / (conditional.load(shape) * codes)))

/** p(x|z) of rows of numbers. */
export interface RowsConditional extends Conditional<DataSet> {
  readonly of: 'rows'
  /** The family. */
  readonly likelihood: Likelihood
  /** The same with its own weights, such as a learned σ. */
  readonly observation: BoundLikelihood
}

/**
 * p(x|z) of rows of numbers that are independent given z: a likelihood whose parameter η(z) is a decoder's
 * output.
 */
export interface IndependentConditional extends RowsConditional {
  /** The map from z to η. */
  readonly decoder: Decoder
}

/**
 * p(x|z) = Π_d p(x_d | η_d(z)): numbers that are independent given z.
 *
 * @param parameters where the likelihood's own weights are kept.
 * @param likelihood the family.
 * @param decoder the map from z to η.
 * @returns the conditional, for `new lid.Model({ conditional, … })`.
 * @throws ArgumentError where the likelihood has weights and the parameters already hold weights of the same
 *   names.
 * @example
 * const parameters = lid.Parameters.from(1)
 * const conditional = lid.parts.independent(parameters, lid.bernoulli(784), lid.parts.plainDecoder(512)(parameters, 16, 784))
 */
export function independent(
  parameters: Parameters,
  likelihood: Likelihood,
  decoder: Decoder,
): IndependentConditional {
  requireLikelihood(likelihood)
  const { dim } = likelihood
  const observation = likelihood.bind(parameters)
  return {
    of: 'rows',
    likelihood,
    observation,
    decoder,
    get injective() {
      return decoder.injective
    },
    logProb(x, z) {
      const [batch, ...samples] = z.shape.slice(0, -1)
      const eta = tf.reshape(decoder.apply(asRows(z)), [batch, tf.util.sizeFromShape(samples), dim])
      return tf.reshape(observation.logProb(tf.expandDims(x, 1), eta), [batch, ...samples])
    },
    load: () => 1,
    start: (train) => startAtMean(likelihood, decoder, train),
    requireFit: (data, argument) => requireRows(likelihood, data, argument),
  }
}

function startAtMean(likelihood: Likelihood, decoder: Decoder, train: DataSet): void {
  const { bias } = decoder
  if (!bias) return
  const mean = new Float64Array(train.dim)
  for (let i = 0; i < train.x.length; i++) mean[i % train.dim] += train.x[i] / train.size
  // NaN in the data is reported at its batch; here it would enter a weight, and the weight would be blamed.
  if (!mean.every(Number.isFinite)) return
  const eta = likelihood.etaOfMean(Float32Array.from(mean))
  if (likelihood.encode === 'log1p') return startAtCounts(decoder, eta, train)
  tf.tidy(() => bias.assign(tf.tensor(eta, bias.shape)))
}
