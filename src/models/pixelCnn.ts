import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'
import { constantInit, uniformInit, type Parameters } from '../compute/parameters'
import { alternatives, ArgumentError, MOST_LAYERS, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import {
  asImages,
  convolution,
  requireImageSize,
  sizeOf,
  withBias,
  type ImageSize,
} from '../layers/convolution'
import type { ContextBuilder, ContextWiring } from './context'

/** Options of `pixelCnn`. */
export interface PixelCnnOptions {
  /** `[height, width]`: `train.shape`. */
  shape: readonly number[]
  /** Channels of each hidden layer; 32 by default. */
  channels?: number
  /** Hidden layers; 5 by default. */
  layers?: number
  /** Side of the filters in pixels, odd; 5 by default. */
  kernel?: number
  /**
   * Where z enters: `'hidden'`, the first hidden layer (by default in a `vae` or `gmvae` without the option
   * `decoder`), or `'output'`, to which the model's decoder is added (by default elsewhere).
   */
  wiring?: ContextWiring
}

const EXAMPLE = '{ shape: train.shape }'

/**
 * A masked convolutional network (PixelCNN): each pixel given those above it and to its left, from filters
 * that are zero below and to the right of their centre. The first filter K₀ leaves out the centre too:
 *   h_0 = relu(K₀ ∗ x + b₀ + U z), h_l = h_{l−1} + relu(K_l ∗ h_{l−1} + b_l), f = V h_L + c,
 * with U z an image of its own, and a V for all pixels. With wiring `'output'`, η(z, x)_d = g(z)_d + f(x_<d)_d
 * without U z, g the model's decoder: the likelihood is injective in z if g is.
 *
 * @param options `{ shape, channels = 32, layers = 5, kernel = 5, wiring }`, for images of one channel.
 * @returns the builder, for a model's option `context`.
 * @throws ArgumentError for what is no shape of a grey image, an even kernel, an unknown wiring, or a width
 *   that is not an integer ≥ 1; when it is built, for a shape of another number of features.
 * @example
 * const context = lid.parts.pixelCnn({ shape: [28, 28] })
 * const model = lid.lidvae({ likelihood: lid.bernoulli(784), latent: 16, context })
 * @see van den Oord, Kalchbrenner, Kavukcuoglu 2016, section 3; as a decoder He et al. 2019, section 5.
 */
export function pixelCnn(options: PixelCnnOptions): ContextBuilder {
  const resolved = resolveOptions(
    'pixelCnn',
    options,
    { shape: undefined, channels: 32, layers: 5, kernel: 5, wiring: undefined },
    EXAMPLE,
  )
  const { shape, channels, layers, kernel } = resolved
  const [, , depth] = requireImageSize(shape)
  if (depth !== 1)
    throw new ArgumentError(
      'shape',
      shape,
      '[height, width], of one channel',
      'For colour use lid.parts.made().',
    )
  requireInteger('channels', channels)
  requireInteger('layers', layers, 1, MOST_LAYERS)
  requireInteger('kernel', kernel)
  if (kernel % 2 === 0) throw new ArgumentError('kernel', kernel, 'an odd integer', 'A filter has a centre.')
  const wirings = ['hidden', 'output']
  if (resolved.wiring !== undefined && !wirings.includes(resolved.wiring))
    throw new ArgumentError('wiring', resolved.wiring, alternatives(wirings))
  const build: ContextBuilder = (parameters, dim, latent, usual) => {
    const { wiring = usual.wiring } = resolved
    const size = requireImageSize(shape, dim)
    const scope = parameters.scope('context')
    const hidden: ImageSize = [size[0], size[1], channels]
    const masked = Array.from({ length: layers }, (_, l) =>
      maskedConvolution(scope.scope(String(l)), l === 0 ? size : hidden, channels, kernel, l > 0),
    )
    const U =
      wiring === 'hidden'
        ? scope.variable('U', [latent, sizeOf(hidden)], uniformInit(1 / Math.sqrt(latent)))
        : undefined
    const V = scope.variable('V', [channels, 1], uniformInit(1 / Math.sqrt(channels)))
    const bias = scope.variable('c', [dim], constantInit(0))
    return {
      wiring,
      bias,
      apply(x, z) {
        const codes = U && z
        const [batch, samples] = codes ? codes.shape : [x.shape[0], 1]
        const first = tf.reshape(masked[0](asImages(x, size)), [batch, 1, -1])
        const both = codes
          ? tf.add(first, tf.reshape(matMul(tf.reshape(codes, [-1, latent]), U), [batch, samples, -1]))
          : first
        const h = masked
          .slice(1)
          .reduce((image, layer) => tf.add(image, tf.relu(layer(image))), tf.relu(asImages(both, hidden)))
        const out = matMul(tf.reshape(h, [-1, channels]), V)
        return tf.add(tf.reshape(out, [batch, samples, dim]), bias)
      },
    }
  }
  return withProvenance('pixelCnn', [options], build)
}

/** A convolution with a bias that sees no pixel after its own in the row, and its own only if said so. */
function maskedConvolution(
  scope: Parameters,
  from: ImageSize,
  channels: number,
  kernel: number,
  own: boolean,
): (image: tf.Tensor) => tf.Tensor {
  const masked = convolution(scope, 'K', from, { channels, kernel, stride: 1 })
  const bias = scope.variable('b', [channels], constantInit(0))
  const centre = (kernel ** 2 - 1) / 2
  const seen = Array.from({ length: kernel ** 2 }, (_, at) => Number(at < centre || (own && at === centre)))
  return (image) =>
    withBias(masked.apply(image, tf.mul(masked.filter, tf.tensor(seen, [kernel, kernel, 1, 1]))), bias)
}
