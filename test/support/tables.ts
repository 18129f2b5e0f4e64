import * as tf from '@tensorflow/tfjs'
import type { Parameters } from '../../src/compute/parameters'
import type { Random } from './random'

/** The numbers of a tensor; what was made on the way is freed, and weights are left alone. */
export const numbers = (make: () => tf.Tensor): number[] => numbersOfAll(() => [make()])[0]

/** The numbers of several tensors. */
export function numbersOfAll(make: () => tf.Tensor[]): number[][] {
  let read: number[][] = []
  tf.tidy(() => {
    read = make().map((tensor) => Array.from(tensor.dataSync()))
  })
  return read
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
