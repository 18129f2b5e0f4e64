import * as tf from '@tensorflow/tfjs'
import { withGradient } from '../compute/gradient'
import { sigmoidGrad, tanhGrad } from '../compute/kernels/elementwise'
import { loop } from '../compute/loop'
import { matMul, sideBySide, worthHalving } from '../compute/ops'

/** The state of an LSTM, each `[batch, hidden]`. */
export interface LstmState {
  /** The output. */
  h: tf.Tensor
  /** The cell. */
  c: tf.Tensor
}

/** Inputs of `recurrence`. */
export interface RecurrenceInputs {
  /** `[time, batch, inputs]` */
  x: tf.Tensor
  /** What is added to the gates at every step, `[batch, 4 hidden]`. */
  constant: tf.Tensor
  /** The state before the first step. */
  h: tf.Tensor
  c: tf.Tensor
  /** From the inputs to the gates, `[inputs, 4 hidden]`. */
  W: tf.Tensor
  /** From the previous output to the gates, `[hidden, 4 hidden]`. */
  U: tf.Tensor
}

/** One step's gates and cell, each `[batch, hidden]`; t = tanh c. */
type Step = Record<(typeof KEPT)[number], tf.Tensor>
const KEPT = ['i', 'f', 'g', 'o', 'c', 't'] as const

const mul = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mul(a, b)
const add = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.add(a, b)

/**
 * An LSTM over all steps with a custom vector-Jacobian product. With p_t = x_t W + h_{t−1} U + constant,
 * whose columns are the gates i, f, g, o,
 *   c_t = σ(f) c_{t−1} + σ(i) tanh(g),  h_t = σ(o) tanh(c_t).
 *
 * All inputs share one product; each step adds a small one. Backward, the cotangents of p_t are computed from
 * the last step to the first; those of W and U are one product each over all steps. If products are large,
 * the columns i, f and the columns g, o are computed in parallel.
 *
 * @returns every h_t, `[time, batch, hidden]`, and the last c, `[batch, hidden]`
 */
export function recurrence(inputs: RecurrenceInputs): { h: tf.Tensor; c: tf.Tensor } {
  const { x, U } = inputs
  const sizes = { time: x.shape[0], batch: x.shape[1] as number, hidden: U.shape[0] }
  const parts = worthHalving(2 * sizes.batch * U.size) ? 2 : 1
  const [h, c] = withGradient(
    { ...inputs },
    {
      forward: (save) => forwards(inputs, sizes, parts, save),
      backward: (cotangents, saved) => backwards(cotangents, saved, sizes, parts),
    },
  )
  return { h, c }
}

interface Sizes {
  time: number
  batch: number
  hidden: number
}

/** A matrix's columns in equal parts. */
const columns = (x: tf.Tensor, parts: number): tf.Tensor[] =>
  parts === 1 ? [x] : tf.split(x, parts, x.rank - 1)

function forwards(
  { x, constant, h, c, W, U }: RecurrenceInputs,
  { time, batch }: Sizes,
  parts: number,
  save: (tensors: tf.Tensor[]) => void,
): tf.Tensor[] {
  const rows = tf.reshape(x, [time * batch, -1])
  const [Ws, Us, constants] = [W, U, constant].map((matrix) => columns(matrix, parts))
  const entering = sideBySide(Ws, (part) => tf.reshape(matMul(rows, part), [time, batch, -1]))
  const { state, rows: made } = loop({
    turns: time,
    state: [h, c],
    each: entering,
    turn([lastH, lastC], given) {
      const p = sideBySide(Us, (part, k) => tf.addN([matMul(lastH, part), given[k], constants[k]]))
      const step = cell(p, lastC)
      const output = mul(step.o, step.t)
      return { state: [output, step.c], rows: [output, ...KEPT.map((name) => step[name])] }
    },
  })
  const [all, ...kept] = made
  save([x, W, U, h, c, all, ...kept])
  return [all, state[1]]
}

/** One step from its pre-activations; the four gates are in one part or two. */
function cell(p: tf.Tensor[], before: tf.Tensor): Step {
  const [pi, pf, pg, po] = p.flatMap((part) => tf.split(part, 4 / p.length, 1))
  const [i, f, g, o] = [tf.sigmoid(pi), tf.sigmoid(pf), tf.tanh(pg), tf.sigmoid(po)]
  const c = add(mul(f, before), mul(i, g))
  return { i, f, g, o, c, t: tf.tanh(c) }
}

function backwards(
  [ofOutputs, ofLast]: tf.Tensor[],
  [x, W, U, h0, c0, all, ...kept]: tf.Tensor[],
  { time, batch, hidden }: Sizes,
  parts: number,
): Record<keyof RecurrenceInputs, tf.Tensor> {
  const [Ws, Us] = [W, U].map((matrix) => columns(matrix, parts))
  const cells = kept[KEPT.indexOf('c')]
  const { state, rows: P } = loop({
    turns: time,
    reversed: true,
    state: [ofLast, ...Us.map(() => tf.zerosLike(h0))],
    each: [ofOutputs, delayed(c0, cells), ...kept],
    turn([ofC, ...ofH], [given, before, ...step]) {
      const at = Object.fromEntries(KEPT.map((name, k) => [name, step[k]])) as Step
      const back = cellBack(at, before, tf.addN([given, ...ofH]), ofC, parts)
      const next = sideBySide(Us, (part, k) => matMul(back.p[k], part, false, true))
      return { state: [back.c, ...next], rows: back.p }
    },
  })
  const [ofC, ...ofH] = state
  const flat = P.map((part) => tf.reshape(part, [time * batch, -1]))
  const before = tf.reshape(delayed(h0, all), [time * batch, hidden])
  const rows = tf.reshape(x, [time * batch, -1])
  return {
    x: tf.reshape(sum(sideBySide(flat, (part, k) => matMul(part, Ws[k], false, true))), x.shape),
    constant: join(P.map((part) => tf.sum(part, 0))),
    h: sum(ofH),
    c: ofC,
    W: join(sideBySide(flat, (part) => matMul(rows, part, true))),
    U: join(sideBySide(flat, (part) => matMul(before, part, true))),
  }
}

/** What each step found: the first row, then all but the last of those given. */
const delayed = (first: tf.Tensor, all: tf.Tensor): tf.Tensor =>
  tf.concat([tf.expandDims(first, 0), tf.slice(all, [0, 0, 0], [all.shape[0] - 1, -1, -1])])

const sum = (all: tf.Tensor[]): tf.Tensor => (all.length === 1 ? all[0] : tf.addN(all))
const join = (all: tf.Tensor[]): tf.Tensor => (all.length === 1 ? all[0] : tf.concat(all, 1))

/**
 * The cotangents of a step's pre-activations and of the previous cell, from those of its output and its cell.
 */
function cellBack(
  { i, f, g, o, t }: Step,
  before: tf.Tensor,
  ofH: tf.Tensor,
  ofC: tf.Tensor,
  parts: number,
): { p: tf.Tensor[]; c: tf.Tensor } {
  const total = add(ofC, tanhGrad(mul(ofH, o), t))
  const gates = [
    sigmoidGrad(mul(total, g), i),
    sigmoidGrad(mul(total, before), f),
    tanhGrad(mul(total, i), g),
    sigmoidGrad(mul(ofH, t), o),
  ]
  const size = gates.length / parts
  return {
    p: Array.from({ length: parts }, (_, k) => tf.concat(gates.slice(k * size, (k + 1) * size), 1)),
    c: mul(total, f),
  }
}
