import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs'
import { it } from 'node:test'
import { rmsprop, sgd, type Optimizer } from '../../src/compute/optimizers'
import { TrainingStep } from '../../src/compute/step'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'

/** The gradient of ½ Σ c w², in doubles. */
const curvature = [1, 0.3, 4]
const start = [1, -2, 0.5]

/** Twenty updates of a rule written as in its paper. */
function reference(
  update: (w: number, g: number, kept: number[]) => { w: number; kept: number[] },
  slots: number,
) {
  return start.map((w0, i) => {
    let state = { w: w0, kept: new Array<number>(slots).fill(0) }
    for (let step = 0; step < 20; step++) state = update(state.w, curvature[i] * state.w, state.kept)
    return state.w
  })
}

const rules: { name: string; rule: Optimizer; expected: number[] }[] = [
  {
    name: 'rmsprop',
    rule: rmsprop({ rate: 0.02, decay: 0.8, momentum: 0.5, epsilon: 1e-6 }),
    expected: reference((w, g, [s, d]) => {
      const square = 0.8 * s + 0.2 * g * g
      const move = 0.5 * d + (0.02 * g) / Math.sqrt(square + 1e-6)
      return { w: w - move, kept: [square, move] }
    }, 2),
  },
  {
    name: 'sgd with momentum',
    rule: sgd({ rate: 0.05, momentum: 0.7 }),
    expected: reference((w, g, [a]) => ({ w: w - 0.05 * (0.7 * a + g), kept: [0.7 * a + g] }), 1),
  },
]

onEachEngine('optimizer rules', () => {
  for (const { name, rule, expected } of rules)
    for (const traced of [true, false])
      it(`${name} moves weights as its definition says${traced ? '' : ', operation by operation'}`, () =>
        expectNoLeaks(() => {
          const w = tf.tidy(() => tf.variable(tf.tensor1d(start)))
          const c = tf.tensor1d(curvature)
          const loss = () => ({ loss: tf.mul<tf.Scalar>(0.5, tf.sum(tf.mul(c, tf.square(w)))) })
          const step = new TrainingStep({ variables: new Map([['w', w]]), loss, optimizer: rule, traced })
          for (let i = 1; i <= 20; i++) {
            const { updated } = step.run({}, { key: [0, i], rate: rule.rate as number, step: i })
            assert.ok(updated)
          }
          near(w.dataSync(), expected, 1e-5)
          step.dispose()
          near(w.dataSync(), expected, 1e-5)
          tf.dispose([w, c])
        }))
})
