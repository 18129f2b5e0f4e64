import * as tf from '@tensorflow/tfjs'
import { DataError } from '../base/errors'
import type { Model } from './model'

/** Variables by name. */
export type Named = Map<string, tf.Variable>

/** What a model has learnt, by name: its weights, and the state that training keeps with them. */
export const learnt = ({ parameters }: Model): Named =>
  new Map([...parameters.variables, ...parameters.states])

/** Their numbers, copied. */
export const readVariables = (variables: Named): Record<string, Float32Array> =>
  Object.fromEntries(
    [...variables].map(([name, weight]) => [name, Float32Array.from(weight.dataSync() as Float32Array)]),
  )

/** What a model has learnt, as copied numbers by name. */
export const readWeights = (model: Model): Record<string, Float32Array> => readVariables(learnt(model))

/** Assigns these numbers to a model; throws as `writeVariables` does. */
export const writeWeights = (model: Model, values: Record<string, Float32Array>, source: string): void =>
  writeVariables(learnt(model), values, source)

/**
 * Assigns these numbers to variables.
 *
 * @throws DataError that names `source` and the first weight that is missing or of another size; in that case
 *   no weight is changed.
 */
export function writeVariables(variables: Named, values: Record<string, Float32Array>, source: string): void {
  const another = (what: string): DataError =>
    new DataError(`${source} holds the weights of another model: ${what}. Build the model it was saved from.`)
  for (const [name, weight] of variables) {
    if (!Object.hasOwn(values, name)) throw another(`no ${name}`)
    if (values[name].length !== weight.size)
      throw another(`${values[name].length} numbers for ${name}, must be ${weight.size}`)
  }
  const unknown = Object.keys(values).find((name) => !variables.has(name))
  if (unknown !== undefined) throw another(`unknown weight ${unknown}`)
  tf.tidy(() => {
    for (const [name, weight] of variables) weight.assign(tf.tensor(values[name], weight.shape))
  })
}
