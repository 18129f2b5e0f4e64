import * as tf from '@tensorflow/tfjs'
import { DataError } from '../base/errors'
import type { Model } from './model'

/** Variables by name. */
export type Named = Map<string, tf.Variable>

/** What a model has learnt, by name: its weights, and what training keeps beside them. */
export const learnt = ({ parameters }: Model): Named =>
  new Map([...parameters.variables, ...parameters.states])

/** Their numbers, copied. */
export const readVariables = (variables: Named): Record<string, Float32Array> =>
  Object.fromEntries(
    [...variables].map(([name, weight]) => [name, Float32Array.from(weight.dataSync() as Float32Array)]),
  )

/** What a model has learnt, as numbers by name, copied. */
export const readWeights = (model: Model): Record<string, Float32Array> => readVariables(learnt(model))

/** Gives a model these numbers; throws as `writeVariables` does. */
export const writeWeights = (model: Model, values: Record<string, Float32Array>, source: string): void =>
  writeVariables(learnt(model), values, source)

/**
 * Gives variables these numbers.
 *
 * @throws DataError that names `source` and the first weight that is missing or of another size; then no weight is changed.
 */
export function writeVariables(variables: Named, values: Record<string, Float32Array>, source: string): void {
  const another = (what: string): DataError =>
    new DataError(`${source} holds the weights of another model: ${what}. Build the model it was saved from.`)
  for (const [name, weight] of variables) {
    if (!Object.hasOwn(values, name)) throw another(`no ${name}`)
    if (values[name].length !== weight.size)
      throw another(`${values[name].length} numbers for ${name}, wanted ${weight.size}`)
  }
  const unknown = Object.keys(values).find((name) => !variables.has(name))
  if (unknown !== undefined) throw another(`${unknown} has no place here`)
  tf.tidy(() => {
    for (const [name, weight] of variables) weight.assign(tf.tensor(values[name], weight.shape))
  })
}
