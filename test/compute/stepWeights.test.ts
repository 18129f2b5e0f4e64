import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { adam } from '../../src/compute/optimizers'
import { TrainingStep, type LossFunction } from '../../src/compute/step'
import { AdamReference } from '../support/adamReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { gradientItself, target, variableOf, WAYS } from './stepSupport'

onEachEngine('weights in a step', () => {
  for (const { traced, title } of WAYS) {
    it(`clips the gradient to a norm over all weights, and reports the norm before: ${title}`, () => {
      for (const [clipNorm, factor] of [
        [100, 1],
        [1, 1 / 5],
      ]) {
        const [a, b] = [variableOf([3]), variableOf([4])]
        const variables = new Map([
          ['a', a],
          ['b', b],
        ])
        const step = new TrainingStep({
          variables,
          loss: () => ({ loss: tf.mul(0.5, tf.add(tf.sum(tf.square(a)), tf.sum(tf.square(b)))) }),
          optimizer: gradientItself.rule,
          clipNorm,
          traced,
        })
        const report = step.run({}, { key: [0, 0], rate: gradientItself.rate, step: 1 })
        nearNumber(report.gradientNorm, 5, 1e-6)
        near([...a.dataSync(), ...b.dataSync()], [3 - 3 * factor, 4 - 4 * factor], 1e-4)
        step.dispose()
        tf.dispose([a, b])
      }
    })

    it(`honours weights assigned by hand, and leaves clones as they were: ${title}`, () =>
      expectNoLeaks(() => {
        const [weight, other] = [variableOf([1, 2]), variableOf([7])]
        const rule = adam()
        const variables = new Map([
          ['w', weight],
          ['other', other],
        ])
        const loss: LossFunction = ({ x }) => ({
          loss: tf.add(
            tf.mul(0.5, tf.sum(tf.square(tf.sub(weight, x)))),
            tf.mul(0.5, tf.sum(tf.square(other))),
          ),
        })
        const step = new TrainingStep({ variables, loss, optimizer: rule, traced })
        const [reference, second] = [new AdamReference([1, 2], rule), new AdamReference([7], rule)]
        const run = (number: number): void => {
          const gradients = [[...reference.weights], [...second.weights]]
          step.run(target([0, 0]), { key: [1, number], rate: 0.1, step: number })
          reference.apply(gradients[0], 0.1, number)
          second.apply(gradients[1], 0.1, number)
        }
        run(1)
        tf.tidy(() => weight.assign(tf.tensor1d([5, -5])))
        reference.weights.splice(0, 2, 5, -5)
        run(2)
        const clone = weight.clone()
        const value = [...reference.weights]
        run(3)
        run(4)
        tf.tidy(() => weight.assign(tf.mul(weight, 2)))
        reference.weights.forEach((w, i) => (reference.weights[i] = 2 * w))
        near(weight.dataSync(), reference.weights, 1e-5)
        run(5)
        near(weight.dataSync(), reference.weights, 1e-5)
        near(other.dataSync(), second.weights, 1e-5)
        near(clone.dataSync(), value, 1e-5, 'clone')
        step.dispose()
        near(weight.dataSync(), reference.weights, 1e-5)
        tf.dispose([weight, other, clone])
      }))
  }
})
