import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { adam, createOptimizerState, type AdamOptions } from '../../src/compute/optimizers'
import { ArgumentError } from '../../src/base/errors'
import { AdamReference } from '../support/adamReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'

const variableOf = (values: number[], shape: number[] = [values.length]): tf.Variable =>
  tf.tidy(() => tf.variable(tf.tensor(values, shape)))

onEachEngine('adam', () => {
  for (const options of [
    {},
    { beta1: 0.5, beta2: 0.9, epsilon: 1e-3 },
    { beta1: 0, beta2: 0.99 },
  ] as AdamOptions[])
    it(`equals Adam in doubles over 20 steps: ${JSON.stringify(options)}`, () =>
      expectNoLeaks(() => {
        const rule = adam(options)
        const random = new Random(1)
        const starts = [random.normals(6), random.normals(3), random.normals(1)]
        const shapes = [[2, 3], [3], []]
        const variables = starts.map((values, i) => variableOf(values, shapes[i]))
        const references = starts.map((values) => new AdamReference([...values], rule))
        const state = createOptimizerState(rule, variables)
        for (let step = 1; step <= 20; step++) {
          // Gradients of very different sizes, with zeros among them.
          const gradients = starts.map((values) =>
            values.map((_, i) => (i === 2 ? 0 : Math.fround(10 ** (2 * random.normal()) * random.normal()))),
          )
          const rate = step < 10 ? 0.1 : 0.02
          tf.tidy(() =>
            state.apply(
              gradients.map((g, i) => tf.tensor(g, shapes[i])),
              rate,
              step,
            ),
          )
          references.forEach((reference, i) => reference.apply(gradients[i], rate, step))
        }
        variables.forEach((variable, i) => near(variable.dataSync(), references[i].weights, 1e-5))
        state.dispose()
        tf.dispose(variables)
      }))

  it('honours a weight assigned by hand between two steps, and keeps its moments', () =>
    expectNoLeaks(() => {
      const rule = adam()
      const weight = variableOf([1, 2])
      const reference = new AdamReference([1, 2], rule)
      const state = createOptimizerState(rule, [weight])
      const apply = (gradient: number[], step: number): void => {
        tf.tidy(() => state.apply([tf.tensor1d(gradient)], 0.1, step))
        reference.apply(gradient, 0.1, step)
      }
      apply([1, -1], 1)
      tf.tidy(() => weight.assign(tf.tensor1d([5, -5])))
      reference.weights.splice(0, 2, 5, -5)
      apply([0.5, 2], 2)
      apply([0.5, 2], 3)
      near(weight.dataSync(), reference.weights, 1e-6)
      state.dispose()
      weight.dispose()
    }))

  it('leaves a clone taken before a step with the old value, and the weight trains on', () =>
    expectNoLeaks(() => {
      const rule = adam()
      const weight = variableOf([1, 2])
      const reference = new AdamReference([1, 2], rule)
      const state = createOptimizerState(rule, [weight])
      const clones: tf.Tensor[] = []
      const values: number[][] = []
      for (let step = 1; step <= 4; step++) {
        if (step !== 3) {
          clones.push(weight.clone())
          values.push(Array.from(weight.dataSync()))
        }
        tf.tidy(() => state.apply([tf.tensor1d([step, -1])], 0.1, step))
        reference.apply([step, -1], 0.1, step)
      }
      near(weight.dataSync(), reference.weights, 1e-6)
      clones.forEach((clone, i) => assert.deepEqual(Array.from(clone.dataSync()), values[i]))
      assert.equal(new Set(values.map(String)).size, 3)
      state.dispose()
      near(weight.dataSync(), reference.weights, 1e-6)
      tf.dispose([weight, ...clones])
    }))

  it('keeps two states of the same weights apart', () => {
    const weight = variableOf([1])
    const [first, second] = [createOptimizerState(adam(), [weight]), createOptimizerState(adam(), [weight])]
    tf.tidy(() => first.apply([tf.tensor1d([100])], 0.1, 1))
    // The first step of a fresh state moves by the rate, whatever another one has seen.
    const before = weight.dataSync()[0]
    tf.tidy(() => second.apply([tf.tensor1d([1e-3])], 0.1, 1))
    near([weight.dataSync()[0] - before], [-0.1], 1e-4)
    first.dispose()
    second.dispose()
    weight.dispose()
  })

  it('has defaults, takes schedules, and refuses settings that cannot be', () => {
    assert.equal(adam().rate, 1e-3)
    const defaults = {
      beta1Power: 0.9 ** 3,
      beta2Power: 0.999 ** 3,
      rate: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
    }
    assert.deepEqual(adam().scalars(0.1, 3), defaults)
    const rate = (progress: number): number => progress
    assert.equal(adam({ rate }).rate, rate)
    for (const [argument, options] of [
      ['rate', { rate: -1 }],
      ['rate', { rate: NaN }],
      ['rate', { rate: Infinity }],
      ['beta1', { beta1: -0.1 }],
      ['beta2', { beta2: NaN }],
      ['epsilon', { epsilon: 0 }],
    ] as const)
      assert.throws(
        () => adam(options),
        (error) => error instanceof ArgumentError && error.argument === argument,
      )
  })
})
