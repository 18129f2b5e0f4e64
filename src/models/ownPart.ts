import * as tf from '@tensorflow/tfjs'
import { variablesBehind } from '../compute/gradients'
import type { Parameters } from '../compute/parameters'
import { ArgumentError, LidvaeError } from '../base/errors'
import type { Layer } from '../layers/dense'
import { isBuiltIn } from '../base/provenance'

/** Rows on which a part of one's own is tried. */
const ROWS = 2

/** What makes a layer between two widths. */
type LayerBuilder<L extends Layer> = (parameters: Parameters, from: number, to: number) => L

/** What each part of one's own has to give, in words. */
const outputs = {
  encoder: 'a mean and a free standard deviation for each unit of z',
  decoder: 'one for each number in x',
} as const

/**
 * Builds an encoder or decoder. One that somebody wrote is tried on two rows of zeros first: mistakes in it would come up in the middle of a
 * training step, and weights that it made for itself never.
 *
 * @param parameters what it is built with. @param all of the model's, its own among them.
 * @throws ArgumentError where it is no builder, gives another width, fails, or has weights that the model does not know.
 */
export function buildLayer<L extends Layer>(
  argument: keyof typeof outputs,
  builder: LayerBuilder<L>,
  parameters: Parameters,
  all: Parameters,
  [from, to]: readonly [number, number],
): L {
  const wanted = `a function (parameters, ${from}, ${to}) that returns a layer { from, to, apply }`
  const remedy = `Write, say, ${argument}: (parameters, from, to) => lid.layers.mlp(parameters, '${argument}', [from, 64, to]).`
  if (typeof builder !== 'function') throw new ArgumentError(argument, builder, wanted, remedy)
  const layer = builder(parameters, from, to)
  // A function has an apply of its own.
  if (typeof layer !== 'object' || typeof (layer as Partial<L> | null)?.apply !== 'function')
    throw new ArgumentError(argument, layer, wanted, remedy)
  if (layer.to !== to)
    throw new ArgumentError(
      argument,
      layer.to,
      `${to} outputs, ${outputs[argument]}`,
      'Build the layer with the width the builder is called with.',
    )
  if (!isBuiltIn(builder))
    tryOut(`${argument}.apply`, () => layer.apply(tf.zeros([ROWS, from])), [ROWS, to], all)
  return layer
}

/**
 * Tries a function of tensors that somebody wrote.
 *
 * @param argument what it is called in the error. @param shape of its result. @param all the model's weights.
 * @throws ArgumentError where it fails, gives anything but a tensor of that shape, or depends on trainable weights of which the model does not know.
 */
export function tryOut(
  argument: string,
  f: () => tf.Tensor,
  shape: readonly number[],
  all: Parameters,
): void {
  const remedy = 'Look at its operations: they were tried on zeros.'
  const wanted =
    shape.length === 0 ? 'one number, a tensor of shape []' : `a tensor of shape [${shape.join(', ')}]`
  const result = (): tf.Tensor => {
    const value = f()
    // What somebody wrote in JavaScript can return anything.
    if (!((value as unknown) instanceof tf.Tensor) || value.shape.join() !== shape.join())
      throw new ArgumentError(argument, value, wanted, remedy)
    return value
  }
  let behind: tf.Variable[]
  try {
    behind = variablesBehind(result)
  } catch (error) {
    if (error instanceof LidvaeError || !(error instanceof Error)) throw error
    throw new ArgumentError(argument, error, wanted, remedy)
  }
  const known = new Set(all.variables.values())
  const foreign = behind.find((variable) => !known.has(variable))
  if (foreign)
    throw new ArgumentError(
      argument,
      foreign,
      'weights of the model alone, made by parameters.variable(…), lid.layers.mlp(parameters, …) and the like',
      'This one would be neither trained nor saved. If it shall stay as it is: tf.variable(values, false); of a layer of tf.layers, trainable: false.',
    )
}
