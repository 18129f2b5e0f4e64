import * as tf from '@tensorflow/tfjs'

/**
 * Where a tensor of a recording comes from: an output of one of its calls, the input, or numbers from
 * outside.
 */
export type Origin =
  { call: number; output: number } | 'input' | { values: tf.TypedArray; shape: number[]; dtype: tf.DataType }

/** A kernel that ran on something computed from the input. */
export interface RecordedCall {
  kernel: string
  attributes: Record<string, unknown>
  inputs: Record<string, { origin: Origin; shape: number[] }>
  shape: number[]
}

/** The record of a function of one tensor. */
export interface Recorded {
  calls: RecordedCall[]
  /** Where its result comes from. */
  result: Origin
}

type RunKernel = (
  kernel: string,
  inputs: Record<string, tf.Tensor>,
  attributes?: object,
) => tf.Tensor | tf.Tensor[]

/**
 * Runs `f` once and records every kernel of TensorFlow.js that it runs on something computed from its input,
 * on any engine. What does not depend on the input is recorded as numbers.
 */
export function recordCalls(f: (input: tf.Tensor) => tf.Tensor, input: tf.Tensor): Recorded {
  const engine = tf.engine() as unknown as { runKernel: RunKernel }
  const { runKernel } = engine
  const origins = new Map<number, Origin>([[input.id, 'input']])
  const calls: RecordedCall[] = []
  let depth = 0
  const originOf = (tensor: tf.Tensor): Origin => {
    const known = origins.get(tensor.id)
    if (known) return known
    const outside: Origin = { values: tensor.dataSync(), shape: tensor.shape, dtype: tensor.dtype }
    origins.set(tensor.id, outside)
    return outside
  }
  const isMade = (tensor: tf.Tensor | undefined): boolean => {
    const origin = tensor && origins.get(tensor.id)
    return origin === 'input' || (origin !== undefined && 'call' in origin)
  }
  engine.runKernel = function (kernel, inputs, attributes) {
    depth++
    let out: tf.Tensor | tf.Tensor[]
    try {
      out = runKernel.call(this, kernel, inputs, attributes)
    } finally {
      depth--
    }
    // An engine may compose a kernel of others: only the outermost is recorded.
    if (depth > 0 || !Object.values(inputs).some(isMade)) return out
    const outputs = [out].flat()
    calls.push({
      kernel,
      attributes: { ...attributes },
      inputs: Object.fromEntries(
        Object.entries(inputs)
          .filter(([, tensor]) => tensor instanceof tf.Tensor)
          .map(([name, tensor]) => [name, { origin: originOf(tensor), shape: tensor.shape }]),
      ),
      shape: outputs[0].shape,
    })
    outputs.forEach(({ id }, output) => origins.set(id, { call: calls.length - 1, output }))
    return out
  }
  try {
    let result: Origin = 'input'
    // Not returned from tidy, which would look for tensors among all the numbers.
    tf.tidy(() => void (result = originOf(f(input))))
    return { calls, result }
  } finally {
    // This restores the method of its class.
    delete (engine as Partial<typeof engine>).runKernel
  }
}
