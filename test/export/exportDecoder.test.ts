import assert from 'node:assert/strict'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { DataSet } from '../../src/data/dataset'
import { gaussian } from '../../src/distributions/gaussian'
import { ArgumentError, DataError } from '../../src/base/errors'
import { loadDecoder } from '../../src/export/loadDecoder'
import { exportDecoder, type DecoderNotes } from '../../src/export/exportDecoder'
import { OPERATIONS } from '../../src/export/operations'
import { recordCalls } from '../../src/export/record'
import { lidvae, vae } from '../../src/models/builders'
import type { Decoder, DecoderBuilder } from '../../src/models/decoder'
import { decode, encode } from '../../src/models/use'
import { inFolder } from '../data/temporary'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, DIM, LATENT, likelihoods, tinyPoints, variants } from '../support/models'
import { near } from '../support/near'
import { Random } from '../support/random'
import { disturb } from '../support/tables'

interface ModelJson {
  modelTopology: { node: { op: string }[] }
  weightsManifest: [{ weights: tf.io.WeightsManifestEntry[] }]
  userDefinedMetadata: { lidvae: DecoderNotes }
}

const readJson = (folder: string) =>
  JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8')) as ModelJson & tf.io.ModelJSON

/**
 * The exported model as any program would load it: TensorFlow.js's own reader of graph models, nothing of
 * this library.
 */
async function loaded(folder: string): Promise<tf.GraphModel> {
  const json = readJson(folder)
  const bytes = readFileSync(path.join(folder, 'weights.bin'))
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const { modelTopology, signature, userDefinedMetadata } = json
  const [{ weights: weightSpecs }] = json.weightsManifest
  const artifacts = {
    modelTopology,
    signature,
    userDefinedMetadata,
    weightSpecs,
    weightData,
  } as tf.io.ModelArtifacts
  return tf.loadGraphModel({ load: () => Promise.resolve(artifacts) })
}

/** What the exported decoder makes of codes. */
async function decodedBy(folder: string, z: Float32Array, latent: number): Promise<Float32Array> {
  const graph = await loaded(folder)
  const values = tf.tidy(() => {
    const out = graph.execute({ z: tf.tensor2d(z, [z.length / latent, latent]) }, 'mean') as tf.Tensor
    return out.dataSync() as Float32Array
  })
  graph.dispose()
  return values
}

const codes = (count: number, latent = LATENT) => {
  const random = new Random(3)
  return Float32Array.from({ length: count * latent }, () => 2 * random.normal())
}

/** A decoder of your own around operations on `[rows, latent]`. */
const own =
  (f: (z: tf.Tensor) => tf.Tensor): DecoderBuilder =>
  (_, from, to): Decoder => ({ from, to, apply: f })

const ownModel = (f: (z: tf.Tensor) => tf.Tensor, dim = DIM, latent = LATENT) =>
  vae({ likelihood: gaussian(dim), latent, hidden: 5, decoder: own(f), seed: 1 })

onEachEngine('an exported decoder', () => {
  for (const { title, likelihood, build } of variants.filter(({ title }) => !/\|x,w/.test(title)))
    it(`gives the model's own means, for any number of rows: ${title}`, () =>
      inFolder((folder) =>
        expectNoLeaks(async () => {
          const model = build()
          disturb(model.parameters, new Random(20), model.likelihood.encode === 'log1p' ? 0.15 : 0.4)
          await exportDecoder(model, folder, { data: dataFor(likelihood, 20) })
          for (const rows of [1, 2, 7]) {
            const z = codes(rows)
            near(await decodedBy(folder, z, LATENT), await decode(model, z), 1e-5, `${rows} rows`)
          }
          model.dispose()
        }),
      ))

  it('is read by loadDecoder, which says what it cannot read', () =>
    inFolder((folder) =>
      expectNoLeaks(async () => {
        const model = ownModel((z) => tf.tanh(z), LATENT)
        await exportDecoder(model, folder)
        const decoder = await loadDecoder(folder)
        const z = codes(3)
        const made = tf.tidy(
          () =>
            (
              decoder.execute({ z: tf.tensor2d(z, [3, LATENT]) }, 'mean') as tf.Tensor
            ).dataSync() as Float32Array,
        )
        near(made, await decode(model, z), 1e-5, 'means')
        decoder.dispose()
        model.dispose()
        const refused = (where: string, message: RegExp): Promise<void> =>
          assert.rejects(loadDecoder(where), { name: 'DataError', message })
        await refused(path.join(folder, 'none'), /model\.json does not exist/)
        writeFileSync(path.join(folder, 'model.json'), '{}')
        await refused(folder, /is no exported decoder/)
      }),
    ))

  it("gives them with the paper's kinked activation", () =>
    inFolder(async (folder) => {
      const injective = { hiddenLatent: 4, activation: 'paper' as const, layers: 2 }
      const model = lidvae({
        likelihood: likelihoods.bernoulli(),
        latent: LATENT,
        hidden: 5,
        injective,
        seed: 2,
      })
      await exportDecoder(model, folder)
      near(await decodedBy(folder, codes(7), LATENT), await decode(model, codes(7)), 1e-5)
      model.dispose()
    }))

  it('gives them with twist layers and every other part of a chain', () =>
    inFolder(async (folder) => {
      const chain = [
        { kind: 'rotation' },
        { kind: 'twist layer', mu: 0.3 },
        { kind: 'coupling flow', hidden: 4 },
        { kind: 'full-rank map' },
        { kind: 'increasing map' },
        { kind: 'twist layer', hidden: 3, saturating: 0 },
        { kind: 'Brenier map' },
      ] as const
      const injective = { hiddenLatent: 4, chain }
      const model = lidvae({
        likelihood: likelihoods.bernoulli(),
        latent: LATENT,
        hidden: 5,
        injective,
        seed: 2,
      })
      await exportDecoder(model, folder)
      near(await decodedBy(folder, codes(7), LATENT), await decode(model, codes(7)), 1e-5)
      model.dispose()
    }))

  /** Decoders of your own, each with some operations; a row of numbers beside z is the same for each row. */
  const decoders: Record<string, (z: tf.Tensor) => tf.Tensor> = {
    'a constant': (z) => tf.zeros([z.shape[0], DIM]).add(2),
    'ones beside z': (z) => tf.concat([z, tf.ones([z.shape[0], 2])], 1),
    reductions: (z) =>
      tf.stack(
        [tf.sum(z, 1), tf.mean(z, -1), tf.max(z, 1), tf.min(z, [1]).add(tf.prod(tf.mul(z, 0.3), 1))],
        1,
      ),
    'shapes and pieces': (z) => {
      const [a, b] = tf.split(z, 2, 1)
      const [c] = tf.split(z, [1, 1], 1)
      const more = tf.reshape(tf.tile(tf.expandDims(a, 1), [1, 2, 1]), [-1, 2])
      return tf.concat([tf.slice(z, [0, 1], [-1, 1]), b, tf.gather(more, tf.tensor1d([1], 'int32'), 1), c], 1)
    },
    transposes: (z) => tf.transpose(tf.matMul(tf.ones([4, 2]), z, false, true)),
    choices: (z) =>
      tf.concat(
        [
          tf.where(tf.logicalOr(tf.greater(z, 0.5), tf.lessEqual(z, -1)), z, tf.neg(z)),
          tf.mul(
            tf.clipByValue(z, -0.5, 0.7),
            tf.cast(tf.logicalAnd(tf.less(z, 1), tf.greaterEqual(z, -2)), 'float32'),
          ),
        ],
        1,
      ),
    equalities: (z) =>
      tf.cast(tf.concat([tf.equal(tf.round(z), 0), tf.notEqual(tf.sign(z), 1)], 1), 'float32'),
    softmaxes: (z) => tf.concat([tf.softmax(z), tf.logSoftmax(z)], 1),
    'sums of three, powers': (z) =>
      tf.concat([tf.addN([z, z, tf.square(z)]), tf.pow(tf.abs(z), tf.scalar(1.5))], 1),
    'leaks and steps': (z) =>
      tf.concat([tf.prelu(z, tf.tensor1d([0.1, 0.3])), tf.add(tf.leakyRelu(z, 0.1), tf.step(z, 0.4))], 1),
    'pairs of operations': (z) =>
      tf.concat(
        [
          tf.squaredDifference(tf.maximum(z, 0.1), tf.minimum(z, 0.2)),
          tf.div(tf.sub(z, 1), tf.add(tf.mul(z, z), 1)),
        ],
        1,
      ),
    'smooth functions': (z) => {
      const inner = tf.mul(0.5, tf.tanh(z))
      const sum = [
        tf.acos,
        tf.asin,
        tf.atan,
        tf.atanh,
        tf.asinh,
        tf.cos,
        tf.cosh,
        tf.erf,
        tf.sin,
        tf.sinh,
        tf.tan,
      ].map((f) => f(inner))
      const more = [tf.exp, tf.expm1, tf.softplus, tf.sigmoid, tf.elu, tf.selu].map((f) => f(z))
      return tf.concat([tf.addN(sum), tf.addN(more)], 1)
    },
    'functions of positive numbers': (z) => {
      const x = tf.add(tf.square(z), 1.2)
      const all = [tf.acosh, tf.log, tf.log1p, tf.reciprocal, tf.rsqrt, tf.sqrt, tf.relu, tf.relu6].map((f) =>
        f(x),
      )
      return tf.concat([tf.addN(all), tf.add(tf.floor(z), tf.ceil(tf.clone(z)))], 1)
    },
  }
  for (const [title, decoder] of Object.entries(decoders))
    it(`takes a decoder of your own: ${title}`, () =>
      inFolder(async (folder) => {
        const model = ownModel(decoder)
        await exportDecoder(model, folder)
        for (const rows of [1, 5])
          near(await decodedBy(folder, codes(rows), LATENT), await decode(model, codes(rows)), 1e-5)
        model.dispose()
      }))

  it('is tried with every operation it can write', () => {
    const used = new Set<string>()
    tf.tidy(() => {
      const { calls } = recordCalls(
        (z) => tf.concat(Object.values(decoders).map((f) => tf.cast(f(z), 'float32'))),
        tf.tensor2d(codes(4), [4, LATENT]),
      )
      for (const { kernel } of calls) used.add(kernel)
    })
    assert.deepEqual(
      Object.keys(OPERATIONS).filter((name) => !used.has(name)),
      [],
    )
  })

  const refused: Record<string, [(z: tf.Tensor) => tf.Tensor, RegExp]> = {
    'an operation without a graph': [(z) => tf.concat([tf.cumsum(z, 1), z], 1), /Cumsum/],
    'numbers read from the codes': [
      (z) => tf.concat([z, tf.mul(z, z.dataSync()[0])], 1),
      /numbers that depend on the codes/,
    ],
    'a factor that counts the rows': [
      (z) => tf.concat([z, tf.div(z, z.shape[0])], 1),
      /or on how many there are/,
    ],
    'rows repeated by their number': [
      (z) => tf.concat([z, tf.tile(tf.slice(z, [0, 0], [1, 2]), [z.shape[0], 1])], 1),
      /Tile with a reps/,
    ],
    'another way for one row': [
      (z) => tf.concat([z, z.shape[0] === 1 ? tf.exp(z) : tf.neg(z)], 1),
      /for two rows/,
    ],
  }
  for (const [title, [decoder, words]] of Object.entries(refused))
    it(`refuses ${title}, and writes nothing`, () =>
      inFolder(async (folder) => {
        const model = ownModel(decoder)
        await assert.rejects(
          exportDecoder(model, path.join(folder, 'deep')),
          (error: Error) =>
            error instanceof ArgumentError && words.test(error.message) && !error.message.includes('\n'),
        )
        assert.deepEqual(readdirSync(folder), [])
        assert.equal(Object.hasOwn(tf.engine(), 'runKernel'), false, 'the engine is as it was')
        model.dispose()
      }))

  it('leaves no tensor behind where it refuses', () =>
    inFolder(async (folder) => {
      const model = ownModel(refused['an operation without a graph'][0])
      await expectNoLeaks(() => exportDecoder(model, folder).catch(() => undefined))
      model.dispose()
    }))
})

onEachEngine('what stands beside an exported decoder', () => {
  it('names shape, range, draws of the prior and codes of data points, the unit that moves most first', () =>
    inFolder(async (folder) => {
      const model = lidvae({
        likelihood: gaussian(4),
        latent: 3,
        hidden: 5,
        injective: { hiddenLatent: 4 },
        seed: 1,
      })
      // More than are encoded for the order of the units.
      const data = tinyPoints(600, 4)
      const where = await exportDecoder(model, path.join(folder, 'deep', 'er'), {
        data,
        features: ['a', 'b', 'c', 'd'],
        title: 'A < B',
      })
      assert.deepEqual(readdirSync(where).sort(), ['index.html', 'model.json', 'tf.min.js', 'weights.bin'])
      const { lidvae: notes } = readJson(where).userDefinedMetadata
      assert.deepEqual(
        [notes.kind, notes.latent, notes.shape, notes.features],
        ['lidvae', 3, [4], ['a', 'b', 'c', 'd']],
      )
      const { mean } = await encode(model, data)
      notes.starts.forEach(({ z }, row) => near(z, mean.subarray(3 * row, 3 * row + 3), 1e-3))
      assert.equal(notes.starts.length, 12)
      const variance = (unit: number) => {
        const all = Array.from(mean.filter((_, i) => i % 3 === unit))
        const m = all.reduce((a, b) => a + b) / all.length
        return all.reduce((a, b) => a + (b - m) ** 2, 0)
      }
      // The prior is the same for every unit here, up to the draws.
      assert.equal(notes.units[0], [0, 1, 2].sort((a, b) => variance(b) - variance(a))[0])
      for (const { min, max, mean: middle } of notes.range) {
        assert.ok(min < -2 && max > 2 && Math.abs(middle) < 0.2, JSON.stringify({ min, max, middle }))
      }
      for (const z of [...notes.draws, ...notes.starts.map(({ z }) => z)])
        z.forEach((value, unit) =>
          assert.ok(value >= notes.range[unit].min && value <= notes.range[unit].max),
        )
      const page = readFileSync(path.join(where, 'index.html'), 'utf8')
      assert.match(page, /<title>A &lt; B<\/title>/)
      model.dispose()
    }))

  it('refuses what is no folder, names that do not fit, data of another width and models of texts', () =>
    inFolder(async (folder) => {
      const model = vae({ likelihood: gaussian(4), latent: 2, hidden: 5, seed: 1 })
      await assert.rejects(exportDecoder(model, ''), /`folder` must be a path, got ''/)
      await assert.rejects(exportDecoder(model, folder, { features: ['a'] }), /`features` must be 4 names/)
      await assert.rejects(exportDecoder(model, folder, { data: tinyPoints(5, 3) }), ArgumentError)
      const { name, source, values, x } = tinyPoints(5, 4)
      const data = new DataSet({ name, source, values, x, shape: [1, 2, 2] })
      await assert.rejects(
        exportDecoder(model, folder, { data }),
        /must be .*channels last.*, got \[1, 2, 2\]/,
      )
      const file = path.join(folder, 'file')
      writeFileSync(file, '')
      await assert.rejects(exportDecoder(model, file), DataError)
      assert.deepEqual(readdirSync(folder), ['file'])
      model.dispose()
    }))
})
