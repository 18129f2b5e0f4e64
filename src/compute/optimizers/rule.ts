import type * as tf from '@tensorflow/tfjs'

/**
 * A learning rate: a number, or a function of training's progress in [0, 1), which may also use the number of steps
 * done.
 */
export type Rate = number | ((progress: number, step: number) => number)

/**
 * Marks a function of which no value depends on how many steps a training has in all: a run with it can be extended.
 */
export const notOfTotal = <F extends (...args: never[]) => number>(f: F): F & { readonly ofTotal: false } =>
  Object.assign(f, { ofTotal: false } as const)

/**
 * An update rule with its settings; `fit` makes a state of it for the weights it trains. It is a table of how
 * TensorFlow's fused operation is called and what the same update is in plain tfjs, so that one description
 * works for graphs, eager native steps and WASM.
 */
export interface Optimizer {
  /** Its name, `'adam'`, `'rmsprop'`, `'momentum'`, `'sgd'`. */
  readonly name: string
  /** The learning rate. */
  readonly rate: Rate
  /** TensorFlow's operation on resource variables. */
  readonly operation: string
  /** Names of the state of each weight; they start at zero. */
  readonly slots: readonly string[]
  /** The operation's inputs in order: `'weight'`, a slot's name, a scalar's name, or `'gradient'`. */
  readonly inputs: readonly string[]
  /** The operation's switches. */
  readonly flags: Readonly<Record<string, boolean>>
  /** Scalars of update number `step` (from 1), by name; `rate` is one of them. */
  scalars(rate: number, step: number): Record<string, number>
  /**
   * A custom update, instead of all that: gradients by the names of tfjs variables. A step with such a rule
   * runs operation by operation.
   */
  apply?(gradients: Record<string, tf.Tensor>): void
  /** New values of weight and slots, in plain tfjs. */
  update(
    weight: tf.Tensor,
    slots: readonly tf.Tensor[],
    gradient: tf.Tensor,
    scalars: Record<string, number>,
  ): { weight: tf.Tensor; slots: tf.Tensor[] }
}
