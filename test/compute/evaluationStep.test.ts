import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { evaluateOnce, EvaluationStep } from '../../src/compute/step'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { variableOf } from './stepSupport'

onEachEngine('a step of evaluation', () => {
  it('gives back inputs, weights, constants and other types as they are, without leaving the graph', (t) => {
    const warn = t.mock.method(console, 'warn', () => undefined)
    expectNoLeaks(() => {
      const weight = variableOf([1, 2])
      const step = new EvaluationStep(({ x }) => ({
        x,
        weight,
        zeros: tf.zeros([2, 3]),
        whole: tf.tensor1d([3, 4], 'int32'),
        truth: tf.greater(x, 0.5),
      }))
      for (let i = 0; i < 2; i++) {
        const out = step.run({ x: { values: Float32Array.of(0, 1), shape: [2] } }, [1, 1])
        assert.deepEqual(Array.from(out.x.values), [0, 1])
        assert.deepEqual(Array.from(out.weight.values), [1, 2])
        assert.deepEqual(
          [out.zeros.shape, Array.from(out.zeros.values)],
          [
            [2, 3],
            [0, 0, 0, 0, 0, 0],
          ],
        )
        assert.deepEqual(Array.from(out.whole.values), [3, 4])
        assert.deepEqual(Array.from(out.truth.values), [0, 1])
      }
      step.dispose()
      weight.dispose()
    })
    assert.equal(warn.mock.callCount(), 0)
  })

  it('evaluates with the weights as they stand, inputs of any shape, and a draw a key', () =>
    expectNoLeaks(() => {
      const weight = variableOf([1, 2])
      const step = new EvaluationStep(({ x, factor }, draws) => ({
        y: tf.mul(factor, tf.add(x, weight)),
        noise: draws.normal('z', [2]),
      }))
      const run = (rows: number, key: [number, number] = [1, 1]) =>
        step.run({ x: { values: new Float32Array(2 * rows).fill(1), shape: [rows, 2] }, factor: 3 }, key)
      const once = run(1)
      assert.deepEqual(
        [once.y.shape, Array.from(once.y.values)],
        [
          [1, 2],
          [6, 9],
        ],
      )
      assert.deepEqual(run(2).y.shape, [2, 2])
      assert.deepEqual(run(1).noise, once.noise)
      assert.notDeepEqual(run(1, [1, 2]).noise, once.noise)
      tf.tidy(() => weight.assign(tf.tensor1d([5, 6])))
      assert.deepEqual(Array.from(run(1).y.values), [18, 21])
      const kept = run(1).y.values
      run(1, [4, 4])
      assert.deepEqual(Array.from(kept), [18, 21], 'what was read stays')
      step.dispose()
      weight.dispose()
    }))

  it('evaluates once, alike', () =>
    expectNoLeaks(() => {
      const { y, z } = evaluateOnce(
        ({ x }, draws) => ({ y: tf.square(x), z: draws.uniform('u', [2, 2]) }),
        { x: { values: Float32Array.of(1, 2, 3), shape: [3] } },
        [2, 3],
      )
      assert.deepEqual([Array.from(y.values), y.shape, z.shape], [[1, 4, 9], [3], [2, 2]])
      assert.deepEqual(Object.keys(evaluateOnce(() => ({ one: tf.ones([1]) }))), ['one'])
    }))
})
