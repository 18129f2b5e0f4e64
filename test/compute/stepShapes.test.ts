import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { sgd } from '../../src/compute/optimizers'
import { TrainingStep } from '../../src/compute/step'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'
import { variableOf } from './stepSupport'

onEachEngine('shapes in a step', (engine) => {
  // Eight shapes: six share a graph with the weights, further ones are graphs of their own.
  it('takes inputs of any number of shapes, with the same bits whichever came first', () =>
    expectNoLeaks(() => {
      const order = [1, 2, 3, 4, 5, 6, 7, 8, 7, 1, 8, 8, 2]
      /** Trains by inputs of these sizes; with others before, so that each size has another graph. */
      const train = (before: number[]): { losses: number[]; weights: number[]; slots: number[] } => {
        const weight = variableOf([3, -2, 0.5])
        const unused = variableOf([7])
        const step = new TrainingStep({
          variables: new Map([
            ['w', weight],
            ['unused', unused],
          ]),
          loss: ({ x }) => {
            const rows = tf.reshape(x, [-1, 3])
            return { loss: tf.mean<tf.Scalar>(tf.square(tf.sub(tf.tanh(weight), rows))), sum: tf.sum(weight) }
          },
          optimizer: sgd({ momentum: 0.5 }),
          clipNorm: 1,
        })
        const run = (size: number, seed: number, rate: number, number: number): number => {
          const values = Float32Array.from(new Random(seed).normals(3 * size))
          const report = step.run({ x: { values, shape: [size, 3] } }, { key: [1, 0], rate, step: number })
          assert.equal(report.updated, true)
          return report.values.loss
        }
        for (const size of before) {
          // Nothing moves by infinity.
          const values = new Float32Array(3 * size).fill(Infinity)
          step.run({ x: { values, shape: [size, 3] } }, { key: [1, 0], rate: 0.1, step: 1 })
        }
        const losses = order.map((size, i) => run(size, i, 0.1, i + 1))
        assert.equal(step.traced, engine === 'native')
        const slots = Object.values(step.slots()!).flatMap((each) => each.flatMap((x) => Array.from(x)))
        step.dispose()
        const weights = [...weight.dataSync()]
        assert.deepEqual([...unused.dataSync()], [7])
        tf.dispose([weight, unused])
        return { losses, weights, slots }
      }
      const found = train([])
      assert.ok(new Set(found.losses).size === order.length)
      const slow = expectedSteps(order)
      near(found.losses, slow.losses, 1e-5, 'losses')
      near(found.weights, slow.weights, 1e-5, 'weights')
      assert.deepEqual(train([8, 7, 6]), found)
    }))
})

/** The steps of the test above in doubles: momentum SGD on the mean of (tanh w − x)², clipped to norm 1. */
function expectedSteps(order: number[]): { losses: number[]; weights: number[] } {
  const weights = [3, -2, 0.5]
  const velocity = [0, 0, 0]
  const losses = order.map((size, seed) => {
    const x = new Random(seed).normals(3 * size)
    const errors = x.map((value, i) => Math.tanh(weights[i % 3]) - value)
    const gradient = [0, 0, 0]
    errors.forEach((error, i) => {
      gradient[i % 3] += (2 * error * (1 - Math.tanh(weights[i % 3]) ** 2)) / x.length
    })
    const scale = Math.min(1, 1 / Math.hypot(...gradient))
    gradient.forEach((g, i) => {
      velocity[i] = 0.5 * velocity[i] + scale * g
      weights[i] -= 0.1 * velocity[i]
    })
    return errors.reduce((sum, error) => sum + error * error, 0) / x.length
  })
  return { losses, weights }
}
