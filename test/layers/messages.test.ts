import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Parameters } from '../../src/compute/parameters'
import { mlp } from '../../src/layers/dense'
import { wordDropout } from '../../src/layers/dropout'
import { couplingFlow, realNvp } from '../../src/layers/realNvp'
import { rotation } from '../../src/layers/rotation'
import { injectiveDecoder } from '../../src/models/decoder'
import { onEachEngine } from '../support/engines'

onEachEngine('layers name what is wrong', () => {
  it('a perceptron of fewer than two widths', () => {
    for (const widths of [undefined, [], [3]])
      assert.throws(
        () => mlp(Parameters.from(1), 'body', widths as number[]),
        /^ArgumentError: `widths` must be an array of at least two widths, got .*\. They are those of the input and the output\.$/,
      )
  })

  it('numbers of layers that would never end', () => {
    const parameters = Parameters.from(1)
    const flow = { couplings: 1e7 }
    assert.throws(
      () => couplingFlow(parameters, 'flow', 2, flow),
      /`couplings` must be an integer from 1 to 1000/,
    )
    assert.throws(() => realNvp(flow), /`couplings` must be an integer from 1 to 1000/)
    assert.throws(
      () => rotation(parameters, 'turn', 2, { reflections: 1e7 }),
      /`reflections` must be an integer from 1 to 1000/,
    )
    assert.throws(
      () => injectiveDecoder(4, { map: 'twist', twists: [1e7, 0] })(parameters, 2, 2),
      /`twists\[0\]` must be an integer from 0 to 1000/,
    )
    parameters.dispose()
  })

  it('a rate of words to leave out', () => {
    const ids = tf.zeros([1, 2], 'int32')
    assert.throws(
      () => wordDropout(ids, 1, undefined as never, 'words'),
      /^ArgumentError: `rate` must be a number from 0 to below 1, got 1\.$/,
    )
    ids.dispose()
  })
})
