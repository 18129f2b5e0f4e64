import * as tf from '@tensorflow/tfjs'
import { withGradient } from '../engine/gradient'
import { matMul } from '../engine/ops'

/** What an LSTM remembers, each `[batch, hidden]`. */
export interface LstmState {
  /** The output. */
  h: tf.Tensor
  /** The cell. */
  c: tf.Tensor
}

/** What enters `recurrence`. */
export interface RecurrenceInputs {
  /** What the inputs add to the gates, `[time, batch, 4 hidden]`. */
  x: tf.Tensor
  /** What is added at every step, `[batch, 4 hidden]`. */
  constant: tf.Tensor
  /** The state before the first step. */
  h: tf.Tensor
  c: tf.Tensor
  /** From the last output to the gates, `[hidden, 4 hidden]`. */
  W: tf.Tensor
}

/** One step's gates and cell, each `[batch, hidden]`. */
interface Step {
  i: tf.Tensor
  f: tf.Tensor
  g: tf.Tensor
  o: tf.Tensor
  c: tf.Tensor
  /** tanh c. */
  t: tf.Tensor
}

const KEPT = ['i', 'f', 'g', 'o', 'c', 't'] as const

const mul = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mul(a, b)
const add = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.add(a, b)
/** y (1 − y), the derivative of the logistic function at its value y. */
const logisticSlope = (y: tf.Tensor): tf.Tensor => mul(y, tf.sub(1, y))

/**
 * The recurrent part of an LSTM, with a vector-Jacobian product of its own: p_t = x_t + constant + h_{t−1} W, its columns the gates i, f, g, o,
 *   c_t = σ(f) c_{t−1} + σ(i) tanh(g),  h_t = σ(o) tanh(c_t).
 *
 * Forwards each step keeps its gates. Backwards the cotangent of p_t is found step by step from the last to the first; that of W is one product over all
 * steps at the end.
 *
 * @returns every h_t, `[time, batch, hidden]`, and the last c, `[batch, hidden]`
 */
export function recurrence(inputs: RecurrenceInputs): { h: tf.Tensor; c: tf.Tensor } {
  const { x, constant, h, c, W } = inputs
  const [time, batch, columns] = x.shape
  const hidden = columns / 4
  const [outputs, last] = withGradient(
    { x, constant, h, c, W },
    {
      forward(save) {
        const steps: Step[] = []
        const hs: tf.Tensor[] = []
        for (const [t, row] of tf.unstack(x).entries()) {
          const before = t ? { h: hs[t - 1], c: steps[t - 1].c } : { h, c }
          steps.push(cell(tf.addN([row, constant, matMul(before.h, W)]), before.c))
          hs.push(mul(steps[t].o, steps[t].t))
        }
        const all = tf.stack(hs)
        save([W, h, c, all, ...steps.flatMap((step) => KEPT.map((name) => step[name]))])
        return [all, steps[time - 1].c]
      },
      backward([ofOutputs, ofLast], [Ws, h0, c0, all, ...kept]) {
        const steps = Array.from(
          { length: time },
          (_, t) =>
            Object.fromEntries(KEPT.map((name, k) => [name, kept[KEPT.length * t + k]])) as never as Step,
        )
        const ofP: tf.Tensor[] = []
        const given = tf.unstack(ofOutputs)
        let [ofH, ofC]: (tf.Tensor | undefined)[] = [undefined, ofLast]
        for (let t = time - 1; t >= 0; t--) {
          const back = cellBack(
            steps[t],
            t ? steps[t - 1].c : c0,
            ofH ? add(given[t], ofH) : given[t],
            ofC as tf.Tensor,
          )
          ofP[t] = back.p
          ofC = back.c
          ofH = matMul(back.p, Ws, false, true)
        }
        const P = tf.stack(ofP)
        const before = tf.concat([tf.expandDims(h0, 0), tf.slice(all, [0, 0, 0], [time - 1, batch, hidden])])
        return {
          x: P,
          constant: tf.sum(P, 0),
          h: ofH as tf.Tensor,
          c: ofC as tf.Tensor,
          W: matMul(tf.reshape(before, [time * batch, hidden]), tf.reshape(P, [time * batch, columns]), true),
        }
      },
    },
  )
  return { h: outputs, c: last }
}

/** One step from its pre-activations. */
function cell(p: tf.Tensor, before: tf.Tensor): Step {
  const [pi, pf, pg, po] = tf.split(p, 4, 1)
  const [i, f, g, o] = [tf.sigmoid(pi), tf.sigmoid(pf), tf.tanh(pg), tf.sigmoid(po)]
  const c = add(mul(f, before), mul(i, g))
  return { i, f, g, o, c, t: tf.tanh(c) }
}

/** The cotangents of a step's pre-activations and of the cell before it, from those of its output and its cell. */
function cellBack(
  { i, f, g, o, t }: Step,
  before: tf.Tensor,
  ofH: tf.Tensor,
  ofC: tf.Tensor,
): { p: tf.Tensor; c: tf.Tensor } {
  const total = add(ofC, mul(mul(ofH, o), tf.sub(1, tf.square(t))))
  const p = tf.concat(
    [
      mul(mul(total, g), logisticSlope(i)),
      mul(mul(total, before), logisticSlope(f)),
      mul(mul(total, i), tf.sub(1, tf.square(g))),
      mul(mul(ofH, t), logisticSlope(o)),
    ],
    1,
  )
  return { p, c: mul(total, f) }
}
