import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Parameters } from '../../src/compute/parameters'
import { dense, mlp } from '../../src/layers/dense'
import { denseRow, mlpRow } from '../support/denseReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'
import { numbers, readWeights, rowsOf } from '../support/tables'

onEachEngine('dense', () => {
  it('is x W + b', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      const layer = dense(parameters, 'layer', 3, 4)
      const x = new Random(1).normals(5 * 3)
      const weights = readWeights(parameters)
      near(
        numbers(() => layer.apply(tf.tensor2d(x, [5, 3]))),
        rowsOf(x, 3).flatMap((row) => denseRow(weights, 'layer', row)),
        1e-6,
      )
      parameters.dispose()
    }))

  it('starts from U(±1/√from), weights and bias', () => {
    const parameters = Parameters.from(3)
    dense(parameters, 'layer', 25, 400)
    const { 'layer/W': W, 'layer/b': b } = readWeights(parameters)
    for (const values of [W, b]) {
      assert.ok(values.every((x) => Math.abs(x) <= 0.2))
      assert.ok(Math.max(...values) > 0.19 && Math.min(...values) < -0.19)
      const mean = values.reduce((s, x) => s + x, 0) / values.length
      const variance = values.reduce((s, x) => s + x * x, 0) / values.length
      // Standard errors: 0.2/√3/√n for the mean.
      assert.ok(Math.abs(mean) < (5 * 0.2) / Math.sqrt(3 * values.length), `mean ${mean}`)
      assert.ok(Math.abs(variance / (0.04 / 3) - 1) < 5 / Math.sqrt(values.length), `variance ${variance}`)
    }
    parameters.dispose()
  })

  it('is stacked by mlp with ReLU between and none at the end, and names its last bias', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      const net = mlp(parameters, 'net', [3, 6, 5, 2])
      assert.deepEqual([net.from, net.to], [3, 2])
      assert.equal(net.bias, parameters.variables.get('net/2/b'))
      const x = new Random(2).normals(30 * 3, 2)
      const weights = readWeights(parameters)
      const expected = rowsOf(x, 3).flatMap((row) => mlpRow(weights, 'net', row))
      assert.ok(expected.some((y) => y < 0))
      near(
        numbers(() => net.apply(tf.tensor2d(x, [30, 3]))),
        expected,
        2e-6,
      )
      parameters.dispose()
    }))
})
