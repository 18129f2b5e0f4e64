import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { DataSet } from '../../src/data/dataset'
import { fashionMnist } from '../../src/data'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { Parameters } from '../../src/compute/parameters'
import { certificateRatios, certify } from '../../src/metrics/certificate'
import { lidvae, vae } from '../../src/models/builders'
import { convolutionalDecoder, convolutionalEncoder } from '../../src/models/convolutional'
import { decode, sample } from '../../src/models/use'
import { adam } from '../../src/training/optimizers'
import { fit } from '../../src/training/fit'
import { expectReruns } from '../support/again'
import { adjoint, convolve } from '../support/convolutionReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, readWeights } from '../support/tables'

const SHAPE = [5, 6, 2] as const
const DIM = 60
const OUTER = [3, 3, 3] as const
const options = { shape: SHAPE, channels: [3, 2], kernel: 3 }
const relu = (values: number[], bias: ArrayLike<number>): number[] =>
  values.map((value, i) => Math.max(0, value + bias[i % bias.length]))

/** Both in doubles, from their formulas. */
const encoderAt = (w: Record<string, number[]>, x: number[]): number[] => {
  const first = relu(convolve(x, SHAPE, w['z/0/K'], 3, 3, 2), w['z/0/b'])
  const second = relu(convolve(first, OUTER, w['z/1/K'], 3, 2, 2), w['z/1/b'])
  return w['z/out/b'].map((b, u) => second.reduce((sum, h, i) => sum + h * w['z/out/W'][i * 4 + u], b))
}
const decoderAt = (w: Record<string, number[]>, z: number[]): number[] => {
  const of = (name: string): number[] => w[`decoder/${name}`]
  const start = of('in/b').map((b, i) =>
    Math.max(
      0,
      z.reduce((sum, v, u) => sum + v * of('in/W')[u * 8 + i], b),
    ),
  )
  const inner = relu(adjoint(start, OUTER, of('1/K'), 3, 2, 2), of('1/b'))
  return adjoint(inner, SHAPE, of('0/K'), 3, 3, 2).map((value, i) => value + of('c')[i])
}

/** Colour pictures: a bright square, left or right. */
function pictures(size: number, side: number): DataSet {
  const random = new Random(1)
  const x = new Float32Array(size * side * side * 3).map((_, i) => {
    const [row, at] = [Math.floor(i / (3 * side * side)), Math.floor(i / 3) % side]
    const isInside = row % 2 ? at < side / 2 : at >= side / 2
    return Math.min(1, Math.max(0, (isInside ? 0.8 - 0.3 * (i % 3) : 0.1) + 0.05 * random.normal()))
  })
  return new DataSet({
    name: 'squares',
    x,
    shape: [side, side, 3],
    values: 'intensity',
    source: 'made by a test',
  })
}

onEachEngine('convolutional encoder and decoder', () => {
  const parts = {
    encoder: {
      build: (p: Parameters) => convolutionalEncoder(options)(p, DIM, 4),
      at: encoderAt,
      from: DIM,
      weights: 6,
    },
    decoder: {
      build: (p: Parameters) => convolutionalDecoder(options)(p, 2, DIM),
      at: decoderAt,
      from: 2,
      weights: 6,
    },
  }
  for (const [name, { build, at, from, weights: count }] of Object.entries(parts))
    it(`are their formulas, with gradients like finite differences: ${name}`, () =>
      expectNoLeaks(() => {
        const parameters = Parameters.from(1)
        const layer = build(parameters)
        const random = new Random(2)
        disturb(parameters, random, 0.3)
        const weights = readWeights(parameters)
        assert.equal(parameters.variables.size, count)
        const x = random.normals(from)
        const direction = random.normals(layer.to)
        near(
          numbers(() => layer.apply(tf.tensor2d(x, [1, from]))),
          at(weights, x),
          1e-5,
        )
        const loss = (): number => at(weights, x).reduce((sum, value, i) => sum + value * direction[i], 0)
        const { grads, value } = tf.tidy(() =>
          tf.variableGrads(() =>
            tf
              .sum(tf.mul(layer.apply(tf.tensor2d(x, [1, from])), tf.tensor2d(direction, [1, layer.to])))
              .asScalar(),
          ),
        )
        for (const [which, variable] of parameters.variables)
          near(grads[variable.name].dataSync(), finiteDifferences(loss, weights[which]), 1e-4, which)
        tf.dispose([value, ...Object.values(grads)])
        parameters.dispose()
      }))

  it('train on colour pictures, which are sampled and decoded', () =>
    expectNoLeaks(async () => {
      const train = pictures(40, 8)
      const { shape, dim } = train
      const model = vae({
        likelihood: gaussian(dim, { sigma: 'learned' }),
        latent: 2,
        encoder: convolutionalEncoder({ shape, channels: [4, 6] }),
        decoder: convolutionalDecoder({ shape, channels: [4, 6] }),
        seed: 1,
      })
      const { rows } = await fit(model, train, {
        epochs: 8,
        batchSize: 10,
        optimizer: adam({ rate: 0.01 }),
        verbose: false,
      })
      assert.ok(rows.at(-1)!.reconstruction > rows[0].reconstruction + 20)
      assert.equal((await sample(model, { count: 3 })).mean.length, 3 * dim)
      assert.ok((await decode(model, [0, 0])).every(Number.isFinite))
      model.dispose()
    }))

  it('are saved, loaded and run again, with an injective convolutional map too', () =>
    expectNoLeaks(async () => {
      const { train } = await fashionMnist({ train: 20, test: 1, download: false, onNote: () => undefined })
      const shape = [28, 28]
      const common = { likelihood: bernoulli(784), latent: 2, hidden: 6, seed: 1 }
      const encoder = convolutionalEncoder({ shape, channels: [2, 3] })
      const models = [
        vae({ ...common, encoder, decoder: convolutionalDecoder({ shape, channels: [2, 3] }) }),
        lidvae({
          ...common,
          encoder,
          injective: {
            hiddenLatent: 4,
            chain: [
              { kind: 'Brenier map' },
              { kind: 'full-rank map' },
              { kind: 'convolutional Brenier map', shape, channels: 2, mu: 0.5 },
            ],
          },
        }),
      ]
      for (const model of models) await expectReruns(model, train, { epochs: 1, batchSize: 10 })
      const { constant, floor } = certify(models[1])
      near([floor], [0.5], 1e-6)
      assert.ok(Math.min(...(await certificateRatios(models[1], { pairs: 50 }))) >= constant * (1 - 1e-4))
      for (const model of models) model.dispose()
    }))

  it('refuse what is no shape of the data, and no width', () => {
    assert.throws(
      () => convolutionalEncoder({ shape: [784] }),
      /\[height, width\] or \[height, width, channels\]/,
    )
    assert.throws(() => convolutionalDecoder({ shape: [28, 28], channels: [] }), /a list of widths/)
    assert.throws(() => convolutionalDecoder({ shape: [28, 28], channels: [3, 0.5] }), /`channels\[1\]`/)
    assert.throws(
      () =>
        vae({ likelihood: bernoulli(100), latent: 2, encoder: convolutionalEncoder({ shape: [28, 28] }) }),
      /`shape` must be of 100 numbers, the dimension of x/,
    )
  })
})
