import * as tf from '@tensorflow/tfjs'
import { adam } from '../../src/compute/optimizers'
import type { LossFunction } from '../../src/compute/step'

/** A step is recorded where the engine can, or runs operation by operation. */
export const WAYS = [
  { traced: true, title: 'as it comes' },
  { traced: false, title: 'operation by operation' },
]

export const variableOf = (values: number[]): tf.Variable => tf.tidy(() => tf.variable(tf.tensor1d(values)))
/** Adam that moves by about the gradient itself: with a huge ε, rate · g/(|g| + ε) is g. */
export const gradientItself = { rule: adam({ beta1: 0, beta2: 0, epsilon: 1e6 }), rate: 1e6 }

/** ½ Σ (w − x)², and its gradient w − x. */
export const pull =
  (weight: tf.Variable): LossFunction =>
  ({ x }) => {
    const loss = tf.mul<tf.Scalar>(0.5, tf.sum(tf.square(tf.sub(weight, x))))
    return { loss, total: tf.sum(weight) }
  }
export const target = (values: number[]) => ({
  x: { values: Float32Array.from(values), shape: [values.length] },
})
