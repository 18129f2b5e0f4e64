import * as tf from '@tensorflow/tfjs'
import { uniformInit, type Initializer, type Parameters } from '../compute/parameters'
import { ArgumentError, requireInteger } from '../base/errors'

/** Height, width and channels of an image. */
export type ImageSize = readonly [height: number, width: number, channels: number]

/** A convolution between two images, and its adjoint, the transposed convolution. */
export interface Convolution {
  readonly from: ImageSize
  readonly to: ImageSize
  /** The filter, `[kernel, kernel, channels of from, channels of to]`. */
  readonly filter: tf.Variable
  /** `[batch, …from]` to `[batch, …to]`. */
  apply(x: tf.Tensor, filter?: tf.Tensor): tf.Tensor
  /** `[batch, …to]` to `[batch, …from]`. */
  transposed(y: tf.Tensor, filter?: tf.Tensor): tf.Tensor
}

/** Options of a convolution. */
export interface ConvolutionOptions {
  readonly channels: number
  readonly kernel: number
  readonly stride: number
  /** Starting values of the filter; U(±√(6/n)) by default, for n inputs of each output and ReLU (He et al. 2015). */
  readonly init?: Initializer
  /** Factor of those starting values; 1 by default. */
  readonly gain?: number
  /** Whether outputs are computed backwards, by `transposed`: then an output has fewer inputs. */
  readonly backwards?: boolean
}

/** A convolution with zeros around the image, so that its output has the image's size over the stride, rounded up. */
export function convolution(
  scope: Parameters,
  name: string,
  from: ImageSize,
  { channels, kernel, stride, init, gain = 1, backwards = false }: ConvolutionOptions,
): Convolution {
  const [height, width, inputs] = from
  const to: ImageSize = [Math.ceil(height / stride), Math.ceil(width / stride), channels]
  const fan = backwards ? (channels * kernel ** 2) / stride ** 2 : inputs * kernel ** 2
  const filter = scope.variable(
    name,
    [kernel, kernel, inputs, channels],
    init ?? uniformInit(gain * Math.sqrt(6 / Math.max(1, fan))),
  )
  return {
    from,
    to,
    filter,
    apply: (x, f = filter) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, 'same'),
    transposed: (y, f = filter) =>
      tf.conv2dTranspose(y as tf.Tensor4D, f as tf.Tensor4D, [y.shape[0], ...from], stride, 'same'),
  }
}

/**
 * An image and a bias for each channel. TensorFlow's graph optimiser tries to fuse a bias that directly follows
 * a convolution, fails where gradients use both, and prints that; between two changes of shape it does not try.
 */
export const withBias = (image: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.add(tf.reshape(image, [-1, bias.size]), bias), image.shape)

/** How many numbers an image holds. */
export const sizeOf = ([height, width, channels]: ImageSize): number => height * width * channels

/** Rows as images. */
export const asImages = (x: tf.Tensor, size: ImageSize): tf.Tensor => tf.reshape(x, [-1, ...size])

/** `[height, width]` or `[height, width, channels]`, of as many numbers as a row has. */
export function requireImageSize(shape: unknown, dim?: number): ImageSize {
  const size = Array.isArray(shape) && shape.length === 2 ? [...(shape as number[]), 1] : (shape as number[])
  if (!Array.isArray(size) || size.length !== 3 || !size.every((n) => Number.isInteger(n) && n >= 1))
    throw new ArgumentError(
      'shape',
      shape,
      '[height, width] or [height, width, channels]',
      'That of data is data.shape.',
    )
  const image = [size[0], size[1], size[2]] as const
  if (dim !== undefined && sizeOf(image) !== dim)
    throw new ArgumentError('shape', shape, `of ${dim} numbers, the dimension of x`)
  return image
}

/** Throws unless these are widths of a convolutional network. */
export function requireConvolutions({
  channels,
  kernel,
}: {
  channels: readonly number[]
  kernel: number
}): void {
  if (!Array.isArray(channels) || channels.length === 0)
    throw new ArgumentError('channels', channels, 'a list of widths, such as [32, 64]')
  channels.forEach((width, i) => requireInteger(`channels[${i}]`, width))
  requireInteger('kernel', kernel)
}
