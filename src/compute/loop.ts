import * as tf from '@tensorflow/tfjs'
import { isRecording, recordedLoop, type Loop, type LoopOutputs } from './graphs'

/**
 * Turns that stand in a graph one after the other; more of them are a loop. About here both cost the same to
 * record and prepare.
 */
const UNROLLED = 16

/**
 * Runs a loop over the rows of tensors. In a graph, many turns are one loop of TensorFlow's, so that it costs
 * the same to record and prepare for each length; turns in a row would cost
 * more than in proportion: 30 s of processor time for a text of 500 tokens that a step is then done with in
 * 0.2 s. The number of turns alone decides, so that a resumed training
 * makes the same graphs. Elsewhere, operation by operation, turns simply follow each other. The operations,
 * and so the numbers, are the same in each case.
 */
export function loop(given: Loop): LoopOutputs {
  const { turns, each, reversed, oneByOne, turn } = given
  if (isRecording() && (oneByOne || turns > UNROLLED)) return recordedLoop(given)
  const rows = each.map((tensor) => tf.unstack(tensor))
  const found: tf.Tensor[][] = []
  let { state } = given
  for (let k = 0; k < turns; k++) {
    const t = reversed ? turns - 1 - k : k
    const before = state
    const made: LoopOutputs[] = []
    tf.tidy(() => {
      made[0] = turn(
        before,
        rows.map((of) => of[t]),
      )
      return [...made[0].state, ...made[0].rows]
    })
    state = made[0].state
    made[0].rows.forEach((row, i) => ((found[i] ??= [])[t] = row))
  }
  return { state, rows: found.map((of) => tf.stack(of)) }
}
