import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import * as lid from '../../src'
import { tinyTexts } from '../support/texts'

const train = new lid.DataSet({
  name: 'rows',
  x: new Float32Array(16),
  shape: [4],
  values: 'binary',
  source: 'a test',
})
const texts = tinyTexts(4)
const fitted = { epochs: 1, verbose: false } as const
const few = { size: 2, samples: 2, priorSamples: 2 } as const

// A line with @ts-expect-error is one that the compiler must refuse: `npm run typecheck` fails where it takes it.
describe('models of rows and of texts', () => {
  let ofRows: lid.Model<lid.DataSet>
  let ofTexts: lid.Model<lid.TextSet>
  before(async () => {
    await lid.ready({ quiet: true, engine: 'wasm' })
    ofRows = lid.vae({ likelihood: lid.bernoulli(4), latent: 2, hidden: 3 })
    ofTexts = lid.svae({ vocabulary: texts.vocabulary, latent: 2, hidden: 3, embedding: 2 })
  })

  it('are told apart by the compiler, and when they run', async () => {
    const z = new Float32Array(2)
    const isRefused = (what: Promise<unknown>) => assert.rejects(what, lid.errors.ArgumentError)
    // @ts-expect-error texts
    await isRefused(lid.fit(ofRows, texts, fitted))
    // @ts-expect-error rows
    await isRefused(lid.fit(ofTexts, train, fitted))
    // @ts-expect-error texts to validate rows with
    await isRefused(lid.fit(ofRows, train, { ...fitted, validation: texts }))
    // @ts-expect-error texts
    await isRefused(lid.encode(ofRows, texts))
    // @ts-expect-error rows
    await isRefused(lid.evaluate(ofTexts, train, few))
    // @ts-expect-error rows
    await isRefused(lid.diagnose(ofTexts, train, few))
    // @ts-expect-error rows
    await isRefused(lid.probes.knn(ofTexts, train, train, { k: 1 }))
    // @ts-expect-error a model of texts
    await isRefused(lid.decode(ofTexts, z))
    // @ts-expect-error a model of texts
    await isRefused(lid.sample(ofTexts, { count: 1 }))
    // @ts-expect-error a model of texts
    await isRefused(lid.reconstruct(ofTexts, train))
    // @ts-expect-error a model of texts
    await isRefused(lid.traversal(ofTexts, train))
    // @ts-expect-error a model of texts
    await isRefused(lid.interpolation(ofTexts, train, [[0, 1]]))
    // @ts-expect-error a model of texts
    await isRefused(lid.likelihoodSurface(ofTexts, train))
    // @ts-expect-error a model of texts
    await isRefused(lid.gridPosterior(ofTexts, z))
    // @ts-expect-error a model of texts
    await isRefused(lid.gridLogLikelihood(ofTexts, train))
    // @ts-expect-error a model of texts
    await isRefused(lid.exportDecoder(ofTexts, 'out/never'))
    // @ts-expect-error a model of rows
    await isRefused(lid.texts.write(ofRows, z))
    // @ts-expect-error a model of rows
    await isRefused(lid.texts.sample(ofRows, { count: 1 }))
    // @ts-expect-error a model of rows
    await isRefused(lid.texts.reconstruct(ofRows, texts))
    // @ts-expect-error a model of rows
    await isRefused(lid.texts.interpolate(ofRows, texts))
    // @ts-expect-error a model of texts, where one of rows is wanted
    const wrong: lid.Model<lid.DataSet> = lid.refined(ofTexts)
    assert.equal(wrong.kind, 'svae')
  })

  it('go wherever either may go, as a Model whose kind is not known to the compiler', async () => {
    const models: Record<string, lid.Model> = { plain: ofRows, texts: ofTexts }
    await lid.fit(models.plain, train, { ...fitted, validation: train })
    await lid.fit(models.texts, texts, fitted)
    const options: lid.FitOptions = { ...fitted, validation: train }
    await lid.fit(ofRows, train, options)
    assert.equal((await lid.encode(models.plain, train)).mean.length, 8)
    assert.equal((await lid.decode(models.plain, new Float32Array(2))).length, 4)
    assert.equal((await lid.texts.write(models.texts, new Float32Array(2))).length, 1)
    await assert.rejects(
      lid.decode(models.texts, new Float32Array(2)),
      /`model` must be a model of rows of numbers, .*, got 'svae'/,
    )
    await assert.rejects(
      lid.texts.write(models.plain, new Float32Array(2)),
      /`model` must be a model of texts, got 'vae'/,
    )
    const loop: lid.ModelData = models.plain === ofRows ? train : texts
    await lid.evaluate(models.plain, loop, few)
  })

  it('are made of parts, whose kind the model has', () => {
    const { kind, parameters, prior, conditional, posterior } = ofRows
    const made = new lid.Model({ kind, parameters, prior, conditional, posterior })
    // @ts-expect-error rows
    const wrong: lid.Model<lid.TextSet> = made
    assert.equal(wrong.latent, 2)
  })
})
