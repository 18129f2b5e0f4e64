import type * as tf from '@tensorflow/tfjs'
import type { ValueKind } from '../data/dataset'
import type { Draws } from '../compute/draws'
import type { Parameters } from '../compute/parameters'
import { ArgumentError } from '../base/errors'

/** p(x|z) as an exponential family with natural parameter η(z), injective in η. */
export interface Likelihood {
  /** `'bernoulli'`, `'gaussian'` … */
  readonly name: string
  /** Numbers in x, and in η. */
  readonly dim: number
  /** Kinds of data it is a likelihood of. */
  readonly accepts: readonly ValueKind[]
  /** η at which the mean of the likelihood is the data's mean: where a model's output bias starts. */
  etaOfMean(mean: Float32Array): Float32Array
  /** The likelihood with its own weights (a learned σ), if it has any. */
  bind(parameters: Parameters): BoundLikelihood
}

/** A likelihood whose own weights exist: what a model computes with. Shapes broadcast over leading axes. */
export interface BoundLikelihood {
  /** log p(x|η) in nats, summed over features. @param x `[…, dim]` @param eta `[…, dim]` @returns `[…]` */
  logProb(x: tf.Tensor, eta: tf.Tensor): tf.Tensor
  /** E[x|η]. @returns `[…, dim]` */
  mean(eta: tf.Tensor): tf.Tensor
  /** A draw of x. @returns `[…, dim]` */
  sample(eta: tf.Tensor, draws: Draws): tf.Tensor
  /** KL(p(·|a), p(·|b)) + KL(p(·|b), p(·|a)) in nats. @returns `[…]` */
  divergence(a: tf.Tensor, b: tf.Tensor): tf.Tensor
}

/** Throws unless it is a likelihood. */
export function requireLikelihood(likelihood: unknown): asserts likelihood is Likelihood {
  // Every function has a bind: lid.bernoulli without its call is none.
  if (
    typeof likelihood === 'function' ||
    typeof (likelihood as Partial<Likelihood> | null | undefined)?.bind !== 'function'
  )
    throw new ArgumentError(
      'likelihood',
      likelihood,
      'a likelihood',
      'Write, say, likelihood: lid.bernoulli(784).',
    )
}
