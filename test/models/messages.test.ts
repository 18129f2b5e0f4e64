import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { provenanceOf } from '../../src/base/provenance'
import { bernoulli } from '../../src/distributions/bernoulli'
import { syntheticText } from '../../src/data/text/syntheticText'
import { lidmvae, vae } from '../../src/models/builders'
import { linearVae } from '../../src/models/linearVae'
import { ppca } from '../../src/models/ppca'
import { languageModel, svae } from '../../src/models/text/builders'
import { sample } from '../../src/models/text/use'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'

onEachEngine('models', () => {
  const { vocabulary } = syntheticText({ tokens: 12, length: 3, train: 20, test: 5, seed: 1 })
  const words = { vocabulary, hidden: 4, embedding: 3, seed: 1 }

  it('say in one line what they are', () =>
    expectNoLeaks(() => {
      const one = vae({ likelihood: bernoulli(6), latent: 1, hidden: 3, seed: 1 })
      const mixture = lidmvae({ likelihood: bernoulli(6), latent: 2, hidden: 3, components: 3, seed: 1 })
      const texts = svae({ ...words, latent: 2 })
      assert.match(
        inspect(one),
        /^vae: 1 unit of z, bernoulli likelihood of 6 dimensions; [\d,]+ weights, not trained$/,
      )
      assert.match(inspect(mixture), /^lidmvae: 2 units of z, 3 components of w, bernoulli likelihood/)
      assert.match(inspect(texts), /^svae: 2 units of z, texts over \d+ tokens; [\d,]+ weights, not trained$/)
      for (const model of [one, mixture, texts]) model.dispose()
    }))

  it('of a linear decoder know the PPCA that they were made from', () =>
    expectNoLeaks(() => {
      const of = { weights: [[1, 0.5, 0]], sigma: 0.3, mean: [0, 1, 2] }
      const model = linearVae(ppca(of))
      const { part, with: made } = provenanceOf(model)!
      assert.equal(part, 'linearVae')
      assert.deepEqual(made[0], of)
      assert.equal(made.length, 2)
      model.dispose()
    }))

  it('of texts name what serves them in place of what serves rows', () =>
    expectNoLeaks(() => {
      const texts = svae({ ...words, latent: 2 })
      assert.throws(
        () => texts.likelihood,
        /`model` must be a model of rows of numbers, since only that has likelihood, got 'svae'\. For texts use lid\.texts\.sample, lid\.texts\.reconstruct and lid\.texts\.write\.$/,
      )
      texts.dispose()
    }))

  it('name the builder whose option is unknown, and the number that is none', () =>
    expectNoLeaks(async () => {
      assert.throws(() => languageModel({ ...words, latent: 2 } as never), /^ArgumentError: .*languageModel/)
      const texts = svae({ ...words, latent: 2 })
      await assert.rejects(
        sample(texts, { count: 0 }),
        /^ArgumentError: `count` must be an integer ≥ 1, got 0\.$/,
      )
      texts.dispose()
    }))
})
