import * as tf from '@tensorflow/tfjs'
import type { Parameters } from '../../src/engine/parameters'
import type { Random } from './random'

/** Numbers of a tensor that is then disposed of (with the expression that made it). */
export const numbers = (make: () => tf.Tensor): number[] => {
  const tensor = tf.tidy(make)
  const values = Array.from(tensor.dataSync())
  tensor.dispose()
  return values
}

/** Several tensors' numbers, by name or place. */
export const numbersOfAll = (make: () => tf.Tensor[]): number[][] => {
  const tensors = tf.tidy(make)
  const values = tensors.map((t) => Array.from(t.dataSync()))
  tensors.forEach((t) => t.dispose())
  return values
}

/** Every trainable weight, by name, as plain numbers. */
export const readWeights = (parameters: Parameters): Record<string, number[]> =>
  Object.fromEntries([...parameters.variables].map(([name, v]) => [name, Array.from(v.dataSync())]))

/** Moves every trainable weight away from its start by N(0, scale²). */
export function disturb(parameters: Parameters, random: Random, scale = 0.5): void {
  for (const variable of parameters.variables.values())
    tf.tidy(() => {
      const noise = tf.tensor(random.normals(variable.size, scale), variable.shape)
      variable.assign(tf.add(variable, noise))
    })
}

/** Rows of a flat array. */
export const rowsOf = (flat: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: flat.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => flat[i * width + j]),
  )
