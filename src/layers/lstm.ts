import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'
import { uniformInit, type Parameters } from '../compute/parameters'
import { requireInteger, requireShape } from '../base/errors'
import { requireOptions, type OptionNames } from '../base/options'
import { recurrence, type LstmState } from './recurrence'

export type { LstmState } from './recurrence'

/** Options of `lstm`. */
export interface LstmOptions {
  /** Width of what enters at each step. */
  inputs: number
  /** Width of output and cell. */
  hidden: number
  /** Width of a vector that enters every step alike, such as z; 0 by default: none. */
  constant?: number
}

const LSTM_OPTIONS: OptionNames<LstmOptions> = { inputs: true, hidden: true, constant: true }

/** What else enters an LSTM. */
export interface LstmContext {
  /** The state before the first step, each `[batch, hidden]`; zeros by default. */
  initial?: LstmState
  /** The vector that enters every step, `[batch, constant]`; wanted when the layer has one. */
  constant?: tf.Tensor
}

/** A layer of long short-term memory. */
export interface Lstm {
  /** Width of what enters at each step. */
  readonly inputs: number
  /** Width of output and cell. */
  readonly hidden: number
  /** Width of the vector that enters every step; 0 for none. */
  readonly constant: number
  /**
   * Runs over the steps. @param x `[time, batch, inputs]` @param context `{ initial, constant }`
   * @returns every output, `[time, batch, hidden]`, and the state after the last step
   */
  apply(x: tf.Tensor, context?: LstmContext): { h: tf.Tensor; last: LstmState }
}

/**
 * A layer of long short-term memory over sequences of equal length, time first. With p_t = x_t W + h_{t−1} U + z V + b, its columns the gates i, f, g, o in the order
 * of PyTorch,
 *   c_t = σ(f) c_{t−1} + σ(i) tanh(g),  h_t = σ(o) tanh(c_t).
 * A vector z that enters every step alike is multiplied once. Weights and bias start from U(±1/√hidden); there is one bias, where PyTorch adds two.
 *
 * @param parameters where its weights are kept.
 * @param name its name among them.
 * @param options `{ inputs, hidden, constant = 0 }`, widths.
 * @returns the layer, `[time, batch, inputs]` to `[time, batch, hidden]`.
 * @throws ArgumentError for a bad width, or when there is a layer of that name.
 * @example
 * const layer = lid.layers.lstm(lid.Parameters.from(1), 'decoder', { inputs: 50, hidden: 50, constant: 5 })
 * const { h, last } = layer.apply(lid.tf.zeros([10, 32, 50]), { constant: lid.tf.zeros([32, 5]) })
 * @see Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000, the forget gate.
 */
export function lstm(parameters: Parameters, name: string, options: LstmOptions): Lstm {
  requireOptions('lstm', options, LSTM_OPTIONS, '{ inputs: 32, hidden: 64 }')
  const { inputs, hidden, constant = 0 } = options
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
