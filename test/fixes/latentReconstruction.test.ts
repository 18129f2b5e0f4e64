import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { ArgumentError } from '../../src/base/errors'
import { Draws, drawKey } from '../../src/compute/draws'
import { pinwheel } from '../../src/data'
import { gaussian } from '../../src/distributions/gaussian'
import { latentReconstruction } from '../../src/fixes/latentReconstruction'
import { witness } from '../../src/metrics/witness/witness'
import { gmvae, vae } from '../../src/models/builders'
import { made } from '../../src/models/made'
import type { EpochRow } from '../../src/training/history'
import { fit } from '../../src/training/fit'
import { elboObjective, objectiveOn } from '../../src/training/objective'
import { expectReruns } from '../support/again'
import { etaAt, posteriorAt, readModel } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { COMPONENTS, dataFor, DIM, likelihoods, variants } from '../support/models'
import { nearNumber } from '../support/near'
import { sigmoid } from '../support/convexReference'
import { Random } from '../support/random'
import { disturb, numbers, numbersOfAll, rowsOf } from '../support/tables'

const key = (): Draws => new Draws(drawKey(7, 3))

onEachEngine('latent reconstruction', () => {
  it('adds λ ‖z − m(D(z))‖² to the loss, by hand', () =>
    expectNoLeaks(() => {
      const model = variants.find(({ title }) => title === 'vae, bernoulli')!.build()
      disturb(model.parameters, new Random(12), 0.4)
      const { x } = dataFor('bernoulli', 5)
      const read = readModel(model)
      const noise = numbers(() => key().part('codes').normal('z', [5, 1, model.latent]))
      const errors = rowsOf(x, DIM).map((row, i) => {
        const { mean, sd } = posteriorAt(read, row)
        const z = mean[0].map((m, u) => m + sd[0][u] * noise[i * model.latent + u])
        const back = posteriorAt(read, etaAt(read, z).map(sigmoid)).mean[0]
        return z.reduce((sum, value, u) => sum + (value - back[u]) ** 2, 0)
      })
      const error = errors.reduce((a, b) => a + b, 0) / 5
      const [plain, fixed, reported] = numbersOfAll(() => {
        const batch = { x: tf.tensor2d(x, [5, DIM]), klWeight: tf.scalar(1) }
        const of = (objective = elboObjective()) => objectiveOn(objective, model).loss(batch, key())
        const found = of(latentReconstruction({ weight: 3 }))
        return [of().loss, found.loss, found.latentError]
      })
      nearNumber(reported[0], error, 1e-5)
      nearNumber(fixed[0] - plain[0], 3 * error, 1e-5)
      model.dispose()
    }))

  it('keeps z where the ELBO loses it, and still leaves two codes with one likelihood', () =>
    expectNoLeaks(async () => {
      const { train } = pinwheel({ train: 400, seed: 1 })
      const trained = async (weight: number) => {
        const model = vae({ likelihood: gaussian(2, { sigma: 4 }), latent: 2, hidden: 32, seed: 1 })
        const objective = latentReconstruction({ weight })
        const { rows } = await fit(model, train, { epochs: 40, batchSize: 50, verbose: false, objective })
        const { found } = await witness(model, { candidates: 256, steps: 20 })
        model.dispose()
        const last = rows.at(-1)! as EpochRow & { latentError: number }
        return { kl: last.klZ, error: last.latentError, found }
      }
      const [lost, kept] = [await trained(0), await trained(1)]
      assert.ok(lost.kl < 0.01 && lost.error > 1.5, JSON.stringify(lost))
      assert.ok(kept.kl > 0.1 && kept.error < 0.5, JSON.stringify(kept))
      assert.equal(kept.found, true)
    }))

  it('is part of a training that is run again from its folder, with a context too', async () => {
    const { train } = pinwheel({ train: 40, seed: 1 })
    for (const context of [undefined, made()]) {
      const model = vae({ likelihood: gaussian(2), latent: 2, hidden: 6, seed: 1, context })
      await expectReruns(model, train, { epochs: 2, objective: latentReconstruction({ weight: 0.5 }) })
      model.dispose()
    }
  })

  it('refuses a weight below 0, and a posterior of several branches', async () => {
    assert.throws(() => latentReconstruction({ weight: -1 }), ArgumentError)
    const model = gmvae({
      likelihood: likelihoods.bernoulli(),
      latent: 2,
      hidden: 5,
      components: COMPONENTS,
      posterior: 'q(w|x) q(z|x,w)',
    })
    const options = { epochs: 1, verbose: false, objective: latentReconstruction() }
    await assert.rejects(fit(model, dataFor('bernoulli', 10), options), /Its codes are those of one q/)
    model.dispose()
  })
})
