import * as tf from '@tensorflow/tfjs'

/** A function of named tensors with several outputs, with its vector-Jacobian product. */
export interface WithGradient {
  /** The outputs. @param save keeps tensors for the backward pass, if there is one; called once. */
  forward: (save: (tensors: tf.Tensor[]) => void) => tf.Tensor[]
  /** The cotangent of every input, by name, from those of the outputs and what was saved. */
  backward: (cotangents: tf.Tensor[], saved: tf.Tensor[]) => Record<string, tf.Tensor>
}

interface Engine {
  runKernelFunc(call: {
    forwardFunc: (backend: unknown, save: (tensors: tf.Tensor[]) => void) => tf.Tensor[]
    backwardsFunc: (
      cotangents: tf.Tensor | tf.Tensor[],
      saved: tf.Tensor[],
    ) => Record<string, () => tf.Tensor>
    inputs: Record<string, tf.Tensor>
  }): tf.Tensor[]
}

/**
 * The same as `tf.customGrad`, for a function with several outputs: tfjs's engine supports it, but its public
 * function takes only one.
 *
 * @param inputs by name, each with its own cotangent.
 * @returns the outputs.
 */
export function withGradient(
  inputs: Record<string, tf.Tensor>,
  { forward, backward }: WithGradient,
): tf.Tensor[] {
  return (tf.engine() as unknown as Engine).runKernelFunc({
    inputs,
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (cotangents, saved) => {
      const all = backward(Array.isArray(cotangents) ? cotangents : [cotangents], saved)
      return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, () => value]))
    },
  })
}
