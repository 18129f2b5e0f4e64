import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { negativeBinomial } from '../../src/distributions/negativeBinomial'
import { poisson } from '../../src/distributions/poisson'
import { ArgumentError, DataError } from '../../src/base/errors'
import { mlp } from '../../src/layers/dense'
import { realNvp } from '../../src/layers/realNvp'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import { injectiveDecoder, plainDecoder, type DecoderBuilder } from '../../src/models/decoder'
import { anchoredMeans, freeMeans } from '../../src/models/prior'
import { load } from '../../src/runs/load'
import { encode } from '../../src/models/use'
import { readWeights } from '../../src/models/weights'
import { save } from '../../src/display/save'
import { seal } from '../../src/storage/checksummedJson'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

const common = { likelihood: bernoulli(6), latent: 2, hidden: 5, seed: 4 }
const mixture = { ...common, components: 3 }
const makers = {
  vae: () => vae(common),
  'vae, Gaussian with learned σ, flow': () =>
    vae({
      ...common,
      likelihood: gaussian(6, { sigma: 'learned', floor: 0.1 }),
      flow: realNvp({ hidden: 4 }),
    }),
  'vae, Poisson, injective decoder': () =>
    vae({ ...common, likelihood: poisson(6), decoder: injectiveDecoder(7, { mu: [0.5, 2] }) }),
  'vae, counts as they are, as models of them were once': () =>
    vae({ ...common, likelihood: poisson(6, { encode: 'counts' }) }),
  'lidvae, negative binomial of a depth': () =>
    lidvae({ ...common, likelihood: negativeBinomial(6, { depth: 4, dispersion: 0.5 }) }),
  lidvae: () => lidvae({ ...common, injective: { mu: 0.7, layers: 2 } }),
  'gmvae, wide means': () => gmvae({ ...mixture, prior: freeMeans({ start: 1 }) }),
  'lidmvae, K passes': () =>
    lidmvae({ ...mixture, posterior: 'q(w|x) q(z|x,w)', prior: anchoredMeans({ gamma: 'shared' }) }),
  'lidmvae, plain decoder': () => lidmvae({ ...mixture, decoder: plainDecoder(4) }),
}
const inFolder = async (use: (folder: string) => Promise<void> | void): Promise<void> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-saved-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

onEachEngine('saved', () => {
  for (const [title, make] of Object.entries(makers))
    it(`is loaded as it was saved: ${title}`, () =>
      expectNoLeaks(() =>
        inFolder(async (folder) => {
          const model = make()
          const data = tinyImages(12, 6)
          if (model.likelihood.accepts.includes('binary'))
            await fit(model, data.binarized(), { epochs: 2, batchSize: 5, verbose: false })
          save(model, folder)
          const loaded = load(folder)
          assert.deepEqual(readWeights(loaded), readWeights(model))
          assert.deepEqual(
            [loaded.kind, loaded.steps, loaded.epochs, loaded.prior.kind],
            [model.kind, model.steps, model.epochs, model.prior.kind],
          )
          assert.deepEqual(await encode(loaded, data.binarized()), await encode(model, data.binarized()))
          for (const one of [model, loaded]) one.dispose()
        }),
      ))

  it('asks for parts of your own, which no file can hold', () =>
    inFolder((folder) => {
      const decoder: DecoderBuilder = (p, from, to) => mlp(p, 'mine', [from, 3, to])
      const model = vae({ ...common, decoder })
      save(model, folder)
      assert.throws(
        () => load(folder),
        (error: Error) =>
          error instanceof ArgumentError &&
          /`own\.decoder` must be .*lid\.load\(folder, \{ decoder \}\)/.test(error.message),
      )
      const loaded = load(folder, { decoder })
      assert.deepEqual(readWeights(loaded), readWeights(model))
      for (const one of [model, loaded]) one.dispose()
    }))

  it('is what a finished run leaves in its folder', () =>
    inFolder(async (folder) => {
      const model = vae(common)
      await fit(model, tinyImages(20, 6), { epochs: 1, run: folder, verbose: false })
      const loaded = load(folder)
      assert.deepEqual(readWeights(loaded), readWeights(model))
      for (const one of [model, loaded]) one.dispose()
    }))

  it('refuses what is damaged, of another format or another model, and leaks nothing', () =>
    expectNoLeaks(() =>
      inFolder((folder) => {
        const model = vae(common)
        save(model, folder)
        const file = path.join(folder, 'model.json')
        const text = readFileSync(file, 'utf8')
        const resealed = (from: string, to: string): string => {
          assert.ok(text.includes(from))
          return seal(withoutChecksum(JSON.parse(text.replace(from, to)) as Record<string, unknown>))
        }
        const refused: [string, RegExp][] = [
          ['', /damaged/],
          ['{', /damaged/],
          ['null', /damaged/],
          [text.replace('"hidden": 5', '"hidden": 6'), /not as it was written/],
          [resealed('"format": 2', '"format": 3'), /format 3, expected 2/],
          [resealed('"format": 2', '"format": 0'), /format 0, expected 2/],
          [resealed('"format": 2', '"format": 1.5'), /format 1\.5, expected 2/],
          [resealed('"vae"', '"constructor"'), /no model 'constructor'/],
          [resealed('"bernoulli"', '"toString"'), /no part 'toString'/],
          [resealed('"steps": 0', '"steps": -1'), /does not say how/],
          [resealed('"hidden": 5', '"hidden": 6'), /another model/],
        ]
        for (const [wrong, why] of refused) {
          writeFileSync(file, wrong)
          assert.throws(() => load(folder), { name: 'DataError', message: why })
        }
        writeFileSync(file, text)
        writeFileSync(path.join(folder, 'weights.safetensors'), 'short')
        assert.throws(() => load(folder), DataError)
        assert.throws(() => load(path.join(folder, 'none')), /does not exist/)
        model.dispose()
      }),
    ))
})

const withoutChecksum = ({ sha256: _, ...content }: Record<string, unknown>): Record<string, unknown> =>
  content
