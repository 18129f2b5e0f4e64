import * as tf from '@tensorflow/tfjs'
import { variablesBehind } from '../compute/gradients'
import { missingOperationError } from '../compute/missingOperation'
import type { Parameters } from '../compute/parameters'
import { ArgumentError, LidvaeError } from '../base/errors'
import type { Layer } from '../layers/dense'
import { isBuiltIn } from '../base/provenance'

/** Rows on which a custom part is tried. */
const ROWS = 2

/** Builds a layer between two widths. */
type LayerBuilder<L extends Layer> = (parameters: Parameters, from: number, to: number) => L

/** What each custom part must return, for errors. */
const outputs = {
  encoder: 'a mean and a free standard deviation for each unit of z',
  decoder: 'one output for each dimension of x',
} as const

/**
 * Builds an encoder or decoder. A custom one is tried on two rows of zeros first: otherwise its errors would
 * appear only in the middle of a training step, and weights outside of the model's parameters would never be
 * noticed.
 *
 * @param parameters those it is built with. @param all all parameters of the model, these included.
 * @throws ArgumentError where it is not a builder, has another width, fails, or has weights outside of the
 *   model's parameters.
 */
export function buildLayer<L extends Layer>(
  argument: keyof typeof outputs,
  builder: LayerBuilder<L>,
  parameters: Parameters,
  all: Parameters,
  [from, to]: readonly [number, number],
): L {
  const expected = `a function (parameters, ${from}, ${to}) that returns a layer { from, to, apply }`
  const remedy = `Write, say, ${argument}: (parameters, from, to) => lid.layers.mlp(parameters, '${argument}', [from, 64, to]).`
  if (typeof builder !== 'function') throw new ArgumentError(argument, builder, expected, remedy)
  const layer = builder(parameters, from, to)
  // Every function has a method named apply.
  if (typeof layer !== 'object' || typeof (layer as Partial<L> | null)?.apply !== 'function')
    throw new ArgumentError(argument, layer, expected, remedy)
  if (layer.to !== to)
    throw new ArgumentError(
      argument,
      layer.to,
      `a layer with ${to} outputs, ${outputs[argument]}`,
      'Build the layer with the width the builder is called with.',
    )
  if (!isBuiltIn(builder))
    tryOut(`${argument}.apply`, () => layer.apply(tf.zeros([ROWS, from])), [ROWS, to], all)
  return layer
}

/** Which builders make the parts of a model that are not layers. */
const MAKERS = {
  prior: 'lid.parts.anchoredMeans()',
  flow: 'lid.layers.realNvp()',
  constraint: 'lid.fixes.batchNorm()',
  head: 'lid.parts.injectiveHead()',
  context: 'lid.parts.made()',
} as const

/** @throws ArgumentError where one of these options is given and is not what a builder of such parts returns. */
export function requireMakers(options: Partial<Record<keyof typeof MAKERS, unknown>>): void {
  for (const [name, example] of Object.entries(MAKERS)) {
    const given = options[name as keyof typeof MAKERS]
    if (given !== undefined && typeof given !== 'function')
      throw new ArgumentError(name, given, `what a builder such as ${example} returns`)
  }
}

/**
 * Tries a custom function of tensors.
 *
 * @param argument its name in the error. @param shape of its result. @param all the model's weights.
 * @throws ArgumentError where it fails, returns anything but a tensor of that shape, or depends on trainable
 *   weights outside of the model's parameters; EngineError where the engine lacks an operation.
 */
export function tryOut(
  argument: string,
  f: () => tf.Tensor,
  shape: readonly number[],
  all: Parameters,
): void {
  const name = `result of \`${argument}\``
  const remedy = 'Check its operations: they were tried on zeros.'
  const expected =
    shape.length === 0 ? 'one number, a tensor of shape []' : `a tensor of shape [${shape.join(', ')}]`
  const result = (): tf.Tensor => {
    const value = f()
    // Custom JavaScript can return anything.
    if (!((value as unknown) instanceof tf.Tensor) || value.shape.join() !== shape.join())
      throw new ArgumentError(name, value, expected, remedy)
    return value
  }
  let behind: tf.Variable[]
  try {
    behind = variablesBehind(result)
  } catch (error) {
    if (error instanceof LidvaeError || !(error instanceof Error)) throw error
    const missing = missingOperationError(error, `the gradient of ${argument}`)
    if (missing !== error) throw missing
    throw new ArgumentError(name, error, expected, remedy)
  }
  const known = new Set(all.variables.values())
  const foreign = behind.find((variable) => !known.has(variable))
  if (foreign)
    throw new ArgumentError(
      argument,
      foreign,
      'a function of weights of the model alone, made by parameters.variable(…), lid.layers.mlp(parameters, …) or similar',
      'This one would be neither trained nor saved. To keep it fixed, use tf.variable(values, false), or trainable: false in a layer of tf.layers.',
    )
}
