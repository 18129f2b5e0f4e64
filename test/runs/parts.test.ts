import assert from 'node:assert/strict'
import { it } from 'node:test'
import { provenanceOf, recordedProvenance } from '../../src/base/provenance'
import { pinwheel, syntheticText } from '../../src/data'
import { gaussian } from '../../src/distributions/gaussian'
import * as fixes from '../../src/fixes'
import type { AppliedFix, Fix, FixName } from '../../src/fixes'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import type { Model, ModelKind } from '../../src/models/model'
import { lidsvae, svae } from '../../src/models/text/builders'
import { injectiveHead } from '../../src/models/text/head'
import { readWeights } from '../../src/models/weights'
import { buildModel } from '../../src/runs/load'
import { makePart } from '../../src/runs/makePart'
import { expectReruns } from '../support/again'
import { nativeIsTested, onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'

const points = pinwheel({ train: 30, test: 10, seed: 5 })
const texts = syntheticText({ train: 30, validation: 10, test: 5, tokens: 24, length: 3, units: 8, seed: 2 })
const rows = { likelihood: gaussian(2), latent: 2, hidden: 6, seed: 1 }
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

/** Settings that make a fix small enough for models this small. */
const small: Partial<Record<FixName, Record<string, number>>> = {
  pretraining: { epochs: 1 },
  vampPrior: { components: 4, length: 3 },
  lagging: { window: 2, most: 4 },
  semiAmortized: { steps: 2 },
  importanceWeighted: { samples: 3 },
  mutual: { hidden: 5, information: 0.5 },
  inverseLipschitz: { hidden: 6, hiddenLatent: 8, width: 10 },
}

const all: Record<FixName, Fix> = fixes
const names = Object.keys(all) as FixName[]
const kinds = Object.keys(models) as (keyof typeof models)[]
const pairs = names.flatMap((name) =>
  kinds.flatMap((kind) => (all[name].about.refusal(kind) ? [] : [{ name, kind }])),
)
/** A run of all pairs takes minutes: usually each fix is trained on one kind of model, the next fix on the next one. */
const trained = process.env.LIDVAE_TEST_FULL
  ? pairs
  : names.flatMap((name, i) => {
      const own = pairs.filter((pair) => pair.name === name)
      return [own[i % own.length]]
    })
const built = (name: FixName, kind: keyof typeof models): { model: Model; applied: AppliedFix } => {
  const applied = all[name].on(kind, small[name])
  return { model: models[kind](applied.model), applied }
}

onEachEngine('every fix on every model', (engine) => {
  it('is made again from its provenance, with the same weights', () =>
    expectNoLeaks(() => {
      for (const { name, kind } of pairs) {
        const { model, applied } = built(name, kind)
        const again = buildModel(provenanceOf(model)!, 'a test')
        assert.deepEqual(readWeights(again), readWeights(model), `${name} on a ${kind}`)
        assert.deepEqual(provenanceOf(again), provenanceOf(model))
        for (const [option, part] of Object.entries(applied.fit)) {
          const made = makePart(recordedProvenance(part as object), () => new Error(`${name}: ${option}`))
          assert.deepEqual(provenanceOf(made as object), provenanceOf(part as object))
        }
        for (const one of [model, again]) one.dispose()
      }
    }))

  trained.forEach(({ name, kind }, i) => {
    // Usually half of them on each engine.
    if (!process.env.LIDVAE_TEST_FULL && nativeIsTested() && (i % 2 === 0) !== (engine === 'native')) return
    it(`${name} on a ${kind} is trained, loaded and run again to the same bits`, () =>
      expectNoLeaks(async () => {
        const { model, applied } = built(name, kind)
        const { train, validation } = kind.endsWith('svae')
          ? texts
          : { train: points.train, validation: points.test }
        await expectReruns(model, train, {
          epochs: 2,
          batchSize: 15,
          ...(name === 'lagging' && { validation }),
          ...applied.fit,
        })
        model.dispose()
      }))
  })
})
