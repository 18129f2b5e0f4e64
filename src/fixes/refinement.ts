import * as tf from '@tensorflow/tfjs'
import type { Draws } from '../compute/draws'
import { gradientsAt } from '../compute/gradients'
import type { Model } from '../models/model'
import type { PosteriorMoments } from '../models/posterior'

/**
 * λ: the parameters that stochastic variational inference updates, the means of q, the logarithms of its
 * standard deviations, and the logits of q(w|x) in models with w.
 */
export type Lambda = tf.Tensor[]

/** λ of some moments. */
export const lambdaOf = ({ components }: Model, { mean, sd, logW }: PosteriorMoments): Lambda =>
  components > 1 ? [mean, tf.log(sd), logW] : [mean, tf.log(sd)]

/** The moments at λ. */
export const momentsAt = ([mean, logSd, logits]: Lambda): PosteriorMoments => ({
  mean,
  sd: tf.exp(logSd),
  logW: logits ? tf.logSoftmax(logits) : tf.zeros([mean.shape[0], 1]),
})

/** What the steps increase: the ELBO of each data point with weighted KL, `[batch]`. */
export interface Slope {
  readonly model: Model
  readonly x: tf.Tensor
  readonly klWeight: tf.Tensor
  /** Source of dropout's random numbers, in training. */
  readonly dropout?: Draws
}

/** The ELBO of each data point at λ, `[batch]`. */
export function elboAt({ model, x, klWeight, dropout }: Slope, lambda: Lambda, draws: Draws): tf.Tensor {
  const { reconstruction, klZ, klW } = model.termsAt(x, momentsAt(lambda), draws, dropout)
  return tf.sub(reconstruction, tf.mul(klWeight, tf.add(tf.sum(klZ, 1), klW)))
}

/** How λ is updated: number of steps, their rate, and the maximum norm of a data point's gradient. */
export interface Climb {
  readonly steps: number
  readonly rate: number
  readonly clipNorm?: number
}

/**
 * λ_0 … λ_K: λ_{k+1} = λ_k + α clip(∇ELBO(λ_k)), each step with its own noise; and the K gradients, not
 * clipped.
 */
export function climb(
  slope: Slope,
  start: Lambda,
  { steps, rate, clipNorm }: Climb,
  draws: Draws,
): { path: Lambda[]; gradients: Lambda[] } {
  const path = [start]
  const gradients: Lambda[] = []
  for (let k = 0; k < steps; k++) {
    const lambda = path[k]
    const gradient = gradientsAt(() => tf.sum(elboAt(slope, lambda, draws.part(`svi ${k}`))), lambda)
    gradients.push(gradient)
    const ascent = clipNorm === undefined ? gradient : scaled(gradient, factorOf(gradient, clipNorm))
    path.push(lambda.map((value, i) => tf.add(value, tf.mul(ascent[i], rate))))
  }
  return { path, gradients }
}

/**
 * v times the derivative of the clipped gradient g in g: v where it is not clipped, else m/‖g‖ (v − g
 * gᵀv/‖g‖²).
 */
export function throughClip(v: Lambda, gradient: Lambda, clipNorm: number | undefined): Lambda {
  if (clipNorm === undefined) return v
  const along = sumOfRows(v.map((value, i) => tf.mul(value, gradient[i])))
  const squares = sumOfRows(gradient.map((value) => tf.square(value)))
  const clipped = tf.cast(tf.greater(squares, clipNorm ** 2), 'float32')
  const share = tf.mul(clipped, tf.div(along, tf.add(squares, 1e-12)))
  const across = scaled(gradient, share).map((value, i) => tf.sub(v[i], value))
  return scaled(across, factorOf(gradient, clipNorm))
}

/** min(1, m/‖g‖), `[batch]`. */
const factorOf = (gradient: Lambda, clipNorm: number): tf.Tensor =>
  tf.minimum(1, tf.div(clipNorm, normOfRows(gradient)))

/** Each row of λ times its own number. */
export const scaled = (lambda: Lambda, factors: tf.Tensor): Lambda =>
  lambda.map((value) => tf.mul(value, tf.reshape(factors, [value.shape[0], ...value.shape.slice(1).fill(1)])))

/** Sums over all axes but the batch, over all parts of λ, `[batch]`. */
const sumOfRows = (lambda: Lambda): tf.Tensor =>
  tf.addN(lambda.map((value) => tf.sum(tf.reshape(value, [value.shape[0], -1]), 1)))

/** The norm of each row, slightly above 0 where it is 0. */
export const normOfRows = (lambda: Lambda): tf.Tensor =>
  tf.add(tf.sqrt(sumOfRows(lambda.map((value) => tf.square(value)))), 1e-12)
