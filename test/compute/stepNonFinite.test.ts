import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { adam, sgd } from '../../src/compute/optimizers'
import { TrainingStep, type StepReport } from '../../src/compute/step'
import { AdamReference } from '../support/adamReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { pull, target, variableOf, WAYS } from './stepSupport'

onEachEngine('a step that is not finite', () => {
  for (const { traced, title } of WAYS) {
    it(`never gives a weight a value that is not finite, when only one gradient is not: ${title}`, () =>
      expectNoLeaks(() => {
        const [fine, broken] = [variableOf([1]), variableOf([0])]
        const step = new TrainingStep({
          variables: new Map([
            ['fine', fine],
            ['broken', broken],
          ]),
          // √w has the value 0 at 0 and no finite slope.
          loss: () => ({ loss: tf.add<tf.Scalar>(tf.sum(tf.square(fine)), tf.sum(tf.sqrt(broken))) }),
          optimizer: adam(),
          traced,
        })
        const report = step.run({}, { key: [1, 0], rate: 0.1, step: 1 })
        assert.equal(report.updated, false)
        assert.equal(report.values.loss, 1)
        assert.deepEqual([...broken.dataSync()], [0])
        assert.ok(Number.isFinite(fine.dataSync()[0]))
        step.dispose()
        tf.dispose([fine, broken])
      }))

    it(`leaves the weights and the moments alone when something is not finite: ${title}`, () =>
      expectNoLeaks(() => {
        const weight = variableOf([1, 2])
        const rule = adam()
        const step = new TrainingStep({
          variables: new Map([['w', weight]]),
          loss: pull(weight),
          optimizer: rule,
          traced,
        })
        const reference = new AdamReference([1, 2], rule)
        const run = (x: number[], number: number): StepReport =>
          step.run(target(x), { key: [1, number], rate: 0.1, step: number })
        run([0, 0], 1)
        reference.apply([1, 2], 0.1, 1)
        for (const bad of [NaN, Infinity]) {
          const report = run([bad, 0], 2)
          assert.equal(report.updated, false)
          assert.equal(Number.isFinite(report.values.loss), false)
          near(weight.dataSync(), reference.weights, 1e-6)
        }
        const gradient = [...reference.weights]
        assert.equal(run([0, 0], 2).updated, true)
        reference.apply(gradient, 0.1, 2)
        near(weight.dataSync(), reference.weights, 1e-6)
        step.dispose()
        weight.dispose()
      }))
  }

  it('leaves the weights alone when a gradient from a graph of its own is not finite', () =>
    expectNoLeaks(() => {
      const weight = variableOf([1, 2])
      const step = new TrainingStep({
        variables: new Map([['w', weight]]),
        loss: ({ x }) => ({ loss: tf.mean<tf.Scalar>(tf.mul(tf.reshape(x, [-1, 2]), weight)) }),
        optimizer: sgd(),
      })
      for (const [i, size] of [1, 2, 3, 4, 5, 6].entries()) {
        const values = new Float32Array(2 * size).fill(size === 6 ? Infinity : 0)
        const report = step.run({ x: { values, shape: [size, 2] } }, { key: [1, i], rate: 1, step: i + 1 })
        assert.equal(report.updated, size !== 6)
      }
      step.dispose()
      assert.deepEqual([...weight.dataSync()], [1, 2])
      weight.dispose()
    }))
})
