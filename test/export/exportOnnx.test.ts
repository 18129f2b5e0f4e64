import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { audit } from '../../src/audit/audit'
import { ArgumentError } from '../../src/base/errors'
import { gaussian } from '../../src/distributions/gaussian'
import { bernoulli } from '../../src/distributions/bernoulli'
import { exportOnnx } from '../../src/export/onnx/exportOnnx'
import { diagnose } from '../../src/metrics/diagnose'
import { gmvae, lidvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { encode } from '../../src/models/use'
import { openOnnx } from '../../src/platform/onnxRuntime'
import { fit } from '../../src/training/fit'
import { skip } from '../audit/runtime'
import { inFolder } from '../data/temporary'
import { onEachEngine } from '../support/engines'
import { dataFor, DIM, LATENT, likelihoods, tinyImages, variants } from '../support/models'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'

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

const isOneNormal = ({ posterior }: Model) => !posterior.flow && posterior.branches === 1

onEachEngine('exportOnnx', () => {
  it('has the numbers of every model of rows whose q(z|x) is one normal', { skip }, () =>
    inFolder(async (folder) => {
      let checked = 0
      for (const { title, likelihood, build } of variants) {
        const model = build(2)
        // Decoders of the other likelihoods are the same maps.
        if (!isOneNormal(model) || !['bernoulli', 'gaussian, σ learned', 'poisson'].includes(likelihood)) {
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
        const codes = await encode(model as never, data)
        const [mean, logvar] = await run(path.join(target, 'encoder.onnx'), 'x', data.x, DIM, [
          'mean',
          'logvar',
        ])
        near(mean, codes.mean, 2e-4, title)
        near(
          logvar.map((log) => Math.exp(log / 2)),
          codes.sd,
          2e-4,
          title,
        )
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

  it('writes the prior of a mixture, against which an audit measures KL', { skip }, () =>
    inFolder(async (folder) => {
      const model = gmvae({ likelihood: bernoulli(DIM), latent: LATENT, components: 3, hidden: 5, seed: 1 })
      const target = exportOnnx(model, folder)
      const [encoder, decoder, prior] = ['encoder', 'decoder', 'prior'].map((part) =>
        path.join(target, `${part}.onnx`),
      )
      const found = await audit(
        { encoder, decoder, prior, data: tinyImages(40, DIM), likelihood: 'bernoulli' },
        { samples: 20 },
      )
      assert.match(found.prior, /mixture of 3 normals/)
      assert.ok(found.metrics.kl!.value > 0 && Number.isFinite(found.metrics.logLikelihood!.value))
      assert.ok(found.witness!.closestComponents)
      model.dispose()
    }),
  )

  it('writes no prior that is N(0, 1), and refuses what it cannot write', () =>
    inFolder((folder) => {
      const plain = lidvae({ likelihood: gaussian(DIM), latent: 2, hidden: 5, seed: 1 })
      assert.equal(existsSync(path.join(exportOnnx(plain, folder), 'prior.onnx')), false)
      assert.throws(() => exportOnnx(plain, ''), ArgumentError)
      const each = gmvae({
        likelihood: gaussian(DIM),
        latent: 2,
        components: 3,
        posterior: 'q(w|x) q(z|x,w)',
        seed: 1,
      })
      assert.throws(
        () => exportOnnx(each, folder),
        /`model` must be one whose q\(z\|x\) is one normal, got q\(z\|x, w\) of 3 components/,
      )
      each.dispose()
      plain.dispose()
      return Promise.resolve()
    }))
})
