import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { adam } from '../../src/compute/optimizers'
import { ArgumentError } from '../../src/base/errors'
import { vae } from '../../src/models/builders'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { DIM, HIDDEN, LATENT, tinyImages, tinyPoints } from '../support/models'
import { readWeights } from '../support/tables'

const common = { likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN }

onEachEngine("fit's arguments", () => {
  it('are refused in one line that names them, before any weight changes', () =>
    expectNoLeaks(async () => {
      const model = vae(common)
      const before = readWeights(model.parameters)
      const train = tinyImages(20, DIM)
      const good = { epochs: 1, verbose: false }
      const wrong: [string, DataSet, FitOptions][] = [
        ['epochs', train, { ...good, epochs: 0 }],
        ['epochs', train, { ...good, epochs: 1.5 }],
        ['epochs', train, { verbose: false } as never],
        ['batchSize', train, { ...good, batchSize: 0 }],
        ['batchSize', train, { ...good, batchSize: NaN }],
        ['seed', train, { ...good, seed: -1 }],
        ['seed', train, { ...good, seed: 0.5 }],
        ['klWeight', train, { ...good, klWeight: -1 }],
        ['klWeight', train, { ...good, klWeight: NaN }],
        ['klWeight', train, { ...good, klWeight: () => NaN, initializeOutput: false }],
        ['rate', train, { ...good, optimizer: adam({ rate: () => NaN }), initializeOutput: false }],
        ['rate', train, { ...good, optimizer: adam({ rate: () => -1 }), initializeOutput: false }],
        ['clipNorm', train, { ...good, clipNorm: 0 }],
        ['clipNorm', train, { ...good, clipNorm: Infinity }],
        ['train', tinyImages(20, DIM + 1), good],
        ['train', tinyPoints(20, DIM), good],
        ['validation', train, { ...good, validation: tinyImages(5, DIM + 2) }],
        ['validation', train, { ...good, validation: tinyPoints(5, DIM) }],
      ]
      for (const [argument, data, options] of wrong)
        await assert.rejects(fit(model, data, options), (error) => {
          assert.ok(error instanceof ArgumentError, String(error))
          assert.equal(error.argument, argument)
          return !error.message.includes('\n') && error.message.length < 250
        })
      assert.deepEqual(readWeights(model.parameters), before)
      assert.equal(model.steps, 0)
      model.dispose()
    }))

  it('say which widths and which kinds of data fit', async () => {
    const model = vae(common)
    await assert.rejects(
      fit(model, tinyImages(20, 9), { epochs: 1 }),
      /`train` must be rows of 4 numbers, the likelihood's dimension, got rows of 9\. Build the model/,
    )
    await assert.rejects(
      fit(model, tinyPoints(20, DIM), { epochs: 1 }),
      /`train` must be intensity or binary values for a bernoulli likelihood, got real values\. lid\.gaussian\(\d+\) is a likelihood of real values/,
    )
    model.dispose()
    const any = vae({ ...common, likelihood: gaussian(DIM) })
    await fit(any, tinyImages(20, DIM), { epochs: 1, verbose: false })
    any.dispose()
  })

  it('cannot be empty data, since no such data set exists', () => {
    const empty = {
      name: 'empty',
      x: new Float32Array(0),
      shape: [DIM],
      values: 'real',
      source: 'a test',
    } as const
    assert.throws(() => new DataSet(empty), /data set empty must be at least one row, got .* of length 0/)
  })

  it('may ask for batches larger than the data', async () => {
    const model = vae(common)
    const { rows } = await fit(model, tinyImages(7, DIM), { epochs: 2, batchSize: 1000, verbose: false })
    assert.deepEqual(
      rows.map((row) => row.step),
      [1, 2],
    )
    model.dispose()
  })
})
