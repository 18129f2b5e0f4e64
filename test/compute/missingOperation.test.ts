import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { EngineError } from '../../src/base/errors'
import { nativeEngine } from '../../src/compute/engines'
import { missingOperationError } from '../../src/compute/missingOperation'
import { normalInit } from '../../src/compute/parameters'
import { bernoulli } from '../../src/distributions/bernoulli'
import { mlp } from '../../src/layers/dense'
import { vae } from '../../src/models/builders'
import type { EncoderBuilder } from '../../src/models/posterior'
import { fit } from '../../src/training/fit'
import type { Objective } from '../../src/training/objective'
import { onEachEngine } from '../support/engines'
import { tinyImages } from '../support/models'

const SIDE = 4
const DIM = SIDE * SIDE
const CHANNELS = 2

/** A convolution of each channel alone, which WebAssembly computes and cannot differentiate. */
const convolution: EncoderBuilder = (parameters, from, to) => {
  const kernel = parameters.variable('kernel', [3, 3, 1, CHANNELS], normalInit(0.1))
  const top = mlp(parameters, 'top', [CHANNELS * DIM, to])
  const apply = (x: tf.Tensor): tf.Tensor => {
    const image = tf.reshape<tf.Rank.R4>(x, [-1, SIDE, SIDE, 1])
    return top.apply(
      tf.reshape(tf.depthwiseConv2d(image, kernel as unknown as tf.Tensor4D, 1, 'same'), [
        -1,
        CHANNELS * DIM,
      ]),
    )
  }
  return { from, to, apply }
}
const common = { likelihood: bernoulli(DIM), latent: 2, hidden: 4, seed: 1 }

/** An objective whose own part needs that gradient, which is not tried before the training. */
const convolved: Objective = {
  name: 'convolved',
  on: (model, own) => {
    const kernel = own.variable('kernel', [3, 3, 1, 1], normalInit(0.1)) as unknown as tf.Tensor4D
    return {
      loss: ({ x }, draws) => {
        const { reconstruction, klZ } = model.elboTerms(x, draws)
        const image = tf.reshape<tf.Rank.R4>(x, [-1, SIDE, SIDE, 1])
        const beside = tf.mean<tf.Scalar>(tf.depthwiseConv2d(image, kernel, 1, 'same'))
        const loss = tf.sub<tf.Scalar>(tf.add(tf.mean(klZ), beside), tf.mean(reconstruction))
        const zero = tf.scalar(0)
        const parts = { reconstruction: tf.neg(loss), klZ: zero, klW: tf.mul(zero, 1) }
        return { loss, ...parts, klUnits: tf.zeros([model.latent]) }
      },
    }
  },
}

onEachEngine('an operation without a gradient on WebAssembly', (engine) => {
  const trains = async (objective?: Objective): Promise<void> => {
    const model = vae({ ...common, ...(!objective && { encoder: convolution }) })
    try {
      await fit(model, tinyImages(20, DIM), { epochs: 1, verbose: false, ...(objective && { objective }) })
    } finally {
      model.dispose()
    }
  }

  for (const [what, objective, doing] of [
    ['an encoder', undefined, 'the gradient of encoder\\.apply'],
    ['an objective', convolved, 'a training step'],
  ] as const)
    it(
      engine === 'wasm' ? `is said to be there on the native engine: ${what}` : `trains here: ${what}`,
      async () => {
        if (engine === 'native') return trains(objective)
        const message = new RegExp(
          `^${doing} needs the operation DepthwiseConv2dNativeBackprop(Filter|Input), which the WebAssembly engine lacks\\. The native engine has it`,
        )
        await assert.rejects(trains(objective), (error) => {
          assert.ok(error instanceof EngineError, String(error))
          assert.match(error.message, message)
          assert.match(error.message, /lid\.ready\(\{ engine: 'native' \}\)\.$/)
          return true
        })
      },
    )
})

describe('what is said of a missing operation', () => {
  const missing = new Error("Kernel 'Sparse' not registered for backend 'wasm'")
  it('is how to get the native engine, where it is not prepared', (t) => {
    const nowhere = {
      found: false,
      why: 'the native engine is not prepared on this machine',
      remedy: 'Run: npx lidvae setup',
    }
    t.mock.method(nativeEngine()!, 'find', () => nowhere)
    const { message } = missingOperationError(missing, 'this') as Error
    assert.match(
      message,
      /needs the operation Sparse.* not prepared on this machine\. Run: npx lidvae setup; then restart/,
    )
  })

  it('is nothing of other errors, or of other engines', () => {
    const others = [
      new Error('no'),
      new Error("Kernel 'Sparse' not registered for backend 'tensorflow'"),
      'no',
    ]
    for (const error of others) assert.equal(missingOperationError(error, 'this'), error)
  })
})
