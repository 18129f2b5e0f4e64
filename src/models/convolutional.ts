import * as tf from '@tensorflow/tfjs'
import { constantInit, type Parameters } from '../compute/parameters'
import { resolveOptions, type OptionDefaults } from '../base/options'
import { withProvenance } from '../base/provenance'
import {
  asImages,
  convolution,
  requireConvolutions,
  requireImageSize,
  sizeOf,
  withBias,
  type Convolution,
  type ImageSize,
} from '../layers/convolution'
import { dense } from '../layers/dense'
import type { Decoder, DecoderBuilder } from './decoder'
import type { EncoderBuilder } from './posterior'

/** Options of the convolutional encoder and decoder. */
export interface ConvolutionalOptions {
  /** `[height, width]` or `[height, width, channels]`: `train.shape`. */
  shape: readonly number[]
  /** Channels of each layer, from the image inwards; each halves height and width. `[32, 64]` by default. */
  channels?: readonly number[]
  /** Side of the filters in pixels; 4 by default. */
  kernel?: number
}

const CONVOLUTIONAL_OPTIONS = {
  shape: undefined,
  channels: [32, 64],
  kernel: 4,
} satisfies OptionDefaults<ConvolutionalOptions>

/** The last filters of a decoder start small, so that it starts at the mean of the data. */
const OUTPUT_GAIN = 0.03

const EXAMPLE = '{ shape: train.shape }'

/** Layers of stride 2, from an image inwards. */
const convolutions = (
  scope: Parameters,
  size: ImageSize,
  channels: readonly number[],
  kernel: number,
  backwards: boolean,
): Convolution[] =>
  channels.reduce<Convolution[]>(
    (layers, width, l) => [
      ...layers,
      convolution(scope, `${l}/K`, layers.at(-1)?.to ?? size, {
        channels: width,
        kernel,
        stride: 2,
        backwards,
        // Where noise is low, a decoder that starts away from the mean loses its units in the first steps.
        gain: backwards && l === 0 ? OUTPUT_GAIN : 1,
      }),
    ],
    [],
  )

/**
 * A convolutional encoder: convolutions of stride 2 with ReLU, then an affine layer to the means and free
 * standard deviations of q(z|x), h_l = relu(K_l ∗ h_{l−1} + b_l).
 *
 * @param options `{ shape, channels = [32, 64], kernel = 4 }`, the shape that of an image.
 * @returns the builder, for a model's option `encoder`.
 * @throws ArgumentError for what is no shape of an image, or a width that is not an integer ≥ 1; when it is
 *   built, for a shape of another number of features.
 * @example
 * const [shape, likelihood] = [train.shape, lid.gaussian(train.dim, { sigma: 'learned' })]
 * const encoder = lid.parts.convolutionalEncoder({ shape })
 * const model = lid.vae({ likelihood, latent: 16, encoder, decoder: lid.parts.convolutionalDecoder({ shape }) })
 * @see LeCun et al. 1998.
 */
export function convolutionalEncoder(options: ConvolutionalOptions): EncoderBuilder {
  const resolved = resolveOptions('convolutionalEncoder', options, CONVOLUTIONAL_OPTIONS, EXAMPLE)
  requireImageSize(resolved.shape)
  requireConvolutions(resolved)
  const { shape, channels, kernel } = resolved
  return withProvenance(
    'convolutionalEncoder',
    [options],
    (parameters: Parameters, from: number, to: number) => {
      const size = requireImageSize(shape, from)
      const scope = parameters.scope('z')
      const layers = convolutions(scope, size, channels, kernel, false)
      const biases = layers.map((layer, l) => scope.variable(`${l}/b`, [layer.to[2]], constantInit(0)))
      const last = layers[layers.length - 1].to
      const out = dense(scope, 'out', sizeOf(last), to)
      return {
        from,
        to,
        apply: (x: tf.Tensor): tf.Tensor => {
          const h = layers.reduce(
            (image, layer, l) => tf.relu(withBias(layer.apply(image), biases[l])),
            asImages(x, size),
          )
          return out.apply(tf.reshape(h, [-1, sizeOf(last)]))
        },
      }
    },
  )
}

/**
 * A convolutional decoder: an affine layer, then transposed convolutions of stride 2 with ReLU between them;
 * the last has a bias for every number of the image. It may ignore z.
 *
 * @param options `{ shape, channels = [32, 64], kernel = 4 }`, the channels from the image inwards.
 * @returns the builder, for a model's option `decoder`.
 * @throws ArgumentError for what is no shape of an image, or a width that is not an integer ≥ 1; when it is
 *   built, for a shape of another number of features.
 * @example
 * const decoder = lid.parts.convolutionalDecoder({ shape: [28, 28], channels: [16, 32] })
 * const model = lid.vae({ likelihood: lid.bernoulli(784), latent: 16, decoder, seed: 1 })
 * @see Radford, Metz, Chintala 2016 (DCGAN), without its batch normalisation.
 */
export function convolutionalDecoder(options: ConvolutionalOptions): DecoderBuilder {
  const resolved = resolveOptions('convolutionalDecoder', options, CONVOLUTIONAL_OPTIONS, EXAMPLE)
  requireImageSize(resolved.shape)
  requireConvolutions(resolved)
  const { shape, channels, kernel } = resolved
  return withProvenance(
    'convolutionalDecoder',
    [options],
    (parameters: Parameters, latent: number, dim: number): Decoder => {
      const size = requireImageSize(shape, dim)
      const scope = parameters.scope('decoder')
      const layers = convolutions(scope, size, channels, kernel, true)
      const first = layers[layers.length - 1].to
      const start = dense(scope, 'in', latent, sizeOf(first))
      const biases = layers
        .slice(1)
        .map((layer, l) => scope.variable(`${l + 1}/b`, [layer.from[2]], constantInit(0)))
      const bias = scope.variable('c', [dim], constantInit(0))
      return {
        from: latent,
        to: dim,
        bias,
        apply: (z) => {
          let h = tf.relu(asImages(start.apply(z), first))
          for (let l = layers.length - 1; l >= 1; l--)
            h = tf.relu(withBias(layers[l].transposed(h), biases[l - 1]))
          return tf.add(tf.reshape(layers[0].transposed(h), [-1, dim]), bias)
        },
      }
    },
  )
}
