/**
 * Trains the models that the labs load, so that no cell keeps a class waiting, and writes them to
 * notebooks/labs/checkpoints:
 *
 *   npm run lab-checkpoints [-- NAME …]
 *
 * A few minutes on two cores, on the native engine.
 */
import path from 'node:path'
import * as lid from '../src'
import { packageRoot } from '../src/platform/places'

const folder = path.join(packageRoot(), 'notebooks', 'labs', 'checkpoints')

/** The pinwheel's mixtures, as in notebooks/paper/4-gmvae-collapse.ipynb at quick size. */
async function mixture(model: lid.Model): Promise<lid.Model> {
  const { train } = lid.data.pinwheel({ seed: 0 })
  const optimizer = lid.optimizers.adam({ rate: lid.optimizers.cosineDecay(1e-2) })
  await lid.fit(model, train, {
    epochs: Math.round(1e6 / train.size),
    batchSize: 100,
    optimizer,
    seed: 1,
    verbose: false,
  })
  return model
}
const ofPinwheel = {
  likelihood: lid.gaussian(2, { sigma: 'learned', floor: 0.02 }),
  latent: 2,
  components: 5,
  hidden: 64,
  seed: 1,
}

const sentences = lid.data.syntheticText({ tokens: 200, train: 4000, validation: 500, test: 1000 })
const { vocabulary } = sentences
const ofTexts = { vocabulary, latent: 3, hidden: 24, embedding: 24, dropout: 0.2, seed: 1 }

/** The sentences' models, as in notebooks/explore/fixes.ipynb. */
async function text(model: lid.Model, options: lid.FitOptions = { epochs: 15 }): Promise<lid.Model> {
  const optimizer = lid.optimizers.adam({ rate: lid.optimizers.stepDecay(5e-3, { factor: 0.25, at: 0.6 }) })
  await lid.fit(model, sentences.train, { batchSize: 32, clipNorm: 5, optimizer, verbose: false, ...options })
  return model
}
async function fixed(name: lid.fixes.FixName, settings?: Record<string, number>): Promise<lid.Model> {
  const applied = lid.fixes[name].on('svae', settings)
  return text(lid.svae({ ...ofTexts, ...applied.model }), { epochs: 15, ...applied.fit })
}

const make: Record<string, () => Promise<lid.Model>> = {
  'pinwheel-plain': () => mixture(lid.gmvae({ ...ofPinwheel, prior: lid.parts.freeMeans({ floor: 0.1 }) })),
  'pinwheel-identifiable': () =>
    mixture(
      lid.lidmvae({
        ...ofPinwheel,
        prior: lid.parts.anchoredMeans({ floor: 0.1 }),
        injective: { mu: 0.1, layers: 0, hiddenLatent: 64 },
      }),
    ),
  'text-plain': () => text(lid.svae(ofTexts)),
  'text-beta': () => fixed('betaVae'),
  'text-free-bits': () => fixed('freeBits'),
  'text-delta': () => fixed('delta'),
  'text-identifiable': () =>
    text(
      lid.lidsvae({
        ...ofTexts,
        head: lid.parts.injectiveHead({ width: 32, hidden: 32, hiddenLatent: 32 }),
      }),
    ),
}

async function main(names: string[]): Promise<void> {
  await lid.ready()
  for (const name of names.length > 0 ? names : Object.keys(make)) {
    const model = await make[name]()
    console.log(`wrote ${lid.save(model, path.join(folder, name))}`)
    model.dispose()
  }
}

void main(process.argv.slice(2))
