import * as tf from '@tensorflow/tfjs'

/** What a loss function reports: the loss, and further scalars or vectors. */
export type Reported = { loss: tf.Scalar } & Record<string, tf.Tensor>

/** A loss with its gradient, by the names of the tfjs variables; what is missing is zero. */
export interface LossAndGradients {
  /** The caller frees it. */
  reported: Reported
  /** The gradient of the loss by name of weight, in the shape of each. */
  gradients: tf.NamedTensorMap
}

/**
 * A loss and its gradient by reverse mode.
 *
 * @param f computes the report, which includes `loss`. @param variables whose gradient is computed.
 */
export function gradientsOf(f: () => Reported, variables: tf.Variable[]): LossAndGradients {
  let reported: Reported | undefined
  try {
    const { grads } = tf.variableGrads(() => {
      reported = f()
      // Other scalars than the loss must survive the tape's clean-up.
      for (const tensor of Object.values(reported)) tf.keep(tensor)
      return reported.loss
    }, variables)
    return { reported: reported!, gradients: grads }
  } catch (error) {
    dropTape()
    throw error
  }
}

/**
 * Frees what tfjs kept for a backward pass that did not happen, because an error ended the forward pass; tfjs
 * itself leaks it.
 */
function dropTape(): void {
  const { state } = tf.engine() as unknown as {
    state: { gradientDepth: number; activeTape: { saved?: tf.Tensor[] }[] | null }
  }
  if (state.gradientDepth > 0) return
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? [])
  state.activeTape = null
}

/**
 * The trainable variables that a function's result depends on, wherever they were made.
 *
 * @param f computes it; called twice, since variables may be made at the first call.
 */
export function variablesBehind(f: () => tf.Tensor): tf.Variable[] {
  return tf.tidy(() => {
    f()
    const all = Object.values(tf.engine().state.registeredVariables).filter(({ trainable }) => trainable)
    if (all.length === 0) return []
    try {
      const { grads } = tf.engine().gradients(() => tf.sum<tf.Scalar>(f()), all, undefined, true)
      return all.filter((_, i) => (grads as (tf.Tensor | undefined)[])[i] !== undefined)
    } catch (error) {
      dropTape()
      throw error
    }
  })
}

/** The value of f(x), through which no gradient flows. */
export function withoutGradient(f: (...x: tf.Tensor[]) => tf.Tensor, ...x: tf.Tensor[]): tf.Tensor {
  // The tensors may already be disposed when the gradient is computed.
  const shapes = x.map(({ shape }) => shape)
  return tf.customGrad((...args) => ({
    value: f(...(args.slice(0, x.length) as tf.Tensor[])),
    gradFunc: () => shapes.map((shape) => tf.zeros(shape)),
  }))(...x)
}

/**
 * Gradients of a scalar with respect to any tensors, variables among them; zeros where it does not depend on
 * one.
 *
 * @param f computes the scalar from tensors that exist before.
 */
export function gradientsAt(f: () => tf.Tensor, xs: tf.Tensor[]): tf.Tensor[] {
  const { grads, value } = tf.engine().gradients(f as () => tf.Scalar, xs, undefined, true)
  value.dispose()
  return xs.map((x, i) => (grads as (tf.Tensor | undefined)[])[i] ?? tf.zerosLike(x))
}
