import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'
import { uniformInit, type Parameters } from '../compute/parameters'
import { ArgumentError, requireInteger } from '../base/errors'

/** A map applied to each row: `[batch, from]` to `[batch, to]`. */
export interface Layer {
  /** Width of its input. */
  readonly from: number
  /** Width of its output. */
  readonly to: number
  /** The map itself, differentiable in its input and in every weight. */
  apply(x: tf.Tensor): tf.Tensor
}

/** An affine layer x W + b whose bias can be set from outside. */
export interface Dense extends Layer {
  /** W, `[from, to]`. */
  readonly weight: tf.Variable
  /** b, `[to]`. */
  readonly bias: tf.Variable
}

/**
 * An affine layer, y = x W + b. Weights and bias are initialised from U(±1/√from).
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param from width of the input.
 * @param to width of the output.
 * @returns the layer, `[batch, from]` to `[batch, to]`.
 * @throws ArgumentError for an invalid width, or if a layer of that name exists.
 * @example
 * const layer = lid.layers.dense(lid.Parameters.from(1), 'head', 16, 784)
 */
export function dense(parameters: Parameters, name: string, from: number, to: number): Dense {
  requireInteger('from', from)
  requireInteger('to', to)
  const scope = parameters.scope(name)
  const init = uniformInit(1 / Math.sqrt(from))
  const weight = scope.variable('W', [from, to], init)
  const bias = scope.variable('b', [to], init)
  return { from, to, weight, bias, apply: (x) => tf.add(matMul(x, weight), bias) }
}

/** A multilayer perceptron whose first layer and output bias can be set from outside. */
export interface Perceptron extends Layer {
  /** The layer that reads the input. */
  readonly first: Dense
  /** The bias of the last layer, `[to]`. */
  readonly bias: tf.Variable
}

/**
 * A multilayer perceptron: affine layers with ReLU between them and none after the last, h_l = relu(h_{l−1}
 * W_l + b_l).
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param widths of input, hidden layers and output: `[784, 512, 512, 32]`.
 * @returns the layer, `[batch, from]` to `[batch, to]`.
 * @throws ArgumentError for an invalid width, or if a layer of that name exists.
 * @example
 * const encoder = lid.layers.mlp(lid.Parameters.from(1), 'encoder', [784, 512, 32])
 */
export function mlp(parameters: Parameters, name: string, widths: readonly number[]): Perceptron {
  if (!(widths?.length >= 2))
    throw new ArgumentError(
      'widths',
      widths,
      'an array of at least two widths',
      'They are those of the input and the output.',
    )
  const layers = widths.slice(1).map((to, i) => dense(parameters, `${name}/${i}`, widths[i], to))
  const last = layers[layers.length - 1]
  return {
    from: widths[0],
    to: last.to,
    first: layers[0],
    bias: last.bias,
    apply: (x) => layers.reduce((h, layer, i) => (i ? layer.apply(tf.relu(h)) : layer.apply(h)), x),
  }
}

/** True for a multilayer perceptron of `mlp`. */
export const isPerceptron = (layer: Layer | undefined): layer is Perceptron =>
  (layer as Partial<Perceptron> | undefined)?.first?.weight instanceof tf.Variable
