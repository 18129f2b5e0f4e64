import * as tf from '@tensorflow/tfjs'
import type { Draws } from '../engine/draws'
import { gradientsAt } from '../engine/gradients'
import type { Model } from '../models/model'
import type { PosteriorMoments } from '../models/posterior'

/** λ: what stochastic variational inference moves, the means of q, the logarithms of its standard deviations, and the logits of q(w|x) where there is w. */
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

/** What the steps climb: the ELBO of each data point, the KL weighed, `[batch]`. */
export interface Slope {
  readonly model: Model
  readonly x: tf.Tensor
  readonly klWeight: tf.Tensor
  /** Where those of dropout come from, in training. */
  readonly dropout?: Draws
}

/** The ELBO of each data point at λ, `[batch]`. */
export function elboAt({ model, x, klWeight, dropout }: Slope, lambda: Lambda, draws: Draws): tf.Tensor {
  const { reconstruction, klZ, klW } = model.termsAt(x, momentsAt(lambda), draws, dropout)
  return tf.sub(reconstruction, tf.mul(klWeight, tf.add(tf.sum(klZ, 1), klW)))
}

/** λ_0 … λ_K: λ_{k+1} = λ_k + α ∇ELBO(λ_k), each step with noise of its own. */
export function climb(slope: Slope, start: Lambda, steps: number, rate: number, draws: Draws): Lambda[] {
  const path = [start]
  for (let k = 0; k < steps; k++) {
    const lambda = path[k]
    const gradient = gradientsAt(() => tf.sum(elboAt(slope, lambda, draws.part(`svi ${k}`))), lambda)
    path.push(lambda.map((value, i) => tf.add(value, tf.mul(gradient[i], rate))))
  }
  return path
}
