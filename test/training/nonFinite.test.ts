import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { poisson } from '../../src/distributions/poisson'
import { mlp } from '../../src/layers/dense'
import { adam } from '../../src/compute/optimizers'
import { NumericalError } from '../../src/base/errors'
import { lidmvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import type { EncoderBuilder } from '../../src/models/posterior'
import { encode } from '../../src/models/use'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import type { DataSet } from '../../src/data/dataset'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { DIM, HIDDEN, LATENT, tinyCounts, tinyImages, tinyPoints } from '../support/models'
import { readWeights } from '../support/tables'

const common = { likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN, seed: 1 }
const makes: [string, () => Model][] = [
  ['vae', () => vae(common)],
  ['lidmvae', () => lidmvae({ ...common, components: 2 })],
]

/**
 * Trains until the error that must come; gives its message, how many steps were good, and the weights after
 * the last of them.
 */
async function failing(
  model: Model,
  train: DataSet,
  options: Partial<FitOptions> = {},
): Promise<{ message: string; good: number }> {
  let good = 0
  let before = readWeights(model.parameters)
  let message = ''
  await assert.rejects(
    fit(model, train, {
      epochs: 20,
      batchSize: 10,
      initializeOutput: false,
      onStep: (step) => {
        good = step
        before = readWeights(model.parameters)
      },
      verbose: false,
      ...options,
    }),
    (error) => {
      assert.ok(error instanceof NumericalError, String(error))
      message = error.message
      return true
    },
  )
  assert.ok(!message.includes('\n'))
  // Neither rate nor clipping can help against data, nor before a step was taken.
  const advised = /the data of this batch\. All weights/.test(message)
    ? /Number \d+ of this batch is NaN: correct that row/
    : good === 0
      ? /No step was taken yet/
      : /Try a rate below .* or clipNorm: 5; the data of this batch lie between/
  assert.match(message, advised)
  if (good === 0) assert.doesNotMatch(message, /rate below|clipNorm/)
  assert.deepEqual(readWeights(model.parameters), before, 'weights as before the bad step')
  return { message, good }
}

onEachEngine('a training that is not finite', () => {
  for (const [kind, make] of makes) {
    it(`stops at the batch whose data hold NaN, and says so: ${kind}`, () =>
      expectNoLeaks(async () => {
        const train = tinyImages(40, DIM)
        // The data set was checked when it was made; somebody wrote into its memory since.
        train.x[17 * DIM + 1] = NaN
        const model = make()
        const { message, good } = await failing(model, train)
        assert.ok(good < 4, `${good} steps of an epoch of 4`)
        assert.match(
          message,
          new RegExp(
            `training of the ${kind} stopped at step ${good + 1} \\(epoch 1\\): .*It arose in the data of this batch`,
          ),
        )
        assert.equal(model.steps, good)
        const codes = await encode(model, tinyImages(5, DIM))
        assert.ok(codes.mean.every(Number.isFinite), 'the model stays usable')
        model.dispose()
      }))

    it(`does not carry NaN of the data into the output bias: ${kind}`, async () => {
      const train = tinyImages(40, DIM)
      train.x[17 * DIM + 1] = NaN
      const model = make()
      const { message } = await failing(model, train, { initializeOutput: true })
      assert.match(message, /the data of this batch/)
      for (const values of Object.values(readWeights(model.parameters)))
        assert.ok(values.every(Number.isFinite))
      model.dispose()
    })

    for (const bad of [NaN, Infinity])
      it(`names the weight that is ${bad}, at the first step: ${kind}`, () =>
        expectNoLeaks(async () => {
          const model = make()
          const name = [...model.parameters.variables.keys()].find((n) => n.startsWith('encoder/z/1/W')) ?? ''
          const weight = model.parameters.variables.get(name)
          assert.ok(weight)
          tf.tidy(() => weight.assign(tf.fill(weight.shape, bad)))
          const { message, good } = await failing(model, tinyImages(20, DIM))
          assert.equal(good, 0)
          assert.ok(message.includes(`It arose in the weight ${name}. No step was taken yet: build`), message)
          model.dispose()
        }))

    it(`stops a huge rate as soon as the loss is not finite, with the previous weights: ${kind}`, () =>
      expectNoLeaks(async () => {
        const model = make()
        const { message, good } = await failing(model, tinyImages(20, DIM), {
          optimizer: adam({ rate: 1e25 }),
        })
        assert.ok(good >= 1 && good <= 2, `${good} steps`)
        assert.match(message, /Try a rate below 1e\+25/)
        assert.match(message, /It arose in the (encoder|decoder|reconstruction|KL)/)
        model.dispose()
      }))
  }

  it('names the part of the model where data far from 1 overflow', async () => {
    const train = tinyPoints(20, DIM)
    for (let i = 0; i < train.x.length; i++) train.x[i] *= 1e25
    const model = vae({ ...common, likelihood: gaussian(DIM) })
    const { message, good } = await failing(model, train)
    assert.equal(good, 0)
    assert.match(message, /It arose in (the reconstruction term|the KL of z|the decoder|the gradient)/)
    assert.match(
      message,
      /it is the data\. .*lie between -[\d.e+]+ and [\d.e+]+: .*divide them by their standard deviation/,
    )
    model.dispose()
  })

  it('says that counts enter the encoder as they are, where that overflows', async () => {
    const train = tinyCounts(20, DIM)
    for (let i = 0; i < train.x.length; i++) train.x[i] += 1e6
    const likelihood = poisson(DIM, { encode: 'counts' })
    const model = vae({ ...common, likelihood })
    const { message, good } = await failing(model, train)
    assert.equal(good, 0)
    assert.match(message, /it is the data\. .*between 1000000 and 100000\d.*leave out encode: 'counts'/)
    model.dispose()
  })

  it('trains on counts of a million as they usually enter the encoder', async () => {
    const train = tinyCounts(20, DIM)
    for (let i = 0; i < train.x.length; i++) train.x[i] += 1e6
    for (const initializeOutput of [true, false]) {
      const model = vae({ ...common, likelihood: poisson(DIM) })
      await fit(model, train, { epochs: 2, batchSize: 10, verbose: false, initializeOutput })
      model.dispose()
    }
  })

  it('blames the start, not data that are fine', async () => {
    const divided: EncoderBuilder = (parameters, from, to) => {
      const inner = mlp(parameters, 'encoder', [from, to])
      return {
        from,
        to,
        apply: (x) => tf.div(inner.apply(x), tf.sub(tf.sum(x, -1, true), tf.sum(x, -1, true))),
      }
    }
    const wide = vae(common)
    for (const weight of wide.parameters.variables.values())
      tf.tidy(() => weight.assign(tf.mul(weight, 1e30)))
    for (const model of [vae({ ...common, encoder: divided }), wide]) {
      const { message, good } = await failing(model, tinyImages(20, DIM))
      assert.equal(good, 0)
      assert.match(message, /It arose in the encoder: the mean/)
      assert.match(message, /lie between 0 and 1, which is no cause of it: it is the start\. .*division by 0/)
      assert.doesNotMatch(message, /it is the data|standard deviation/)
      model.dispose()
    }
  })

  it('stops in a later call too, with the step counted from its start', async () => {
    const model = vae(common)
    const train = tinyImages(20, DIM)
    await fit(model, train, { epochs: 3, batchSize: 10, verbose: false })
    const { message, good } = await failing(model, train, { optimizer: adam({ rate: 1e25 }) })
    assert.ok(message.includes(`stopped at step ${good + 1} (epoch 1)`) && model.steps === 6 + good, message)
    model.dispose()
  })
})
