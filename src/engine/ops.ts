import * as tf from '@tensorflow/tfjs'

let besideOthers = false

/** True while products are made that come in numbers anyway: none needs to be cut up to keep two cores busy. */
export const areBesideOthers = (): boolean => besideOthers

/** Makes products that do not wait for each other, one for each of `xs`. */
export function sideBySide<T>(xs: readonly T[], f: (x: T, i: number) => tf.Tensor): tf.Tensor[] {
  const before = besideOthers
  besideOthers = xs.length > 1
  try {
    return xs.map(f)
  } finally {
    besideOthers = before
  }
}

/** The matrix product of two rank-2 tensors, typed for tensors whose rank only the reader knows. */
export const matMul = (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor2D =>
  tf.matMul(a, b, transposeA, transposeB)

/** `x` cut into equal pieces along its last axis; one piece is `x` itself (tfjs cannot differentiate a split into one). */
export const pieces = (x: tf.Tensor, count: number): tf.Tensor[] =>
  count === 1 ? [x] : tf.split(x, count, x.rank - 1)
