import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { asRule } from '../../src/compute/optimizers'
import { TrainingStep } from '../../src/compute/step'
import { ArgumentError } from '../../src/base/errors'
import { onEachEngine } from '../support/engines'
import { near } from '../support/near'

const optimizers: Record<string, () => tf.Optimizer> = {
  'tf.train.adam': () => tf.train.adam(0.1),
  'tf.train.adam, large ε': () => tf.train.adam(0.1, 0.8, 0.95, 0.3),
  'tf.train.rmsprop': () => tf.train.rmsprop(0.05, 0.8, 0.3),
  'tf.train.rmsprop, centred': () => tf.train.rmsprop(0.05, 0.8, 0.3, 1e-6, true),
  'tf.train.momentum': () => tf.train.momentum(0.05, 0.7),
  "tf.train.momentum, Nesterov's": () => tf.train.momentum(0.05, 0.7, true),
  'tf.train.sgd': () => tf.train.sgd(0.1),
  'tf.train.adagrad': () => tf.train.adagrad(0.1),
}

/** A loss with slopes of several sizes. */
const lossOf = (w: tf.Variable): tf.Scalar => tf.sum(tf.mul(tf.square(tf.sub(w, [1, 2, 3])), [0.1, 1, 5]))

onEachEngine('fromTfjs', (engine) => {
  for (const [name, make] of Object.entries(optimizers))
    it(`${name} moves weights as tfjs does`, () => {
      const [mine, theirs] = [tf.variable(tf.zeros([3])), tf.variable(tf.zeros([3]))]
      const [rule, reference] = [asRule(make()), make()]
      const before = tf.memory().numTensors
      const step = new TrainingStep({
        variables: new Map([['w', mine]]),
        loss: () => ({ loss: lossOf(mine) }),
        optimizer: rule,
      })
      assert.equal(step.traced, engine === 'native' && name !== 'tf.train.adagrad')
      const moved = [1, 2, 3, 4, 5, 6].map((i) => {
        step.run({}, { key: [0, i], rate: (rule.rate as (progress: number) => number)(0), step: i })
        return [...mine.dataSync()]
      })
      step.dispose()
      // An optimiser that updates the weights by itself keeps its moments.
      assert.equal(tf.memory().numTensors - before, name === 'tf.train.adagrad' ? 1 : 0, 'tensors leaked')
      for (const [i, values] of moved.entries()) {
        reference.minimize(() => lossOf(theirs), false, [theirs])
        // tfjs keeps powers of β in float32, and subtracts squares where it centres.
        near(values, [...theirs.dataSync()], name.includes('centred') ? 2e-4 : 2e-5, `step ${i + 1}`)
      }
      reference.dispose()
      tf.dispose([mine, theirs])
    })

  it('takes a rate that is set while it trains', () => {
    const given = tf.train.sgd(0.1)
    const rule = asRule(given)
    given.setLearningRate(0.25)
    assert.equal((rule.rate as () => number)(), 0.25)
  })

  it('refuses what is no optimiser', () => {
    for (const wrong of [undefined, 'adam', {}]) assert.throws(() => asRule(wrong as never), ArgumentError)
  })
})
