import * as tf from '@tensorflow/tfjs'

/** The matrix product of two rank-2 tensors, typed for tensors whose rank only the reader knows. */
export const matMul = (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor2D =>
  tf.matMul(a, b, transposeA, transposeB)

/** `x` cut into equal pieces along its last axis; one piece is `x` itself (tfjs cannot differentiate a split into one). */
export const pieces = (x: tf.Tensor, count: number): tf.Tensor[] =>
  count === 1 ? [x] : tf.split(x, count, x.rank - 1)
