import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { Draws, drawKey } from '../../src/compute/draws'
import { ArgumentError } from '../../src/base/errors'
import { batchNorm } from '../../src/fixes/batchNorm'
import { delta as deltaVae, largestSd } from '../../src/fixes/delta'
import { gmvae, lidvae, vae } from '../../src/models/builders'
import { saveModel } from '../../src/models/save'
import { load } from '../../src/runs/load'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbersOfAll } from '../support/tables'

const LATENT = 3
const common = { likelihood: bernoulli(12), latent: LATENT, hidden: 8, seed: 1 }
const train = tinyImages(40, 12)
const options: FitOptions = { epochs: 4, batchSize: 10, seed: 2, verbose: false }

onEachEngine('posteriors', () => {
  it('a batch-normalised posterior keeps E KL ≥ latent γ²/2 on every batch it is trained on, whatever its weights', () =>
    expectNoLeaks(() => {
      const gamma = 0.7
      for (const build of [vae, lidvae])
        for (const scale of [0.1, 1, 4]) {
          const model = build({ ...common, constraint: batchNorm({ gamma }) })
          disturb(model.parameters, new Random(3), scale)
          const [klZ, mean, shift] = numbersOfAll(() => {
            const x = tf.tensor2d(train.x.slice(0, 240), [20, 12])
            const draws = new Draws(drawKey(1, 2))
            const { klZ } = model.elboTerms(x, draws, draws)
            const { mean } = model.posterior.encode(x, true)
            return [tf.mean(klZ, 0), mean, model.parameters.variables.get('encoder/batchNorm/shift')!]
          })
          const kl = klZ.reduce((a, b) => a + b, 0)
          const bound = shift.reduce((sum, b) => sum + (gamma ** 2 + b ** 2) / 2, 0)
          assert.ok(kl >= bound * (1 - 1e-3), `${kl} below ${bound}`)
          for (let u = 0; u < LATENT; u++) {
            const column = mean.filter((_, i) => i % LATENT === u)
            const centre = column.reduce((a, b) => a + b, 0) / 20
            const sd = Math.sqrt(column.reduce((a, b) => a + (b - centre) ** 2, 0) / 20)
            nearNumber(centre, shift[u], 1e-4)
            nearNumber(sd, gamma, 1e-3)
          }
          model.dispose()
        }
    }))

  it('its running statistics are the averages of the batches’, are used in evaluation, and are saved', () =>
    expectNoLeaks(async () => {
      const model = vae({ ...common, constraint: batchNorm({ momentum: 0.25 }) })
      // Nothing moves at a rate of 0, so that every epoch has the same statistics.
      const { sgd } = await import('../../src/compute/optimizers')
      const all = { ...options, batchSize: 40, epochs: 2, optimizer: sgd({ rate: 0 }) }
      await fit(model, train, all)
      const [raw, used] = numbersOfAll(() => {
        const x = tf.tensor2d(train.x, [40, 12])
        const { statistics } = model.posterior.encode(x, true)
        return [statistics!, model.parameters.states.get('encoder/batchNorm/running')!]
      })
      const share = 1 - 0.75 ** 2
      near(
        used,
        raw.map((value, i) => share * value + (1 - share) * (i < LATENT ? 0 : 1)),
        1e-5,
      )
      const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-bn-'))
      try {
        saveModel(model, folder)
        const again = load(folder)
        assert.deepEqual(readWeights(again), readWeights(model))
        const [a, b] = [model, again].map((each) =>
          numbersOfAll(() => [each.posterior.encode(tf.tensor2d(train.x, [40, 12])).mean]),
        )
        assert.deepEqual(a, b)
        again.dispose()
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
      model.dispose()
    }))

  it('resumes after a stop or from a run folder with the bits of an uninterrupted training, statistics included', () =>
    expectNoLeaks(async () => {
      const build = () => vae({ ...common, constraint: batchNorm() })
      const unbroken = build()
      await fit(unbroken, train, options)
      const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-bn-'))
      try {
        for (const place of [{}, { run: folder }]) {
          const model = build()
          const stop = new AbortController()
          const onStep = (step: number): unknown => step === 6 && stop.abort()
          const first = await fit(model, train, { ...options, ...place, signal: stop.signal, onStep })
          const fresh = 'run' in place ? build() : model
          await fit(fresh, train, { ...options, ...place, ...('run' in place ? {} : { resume: first }) })
          assert.deepEqual(readWeights(fresh), readWeights(unbroken))
          if (fresh !== model) fresh.dispose()
          model.dispose()
        }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
      unbroken.dispose()
    }))

  it('a δ-posterior keeps KL ≥ δ at every data point, before and after training', () =>
    expectNoLeaks(async () => {
      for (const delta of [0.05, 2, 12]) {
        nearNumber(-Math.log(largestSd(delta)) + largestSd(delta) ** 2 / 2 - 0.5, delta, 1e-3)
        const model = vae({ ...common, constraint: deltaVae({ delta }) })
        const least = () => {
          const [klZ] = numbersOfAll(() => [
            tf.sum(model.elboTerms(tf.tensor2d(train.x, [40, 12]), new Draws(drawKey(1, 2))).klZ, 1),
          ])
          return Math.min(...klZ)
        }
        assert.ok(least() >= delta, `${least()} below ${delta}`)
        await fit(model, train, options)
        assert.ok(least() >= delta, `${least()} below ${delta}`)
        disturb(model.parameters, new Random(4), 2)
        assert.ok(least() >= delta, `${least()} below ${delta}`)
        model.dispose()
      }
    }))

  it('refuses a prior that would follow', () => {
    const constraint = deltaVae({ delta: 1 })
    assert.throws(
      () => gmvae({ ...common, components: 3, constraint }),
      /`constraint` must be .*learned prior would follow/,
    )
    assert.throws(() => deltaVae({ delta: 0 }), ArgumentError)
    assert.throws(
      () => vae({ ...common, constraint: deltaVae({ delta: 6.5 * common.latent }) }),
      /`delta` must be at most 6.4 nats per unit of z/,
    )
    assert.throws(() => batchNorm({ gamma: 0 }), ArgumentError)
  })
})
