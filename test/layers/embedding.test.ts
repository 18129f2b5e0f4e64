import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { sgd } from '../../src/compute/optimizers'
import { Parameters } from '../../src/compute/parameters'
import { TrainingStep } from '../../src/compute/step'
import { ArgumentError } from '../../src/base/errors'
import { embedding } from '../../src/layers/embedding'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'
import { numbers, numbersOfAll, readWeights, rowsOf } from '../support/tables'

const words = 7
const dim = 3
// Word 4 three times, word 2 twice, words 1, 3, 5 and 6 nowhere.
const ids = [4, 2, 0, 4, 4, 2]
const shape: [number, number] = [3, 2]

onEachEngine('embedding', (engine) => {
  it('looks tokens up, whatever the rank of the ids', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      const layer = embedding(parameters, 'e', words, dim)
      const rows = rowsOf(readWeights(parameters)['e/E'], dim)
      tf.tidy(() => assert.deepEqual(layer.apply(tf.tensor2d(ids, shape, 'int32')).shape, [3, 2, dim]))
      near(
        numbers(() => layer.apply(tf.tensor2d(ids, shape, 'int32'))),
        ids.flatMap((id) => rows[id]),
        0,
      )
      near(
        numbers(() => layer.apply(tf.tensor1d([6], 'int32'))),
        rows[6],
        0,
      )
      parameters.dispose()
    }))

  it('sums the gradient over all positions of a token, and leaves the others at zero', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      const layer = embedding(parameters, 'e', words, dim)
      const G = new Random(2).normals(ids.length * dim)
      const [found] = numbersOfAll(() => {
        const score = (): tf.Scalar =>
          tf.sum(tf.mul(layer.apply(tf.tensor2d(ids, shape, 'int32')), tf.tensor3d(G, [...shape, dim])))
        return [tf.variableGrads(score, [layer.table]).grads[layer.table.name]]
      })
      const expected = Array.from({ length: words * dim }, () => 0)
      ids.forEach((id, place) => {
        for (let k = 0; k < dim; k++) expected[id * dim + k] += G[place * dim + k]
      })
      near(found, expected, 1e-6)
      parameters.dispose()
    }))

  it('takes different tokens in every run of a graph', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      const layer = embedding(parameters, 'e', words, dim)
      const before = readWeights(parameters)['e/E']
      const step = new TrainingStep({
        variables: parameters.variables,
        optimizer: sgd(),
        loss: ({ ids }) => ({ loss: tf.sum(layer.apply(ids)) }),
      })
      for (const [i, id] of [5, 1].entries())
        step.run(
          { ids: { values: Int32Array.of(id, id), shape: [2] } },
          { key: [1, i], rate: 0.5, step: i + 1 },
        )
      assert.equal(step.traced, engine === 'native')
      step.dispose()
      const moved = readWeights(parameters)['e/E'].map((value, i) => value - before[i])
      near(
        rowsOf(moved, dim).map(([first]) => first),
        [0, -1, 0, 0, 0, -1, 0],
        1e-6,
      )
      parameters.dispose()
    }))

  it('refuses sizes that are not integers ≥ 1', () => {
    const parameters = Parameters.from(1)
    assert.throws(() => embedding(parameters, 'e', 0, 3), ArgumentError)
    assert.throws(() => embedding(parameters, 'e', 3, 0.5), ArgumentError)
    parameters.dispose()
  })
})
