import * as tf from '@tensorflow/tfjs'
import { constantInit, inverseSoftplus, normalInit, type Parameters } from '../compute/parameters'
import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { asImages, convolution, requireImageSize, withBias } from './convolution'
import type { InjectivePart } from './injective'
import { ALPHA } from './inputConvex'

/** Options of `convolutionalBrenier`. */
export interface ConvolutionalBrenierOptions {
  /** `[height, width]` or `[height, width, channels]` of the image that u is. */
  shape: readonly number[]
  /** Channels of both hidden layers; 16 by default. */
  channels?: number
  /** Side of the filters in pixels; 5 by default. */
  kernel?: number
  /** Stride of both layers that see the image; 2 by default. */
  stride?: number
  /** μ > 0, the modulus of strong monotonicity; 1 by default. */
  mu?: number
}

/** A convolutional Brenier map. */
export interface ConvolutionalBrenier extends InjectivePart {
  /** ‖g(u) − g(v)‖ ≥ μ‖u − v‖. */
  readonly mu: number
  /** The free image a. */
  readonly bias: tf.Variable
  /** f(u), one number per row. @param u `[batch, dim]` @returns `[batch]` */
  value(u: tf.Tensor): tf.Tensor
}

/**
 * A Brenier map of images whose linear maps are convolutions, g(u) = ∇f(u) + μu with the input-convex network
 *   p_0 = A_0 ∗ u + b_0, h_0 = r(p_0)² with the leaky ReLU r;  p_1 = W ∗ h_0 + A_1 ∗ u + b_1;
 *   f(u) = Σ w · s(p_1) + u·a,  W, w > 0, s convex and increasing,
 * so that f is convex and ‖g(u) − g(v)‖ ≥ μ‖u − v‖ for every weight. Its gradient is made of the transposed
 * convolutions, d_1 = w ⊙ s′(p_1), d_0 = (Wᵀ d_1) ⊙ (r²)′(p_0): g(u) = a + μu + A_0ᵀ d_0 + A_1ᵀ d_1.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param dim numbers of an image, the width of input and output.
 * @param options `{ shape, channels = 16, kernel = 5, stride = 2, mu = 1 }`.
 * @returns the map as a layer.
 * @throws ArgumentError when μ ≤ 0, a width is not an integer ≥ 1, or the shape is not of `dim` numbers.
 * @example
 * const g = lid.layers.convolutionalBrenier(lid.Parameters.from(1), 'g', 784, { shape: [28, 28] })
 * @see Amos, Xu, Kolter 2017, section 3, on convolutional input-convex networks; docs/injective-maps.md.
 */
export function convolutionalBrenier(
  parameters: Parameters,
  name: string,
  dim: number,
  options: ConvolutionalBrenierOptions,
): ConvolutionalBrenier {
  const { shape, channels, kernel, stride, mu } = resolveOptions(
    'convolutionalBrenier',
    options,
    { shape: undefined, channels: 16, kernel: 5, stride: 2, mu: 1 },
    '{ shape: [28, 28] }',
  )
  requireInteger('dim', dim)
  for (const [which, value] of Object.entries({ channels, kernel, stride })) requireInteger(which, value)
  requirePositive('mu', mu)
  const size = requireImageSize(shape, dim)
  if (stride > kernel) throw new ArgumentError('stride', stride, `at most ${kernel}, the side of the filters`)
  const scope = parameters.scope(name)
  const seen = kernel ** 2 * size[2]
  const ofImage = {
    channels,
    kernel,
    stride,
    init: normalInit(1 / Math.sqrt(Math.max(seen, channels * seen))),
  }
  const A0 = convolution(scope, 'A0', size, ofImage)
  const A1 = convolution(scope, 'A1', size, ofImage)
  const inner = { channels, kernel: 3, stride: 1, init: normalInit(0.1, inverseSoftplus(1)) }
  const V = convolution(scope, 'V1', A0.to, inner)
  const b0 = scope.variable('b0', [channels], constantInit(0))
  const b1 = scope.variable('b1', [channels], constantInit(0))
  const v = scope.variable('v', [channels], constantInit(inverseSoftplus(1)))
  const bias = scope.variable('a', [dim], constantInit(0))
  // As many summands as a matrix of that many rows has: its entries sum to about one.
  const W = (): tf.Tensor => tf.div(tf.softplus(V.filter), channels * 9)
  const layers = (image: tf.Tensor, positive: tf.Tensor): [tf.Tensor, tf.Tensor] => {
    const p0 = withBias(A0.apply(image), b0)
    const h0 = tf.square(tf.leakyRelu(p0, ALPHA))
    return [p0, withBias(tf.add(V.apply(h0, positive), A1.apply(image)), b1)]
  }
  return {
    from: dim,
    to: dim,
    kind: 'convolutional Brenier map',
    mu,
    floor: mu,
    bias,
    expansion: () => mu,
    value: (u) =>
      tf.tidy(() => {
        const [, p1] = layers(asImages(u, size), W())
        const h1 = tf.add(tf.mul(p1, ALPHA), tf.mul(tf.softplus(p1), 1 - ALPHA))
        return tf.add(tf.sum(tf.mul(h1, tf.softplus(v)), [1, 2, 3]), tf.sum(tf.mul(u, bias), 1))
      }),
    apply: (u) => {
      const positive = W()
      const [p0, p1] = layers(asImages(u, size), positive)
      const d1 = tf.mul(tf.softplus(v), tf.add(tf.mul(tf.sigmoid(p1), 1 - ALPHA), ALPHA))
      // (r²)′ = 2 r r′, a leaky ReLU with slope α².
      const d0 = tf.mul(V.transposed(d1, positive), tf.mul(tf.leakyRelu(p0, ALPHA * ALPHA), 2))
      const pulled = tf.add(A0.transposed(d0), A1.transposed(d1))
      return tf.add(tf.add(tf.reshape(pulled, [-1, dim]), tf.mul(u, mu)), bias)
    },
  }
}
