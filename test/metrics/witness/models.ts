import * as tf from '@tensorflow/tfjs'
import { gaussian } from '../../../src/distributions/gaussian'
import { vae } from '../../../src/models/builders'
import type { DecoderBuilder } from '../../../src/models/decoder'
import type { Model } from '../../../src/models/model'
import type { PriorBuilder } from '../../../src/models/prior'
import { Random } from '../../support/random'
import { disturb } from '../../support/tables'

/** η(z) = z W, with fixed W, `[latent][dim]`. */
export const linear =
  (W: readonly (readonly number[])[]): DecoderBuilder =>
  (parameters, latent, dim) => {
    const matrix = parameters.constant('W', W.flat(), [latent, dim])
    return { from: latent, to: dim, apply: (z) => tf.matMul(z, matrix) }
  }

/** η(z) = (z_0², z_1, z_2, …): z and −z in the first unit are the same. */
export const folding: DecoderBuilder = (parameters, latent, dim) => ({
  from: latent,
  to: dim,
  apply: (z) => {
    const [first, rest] = tf.split(z, [1, latent - 1], 1)
    return tf.concat([tf.square(first), rest], 1)
  },
})

/** A mixture with these means and standard deviations. */
export const fixedPrior =
  (means: number[][], sds: number[][]): PriorBuilder =>
  (parameters, components, latent) => {
    const mean = parameters.constant('prior mean', means.flat(), [components, latent])
    const sd = parameters.constant('prior sd', sds.flat(), [components, latent])
    return { kind: 'free means', components, latent, distinct: false, moments: () => ({ mean, sd }) }
  }

/**
 * A plain VAE, weights large, with one direction of z dead: `along` none, that of `unit`; otherwise that of
 * `unit` mirrored at the plane normal to `along`.
 *
 * @returns the model and the dead direction, of length 1.
 */
export function withDeadDirection(
  unit: number,
  { latent = 5, dim = 7, along }: { latent?: number; dim?: number; along?: number[] } = {},
): { model: Model; direction: number[] } {
  const model = vae({ likelihood: gaussian(dim), latent, hidden: 16, seed: 3 })
  disturb(model.parameters, new Random(4), 0.5)
  const weight = model.parameters.variables.get('decoder/0/W')
  if (!weight) throw new Error('the decoder has no first layer of that name')
  const identity = Array.from({ length: latent }, (_, i) =>
    Array.from({ length: latent }, (_v, j) => +(i === j)),
  )
  const length = along ? Math.hypot(...along) : 1
  // Its own inverse.
  const mirror = identity.map((row, i) =>
    row.map((value, j) => value - (along ? (2 * along[i] * along[j]) / length ** 2 : 0)),
  )
  tf.tidy(() => {
    const alive = tf.tensor2d(identity.map((row, i) => row.map((value) => (i === unit ? 0 : value))))
    weight.assign(tf.matMul(tf.tensor2d(mirror), tf.matMul(alive, weight as unknown as tf.Tensor2D)))
  })
  return { model, direction: mirror.map((row) => row[unit]) }
}
