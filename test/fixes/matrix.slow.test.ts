import assert from 'node:assert/strict'
import { it } from 'node:test'
import { bernoulli } from '../../src/distributions/bernoulli'
import { syntheticText } from '../../src/data/text/syntheticText'
import { ArgumentError } from '../../src/base/errors'
import * as fixes from '../../src/fixes'
import type { AppliedFix, Fix, FixName } from '../../src/fixes'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import type { Model, ModelKind } from '../../src/models/model'
import { lidsvae, svae } from '../../src/models/text/builders'
import { injectiveHead } from '../../src/models/text/head'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

const [DIM, STEPS] = [8, process.env.LIDVAE_TEST_FULL ? 50 : 20]
const images = { train: tinyImages(100, DIM), test: tinyImages(40, DIM, 3) }
const texts = syntheticText({ tokens: 16, length: 3, train: 100, test: 40, seed: 1 })
const rows = { likelihood: bernoulli(DIM), latent: 2, hidden: 6, seed: 1 }
const words = { vocabulary: texts.vocabulary, latent: 2, hidden: 6, embedding: 5, seed: 1 }
const injective = { hiddenLatent: 4 }

const models: Record<Exclude<ModelKind, 'languageModel'>, (parts: AppliedFix['model']) => Model> = {
  vae: (parts) => vae({ ...rows, ...parts }),
  lidvae: (parts) => lidvae({ ...rows, injective, ...parts }),
  gmvae: (parts) => gmvae({ ...rows, components: 3, ...parts }),
  lidmvae: (parts) => lidmvae({ ...rows, injective, components: 3, ...parts }),
  svae: (parts) => svae({ ...words, ...parts }),
  lidsvae: (parts) =>
    lidsvae({ ...words, head: injectiveHead({ width: 10, hidden: 8, hiddenLatent: 8 }), ...parts }),
}

/** Settings that make a fix small enough for fifty steps on models this small. */
const small: Partial<Record<FixName, Record<string, number>>> = {
  pretraining: { epochs: 2 },
  vampPrior: { components: 4, length: 3 },
  lagging: { window: 2, most: 4 },
  semiAmortized: { steps: 2 },
  importanceWeighted: { samples: 3 },
  mutual: { hidden: 5, information: 0.5 },
  inverseLipschitz: { hidden: 6, hiddenLatent: 8, width: 10 },
}

/** The pairs that do not go together. */
const refused: Partial<Record<FixName, ModelKind[]>> = {
  mutual: ['svae', 'lidsvae'],
  latentReconstruction: ['svae', 'lidsvae'],
  batchNorm: ['gmvae', 'lidmvae'],
  delta: ['gmvae', 'lidmvae'],
}

/** Every name that there is, and none else. */
const all: Record<FixName, Fix> = fixes

onEachEngine('every fix on every model', () => {
  for (const name of Object.keys(all) as FixName[])
    for (const kind of Object.keys(models) as (keyof typeof models)[])
      if (refused[name]?.includes(kind))
        it(`${name} is refused for a ${kind}, with a reason in one line`, () => {
          const reason = all[name].about.refusal(kind)
          assert.ok(reason && !reason.includes('\n') && reason.length < 160, reason)
          assert.throws(() => all[name].on(kind), ArgumentError)
        })
      else
        it(`${name} trains a ${kind} for ${STEPS} steps`, () =>
          expectNoLeaks(async () => {
            const applied = all[name].on(kind, small[name])
            const model = models[kind](applied.model)
            const { train, test } = kind.endsWith('svae') ? texts : images
            const losses: number[] = []
            const history = await fit(model, train, {
              epochs: STEPS / 10,
              batchSize: 10,
              verbose: false,
              // Only a schedule that decides by it needs validation data: each evaluation is a graph more.
              ...(name === 'lagging' && { validation: test }),
              onStep: (_, loss) => losses.push(loss),
              ...applied.fit,
            })
            assert.equal(losses.length, STEPS)
            assert.ok(losses.every(Number.isFinite))
            for (const [weight, values] of Object.entries(readWeights(model)))
              assert.ok(values.every(Number.isFinite), weight)
            assert.ok(Number.isFinite(history.rows.at(-1)!.gradientNorm))
            model.dispose()
          }))

  it('describes what it changes, by which formula and from which source', () => {
    for (const [name, { about }] of Object.entries(all)) {
      const { title, summary, equation, source } = about
      for (const text of [title, summary, equation, source])
        assert.ok(text.length > 0 && !text.includes('\n'), name)
      assert.match(source, /\d{4}/)
    }
    assert.throws(
      () => all.betaVae.on('vae', { betta: 1 }),
      /must be one of .*, got betta\. Did you mean beta\?/,
    )
    assert.match(all.betaVae.about.refusal('languageModel')!, /no latent/)
  })
})
