import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { audit } from '../../src/audit/audit'
import { ArgumentError } from '../../src/base/errors'
import { gaussian } from '../../src/distributions/gaussian'
import { bernoulli } from '../../src/distributions/bernoulli'
import type { Estimate } from '../../src/base/estimate'
import { exportOnnx } from '../../src/export/onnx/exportOnnx'
import { vampPrior } from '../../src/fixes/vampPrior'
import { realNvp } from '../../src/layers/realNvp'
import { diagnose, type VariableDiagnosis } from '../../src/metrics/diagnose'
import { lidmvae, lidvae, vae } from '../../src/models/builders'
import { openOnnx } from '../../src/platform/onnxRuntime'
import { fit } from '../../src/training/fit'
import { skip } from '../audit/runtime'
import { inFolder } from '../data/temporary'
import { onEachEngine } from '../support/engines'
import { dataFor, DIM, LATENT, likelihoods, tinyImages, tinyPoints, variants } from '../support/models'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { textVariants } from '../support/texts'

/** What ONNX Runtime makes of rows. */
async function run(file: string, input: string, x: Float32Array, width: number, wanted: string[]) {
  const model = await openOnnx(file)
  try {
    const feeds = { [input]: { type: 'float32', dims: [x.length / width, width], data: x } }
    const found = await model.run(feeds, wanted)
    return wanted.map((name) => Float32Array.from(found[name].data as Float32Array))
  } finally {
    await model.release()
  }
}

/** The files of a folder that exportOnnx wrote. */
function partsOf(folder: string) {
  const file = (name: string) => path.join(folder, name)
  const given = (name: string) => (existsSync(file(name)) ? file(name) : undefined)
  const [prior, priorDraws] = [given('prior.onnx'), given('prior-draws.safetensors')]
  return {
    encoder: file('encoder.onnx'),
    decoder: file('decoder.onnx'),
    ...(prior && { prior }),
    ...(priorDraws && { priorDraws }),
  }
}

/** The same up to rounding. */
function alike(a: Estimate, b: Estimate, name: string): void {
  const rounding = (value: number) => 2e-4 * Math.max(1, Math.abs(value))
  nearNumber(a.value, b.value, rounding(b.value), name)
  nearNumber(a.standardError, b.standardError, rounding(b.standardError), name)
}

type Figures = Partial<Pick<VariableDiagnosis, 'kl' | 'mutualInformation' | 'flatness' | 'activeUnits'>>

const agreeing = (a: Figures, b: VariableDiagnosis) =>
  (['kl', 'mutualInformation', 'flatness', 'activeUnits'] as const).map(
    (name) => [name, a[name], b[name]] as const,
  )

onEachEngine('exportOnnx', () => {
  it('has the numbers of every model of rows without a flow', { skip }, () =>
    inFolder(async (folder) => {
      let checked = 0
      for (const { title, likelihood, build } of variants) {
        const model = build(2)
        // Decoders of the other likelihoods are the same maps.
        if (model.posterior.flow || !['bernoulli', 'gaussian, σ learned', 'poisson'].includes(likelihood)) {
          model.dispose()
          continue
        }
        const data = dataFor(likelihood, 5)
        const target = exportOnnx(model, path.join(folder, String(checked++)))
        const { output } = JSON.parse(readFileSync(path.join(target, 'model.json'), 'utf8')) as {
          output: string
        }
        const random = new Random(3)
        const z = Float32Array.from({ length: 7 * LATENT }, () => 2 * random.normal())
        const eta = tf.tidy(() => model.decoder.apply(tf.tensor2d(z, [7, LATENT])).dataSync() as Float32Array)
        const [found] = await run(path.join(target, 'decoder.onnx'), 'z', z, LATENT, [output])
        near(found, eta, 2e-4, title)
        const q = tf.tidy(() => {
          const { mean, sd, logW } = model.posterior.encode(tf.tensor2d(data.x, [5, DIM]))
          return [mean, sd, logW].map((part) => part.dataSync() as Float32Array)
        })
        const isMixture = model.components > 1
        const names = ['mean', 'logvar', ...(isMixture ? ['w_logits'] : [])]
        const [mean, logvar, logW] = await run(path.join(target, 'encoder.onnx'), 'x', data.x, DIM, names)
        near(mean, q[0], 2e-4, title)
        near(
          logvar.map((log) => Math.exp(log / 2)),
          q[1],
          2e-4,
          title,
        )
        if (isMixture) near(logW, q[2], 2e-4, title)
        model.dispose()
      }
      assert.ok(checked >= 4, `${checked} models`)
    }),
  )

  it('is audited with the numbers of diagnose', { skip }, () =>
    inFolder(async (folder) => {
      for (const [name, options] of [
        ['bernoulli', { likelihood: 'bernoulli' as const }],
        ['gaussian, σ fixed', { likelihood: 'gaussian' as const, sigma: 0.7 }],
        ['poisson', { likelihood: 'poisson' as const }],
      ] as const) {
        const model = vae({ likelihood: likelihoods[name](), latent: LATENT, hidden: 6, seed: 1 })
        await fit(model, dataFor(name, 200), { epochs: 8, verbose: false })
        const held = dataFor(name, 60)
        const expected = await diagnose(model, held, { samples: 20, seed: 3 })
        const target = exportOnnx(model, path.join(folder, name[0]))
        const [encoder, decoder] = ['encoder', 'decoder'].map((part) => path.join(target, `${part}.onnx`))
        const found = await audit({ encoder, decoder, data: held, ...options }, { samples: 20, seed: 3 })
        const { z, logLikelihood, elbo } = expected
        const rounding = (value: number) => 2e-4 * Math.max(1, Math.abs(value))
        for (const [a, b] of [
          [found.metrics.kl, z.kl],
          [found.metrics.mutualInformation, z.mutualInformation],
          [found.metrics.flatness, z.flatness],
          [found.metrics.inferenceGap, z.inferenceGap],
          [found.metrics.logLikelihood, logLikelihood],
          [found.metrics.elbo, elbo],
          [found.metrics.activeUnits, z.activeUnits],
        ] as const) {
          nearNumber(a!.value, b.value, rounding(b.value), name)
          nearNumber(a!.standardError, b.standardError, rounding(b.standardError), name)
        }
        assert.equal(found.verdict[0].kind, z.verdict.kind, name)
        model.dispose()
      }
    }),
  )

  for (const posterior of ['q(w|x) q(z|x)', 'q(w|x) q(z|x,w)'] as const)
    it(
      `of a mixture with ${posterior} is audited with the numbers of diagnose, those of w too`,
      { skip },
      () =>
        inFolder(async (folder) => {
          const mixture = { components: 3, latent: LATENT, hidden: 6, seed: 1, posterior }
          const model = lidmvae({ likelihood: bernoulli(DIM), ...mixture })
          await fit(model, tinyImages(200, DIM), { epochs: 8, verbose: false })
          const held = tinyImages(60, DIM, 2)
          const expected = await diagnose(model, held, { samples: 20, seed: 3 })
          const found = await audit(
            { ...partsOf(exportOnnx(model, folder)), data: held, likelihood: 'bernoulli' },
            { samples: 20, seed: 3 },
          )
          const { z, w, logLikelihood, elbo } = expected
          const { w: ofW, ...metrics } = found.metrics
          for (const [name, a, b] of [
            ...agreeing(metrics, z),
            ...agreeing(ofW!, w!),
            ['gap of w', ofW!.inferenceGap, w!.inferenceGap],
            ['log p(x)', metrics.logLikelihood, logLikelihood],
            ['ELBO', metrics.elbo, elbo],
          ] as const)
            alike(a!, b, name)
          assert.deepEqual(
            found.verdict.map(({ variable, kind }) => [variable, kind]),
            expected.variables.map(({ variable, verdict }) => [variable, verdict.kind]),
          )
          near(found.usage!, expected.usage, 1e-4)
          assert.ok(found.witness!.closestComponents)
          assert.deepEqual(found.cannotTell, [])
          // Without a decoder, what the encoder says of w.
          const { decoder: _, ...alone } = partsOf(folder)
          const part = await audit({ ...alone, data: held }, { samples: 20, seed: 3 })
          alike(part.metrics.w!.mutualInformation, w!.mutualInformation, 'I')
          alike(part.metrics.kl!, z.kl, 'KL')
          assert.equal(part.verdict[1].kind, 'cannot tell')
          // As arrays, q(w|x) of other components than the prior's is refused.
          const { prior: _p, ...noPrior } = partsOf(folder)
          await assert.rejects(
            audit({ ...noPrior, data: held, likelihood: 'bernoulli' }, { samples: 2 }),
            /`prior` must be the means and standard deviations of the 3 components .*got one normal/,
          )
          model.dispose()
        }),
    )

  it(
    'writes other priors as mixtures or densities, against which an audit gets the same log p(x)',
    { skip },
    () =>
      inFolder(async (folder) => {
        const [rows, points] = [tinyImages(60, DIM), tinyPoints(60, 2)]
        const common = { latent: 2, hidden: 6, seed: 1 }
        for (const [name, model, data, family, ofPrior] of [
          [
            'VampPrior',
            vae({ likelihood: bernoulli(DIM), prior: vampPrior({ components: 4 }), ...common }),
            rows,
            { likelihood: 'bernoulli' },
            /mixture of 4 normals/,
          ],
          [
            'full covariance',
            lidmvae({ likelihood: gaussian(2, { sigma: 0.5 }), components: 3, ...common }),
            points,
            { likelihood: 'gaussian', sigma: 0.5 },
            /density of its own, with 10,000 draws/,
          ],
        ] as const) {
          const expected = await diagnose(model, data, { samples: 20, seed: 3 })
          const target = exportOnnx(model, path.join(folder, name))
          const found = await audit(
            { ...partsOf(target), data, ...family },
            { samples: 20, seed: 3, witness: false },
          )
          assert.match(found.prior, ofPrior, name)
          alike(found.metrics.logLikelihood!, expected.logLikelihood, name)
          if (!expected.w) alike(found.metrics.flatness!, expected.z.flatness, name)
          else {
            alike(found.metrics.w!.kl, expected.w.kl, name)
            assert.ok(found.cannotTell.some((line) => /^Flatness of w/.test(line)))
            assert.equal(found.metrics.w!.flatness, undefined)
          }
          model.dispose()
        }
      }),
  )

  it('writes no prior that is N(0, 1), and refuses what it cannot write', () =>
    inFolder((folder) => {
      const plain = lidvae({ likelihood: gaussian(DIM), latent: 2, hidden: 5, seed: 1 })
      assert.equal(existsSync(path.join(exportOnnx(plain, folder), 'prior.onnx')), false)
      assert.throws(() => exportOnnx(plain, ''), ArgumentError)
      const flow = vae({
        likelihood: gaussian(DIM),
        latent: 2,
        flow: realNvp({ couplings: 1, hidden: 3 }),
        seed: 1,
      })
      const texts = textVariants()[0].build()
      assert.throws(
        () => exportOnnx(flow, folder),
        /`model` must be one whose q\(z\|x\) is normal, got one with a flow.*read_model\.py/,
      )
      assert.throws(
        () => exportOnnx(texts, folder),
        /`model` must be a model of rows of numbers, got svae, whose LSTM .*lid\.diagnose/,
      )
      flow.dispose()
      texts.dispose()
      plain.dispose()
      return Promise.resolve()
    }))
})
