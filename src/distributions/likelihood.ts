import * as tf from '@tensorflow/tfjs'
import type { ValueKind } from '../data/dataset'
import type { Draws } from '../compute/draws'
import type { Parameters } from '../compute/parameters'
import { ArgumentError } from '../base/errors'

/** p(x|z) as an exponential family with natural parameter η(z), injective in η. */
export interface Likelihood {
  /** `'bernoulli'`, `'gaussian'` … */
  readonly name: string
  /** Number of features: the dimension of x and of η. */
  readonly dim: number
  /** Kinds of data that it can model. */
  readonly accepts: readonly ValueKind[]
  /** The η at which the mean of the likelihood is the data's mean: the initial output bias of a model. */
  etaOfMean(mean: Float32Array): Float32Array
  /** How rows enter the encoder: as they are, or, of counts, as their logarithms. */
  readonly encode?: CountEncoding
  /** The total of a row of which η is the log-rate, where rows are of several depths. */
  readonly depth?: number
  /** The likelihood with its own weights (a learned σ), if it has any. */
  bind(parameters: Parameters): BoundLikelihood
}

/** A likelihood with its own weights, as a model uses it. Shapes broadcast over leading axes. */
export interface BoundLikelihood {
  /** log p(x|η) in nats, summed over features. @param x `[…, dim]` @param eta `[…, dim]` @returns `[…]` */
  logProb(x: tf.Tensor, eta: tf.Tensor): tf.Tensor
  /**
   * E[x|η]; with a depth, of rows as deep as `of`, `[…, dim]`, else of the reference depth.
   * @returns `[…, dim]`
   */
  mean(eta: tf.Tensor, of?: tf.Tensor): tf.Tensor
  /** A draw of x. @returns `[…, dim]` */
  sample(eta: tf.Tensor, draws: Draws): tf.Tensor
  /** KL(p(·|a), p(·|b)) + KL(p(·|b), p(·|a)) in nats. @returns `[…]` */
  divergence(a: tf.Tensor, b: tf.Tensor): tf.Tensor
  /** σ of a Gaussian likelihood, a scalar in the data's unit. */
  sigma?(): tf.Tensor
  /** The lower bound of a learned σ. */
  readonly floor?: number
}

/** How counts enter the encoder: `'log1p'`, as log(1 + x), or `'counts'`, as they are. */
export type CountEncoding = 'log1p' | 'counts'

/**
 * Rows as an encoder reads them: counts as log(1 + x), since a mean in the hundreds would put z far outside
 * its prior.
 */
export const encoded = ({ encode }: Likelihood, x: tf.Tensor): tf.Tensor =>
  encode === 'log1p' ? tf.log1p(x) : x

/** Throws unless the value is a likelihood. */
export function requireLikelihood(likelihood: unknown): asserts likelihood is Likelihood {
  // Every function has a method `bind`: lid.bernoulli without a call would pass.
  if (
    typeof likelihood === 'function' ||
    typeof (likelihood as Partial<Likelihood> | null | undefined)?.bind !== 'function'
  )
    throw new ArgumentError(
      'likelihood',
      likelihood,
      'a likelihood',
      'For example likelihood: lid.bernoulli(784).',
    )
}
