import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'
import { uniformInit, type Parameters } from '../compute/parameters'
import { requireInteger, requireShape } from '../base/errors'
import { resolveOptions } from '../base/options'
import { recurrence, type LstmState } from './recurrence'

export type { LstmState } from './recurrence'

/** Options of `lstm`. */
export interface LstmOptions {
  /** Dimension of the input at each step. */
  inputs: number
  /** Dimension of output and cell. */
  hidden: number
  /** Dimension of a vector, such as z, that is an input of every step; 0 (no such vector) by default. */
  constant?: number
}

/** Further inputs of an LSTM. */
export interface LstmContext {
  /** The state before the first step, each `[batch, hidden]`; zeros by default. */
  initial?: LstmState
  /** The vector that is an input of every step, `[batch, constant]`; required if the layer has one. */
  constant?: tf.Tensor
}

/** A long short-term memory layer. */
export interface Lstm {
  /** Dimension of the input at each step. */
  readonly inputs: number
  /** Dimension of output and cell. */
  readonly hidden: number
  /** Dimension of the vector that is an input of every step; 0 if there is none. */
  readonly constant: number
  /**
   * Runs over all steps. @param x `[time, batch, inputs]` @param context `{ initial, constant }`
   * @returns every output, `[time, batch, hidden]`, and the state after the last step
   */
  apply(x: tf.Tensor, context?: LstmContext): { h: tf.Tensor; last: LstmState }
}

/**
 * A long short-term memory layer for sequences of equal length, time first. With p_t = x_t W + h_{t−1} U + z
 * V + b, whose columns are the gates i, f, g, o in PyTorch's order,
 *   c_t = σ(f) c_{t−1} + σ(i) tanh(g),  h_t = σ(o) tanh(c_t).
 * The product of V and a vector z that is an input of every step is computed once. Weights and bias are
 * initialised from U(±1/√hidden). There is one bias; PyTorch adds two.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param options `{ inputs, hidden, constant = 0 }`, dimensions.
 * @returns the layer, `[time, batch, inputs]` to `[time, batch, hidden]`.
 * @throws ArgumentError for an invalid dimension, or if a layer of that name exists.
 * @example
 * const layer = lid.layers.lstm(lid.Parameters.from(1), 'decoder', { inputs: 50, hidden: 50, constant: 5 })
 * const { h, last } = layer.apply(lid.tf.zeros([10, 32, 50]), { constant: lid.tf.zeros([32, 5]) })
 * @see Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000, the forget gate.
 */
export function lstm(parameters: Parameters, name: string, options: LstmOptions): Lstm {
  const { inputs, hidden, constant } = resolveOptions(
    'lstm',
    options,
    { inputs: undefined, hidden: undefined, constant: 0 },
    '{ inputs: 32, hidden: 64 }',
  )
  requireInteger('inputs', inputs)
  requireInteger('hidden', hidden)
  requireInteger('constant', constant, 0)
  const scope = parameters.scope(name)
  const init = uniformInit(1 / Math.sqrt(hidden))
  const W = scope.variable('W', [inputs, 4 * hidden], init)
  const U = scope.variable('U', [hidden, 4 * hidden], init)
  const V = constant > 0 ? scope.variable('V', [constant, 4 * hidden], init) : undefined
  const b = scope.variable('b', [4 * hidden], init)
  return {
    inputs,
    hidden,
    constant,
    apply(x, context = {}) {
      requireShape('x', x, ['time', 'batch', inputs])
      const [time, batch] = x.shape
      if (V) requireShape('constant', context.constant, [batch, constant])
      const { h, c } = context.initial ?? zeroState(batch, hidden)
      requireShape('initial.h', h, [batch, hidden])
      requireShape('initial.c', c, [batch, hidden])
      const every = V ? tf.add(matMul(context.constant as tf.Tensor, V), b) : b
      const of = recurrence({
        x,
        constant: V ? every : tf.add(tf.zeros([batch, 4 * hidden]), every),
        h,
        c,
        W,
        U,
      })
      const last = tf.reshape(tf.slice(of.h, [time - 1, 0, 0], [1, batch, hidden]), [batch, hidden])
      return { h: of.h, last: { h: last, c: of.c } }
    },
  }
}

const zeroState = (batch: number, hidden: number): LstmState => ({
  h: tf.zeros([batch, hidden]),
  c: tf.zeros([batch, hidden]),
})
