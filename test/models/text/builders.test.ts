import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Draws, drawKey } from '../../../src/compute/draws'
import { ArgumentError } from '../../../src/base/errors'
import { evaluate } from '../../../src/metrics/evaluate'
import type { Model } from '../../../src/models/model'
import { languageModel, svae } from '../../../src/models/text/builders'
import { saveModel } from '../../../src/models/save'
import { load } from '../../../src/runs/load'
import { decode, reconstruct, sample } from '../../../src/models/use'
import { readWeights } from '../../../src/models/weights'
import { fit } from '../../../src/training/fit'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { tinyImages } from '../../support/models'
import { textVariants, tinyTexts } from '../../support/texts'

const texts = tinyTexts(30, 5)
const quiet = { epochs: 1, batchSize: 10, verbose: false }

onEachEngine('models of texts', () => {
  for (const { title, build } of textVariants(5)) {
    it(`send the gradient of the ELBO to every weight: ${title}`, () =>
      expectNoLeaks(() => {
        const model = build()
        const variables = [...model.parameters.variables]
        tf.tidy(() => {
          const x = tf.tensor2d([[0, 4, 7, 3, 1]], [1, 5], 'int32')
          const { grads } = tf.variableGrads(() => {
            const { reconstruction, klZ } = model.elboTerms(x, new Draws(drawKey(1, 0)))
            return tf.sub(tf.sum(klZ), tf.sum(reconstruction))
          })
          for (const [name, variable] of variables) {
            const gradient = grads[variable.name].dataSync() as Float32Array
            assert.ok(gradient.every(Number.isFinite), name)
            // A lone [s, B] is the exception of no model here: every weight moves.
            assert.ok(
              gradient.some((g) => g !== 0),
              `${name} gets no gradient`,
            )
          }
        })
        model.dispose()
      }))

    it(`are saved with their vocabulary and load unchanged: ${title}`, () =>
      expectNoLeaks(async () => {
        const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-text-'))
        const model = build()
        await fit(model, texts, quiet)
        saveModel(model, folder)
        const again = load(folder)
        assert.equal(again.kind, model.kind)
        assert.deepEqual(readWeights(again), readWeights(model))
        assert.deepEqual(again.texts.vocabulary.tokens, texts.vocabulary.tokens)
        // Texts over an equal vocabulary, not the same object, are data of the loaded model.
        const options = { samples: 2, priorSamples: 2 }
        const equal = tinyTexts(5, 5, 2, [3])
        const [a, b] = [await evaluate(model, equal, options), await evaluate(again, equal, options)]
        assert.deepEqual(b.logRatio, a.logRatio)
        for (const one of [model, again]) one.dispose()
        rmSync(folder, { recursive: true })
      }))
  }

  it('of language: carry no information in z, and their bound is log p(x)', () =>
    expectNoLeaks(async () => {
      const model = languageModel({ vocabulary: texts.vocabulary, hidden: 4, embedding: 3 })
      const found = await evaluate(model, texts, { samples: 3, priorSamples: 2, size: 8 })
      assert.ok(found.klZ.every((kl) => kl === 0))
      assert.ok(
        found.logRatio.every((log, i) => Math.abs(log - found.reconstruction[Math.floor(i / 3)]) < 1e-4),
      )
      model.dispose()
    }))

  it('say what does not fit them', async () => {
    const { vocabulary } = texts
    const common = { vocabulary, latent: 2, hidden: 4, embedding: 3 }
    const refused = (make: () => unknown, argument: string) =>
      assert.throws(make, (error: Error) => error instanceof ArgumentError && error.argument === argument)
    refused(() => svae({ ...common, vocabulary: undefined as never }), 'vocabulary')
    refused(() => svae({ ...common, latent: 0 }), 'latent')
    refused(() => svae({ ...common, dropout: 1 }), 'dropout')
    refused(() => svae({ ...common, wiring: 'nowhere' as never }), 'wiring')
    const model = svae(common)
    const rejected = (promise: Promise<unknown>, argument: string) =>
      assert.rejects(promise, (error: Error) => error instanceof ArgumentError && error.argument === argument)
    // What the compiler refuses is refused when it runs too.
    const either: Model = model
    await rejected(fit(either, tinyImages(10, 4), quiet), 'train')
    await rejected(fit(model, tinyTexts(10, 6), quiet), 'train')
    await rejected(fit(model, texts, { ...quiet, validation: tinyTexts(10, 6) }), 'validation')
    await rejected(sample(either, { count: 1 }), 'model')
    await rejected(decode(either, new Float32Array(2)), 'model')
    await rejected(reconstruct(either, texts as never), 'model')
    model.dispose()
  })
})
