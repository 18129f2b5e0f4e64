import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { Draws, drawKey } from '../../src/compute/draws'
import { streamKey } from '../../src/compute/streams'
import { vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { evaluationData, needsBinarisation } from '../../src/models/evaluationData'
import { elboLoss, Validation } from '../../src/training/elbo'
import { elboAt, readModel } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, DIM, HIDDEN, LATENT, tinyImages, tinyPoints, variants } from '../support/models'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, numbersOfAll, rowsOf } from '../support/tables'

async function validateOnce(model: Model, data: DataSet, seed: number): Promise<Record<string, number>> {
  const validation = new Validation(model, data, seed)
  const first = await validation.run()
  assert.deepEqual(await validation.run(), first, 'the same draws each time')
  validation.dispose()
  assert.ok(first)
  return first
}

const size = 6

onEachEngine('elbo', () => {
  for (const { title, likelihood, build } of variants.filter((v) => v.likelihood === 'bernoulli'))
    it(`is minus the mean ELBO with weighted KL, and validates with one draw per data point: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = build()
        disturb(model.parameters, new Random(31), 0.4)
        const data = dataFor(likelihood, size)
        const read = readModel(model)
        const J = model.posterior.branches
        /** The mean parts of the ELBO for the noise of these draws. */
        const expected = (key: number, counter: number) => {
          const noise = rowsOf(
            numbers(() => new Draws(drawKey(key, counter)).normal('z', [size, J, LATENT])),
            LATENT,
          )
          const terms = rowsOf(data.x, DIM).map((x, n) => elboAt(read, x, noise.slice(n * J, (n + 1) * J)))
          const mean = (of: (t: (typeof terms)[number]) => number): number =>
            terms.reduce((s, t) => s + of(t), 0) / size
          return {
            reconstruction: mean((t) => t.reconstruction),
            klZ: mean((t) => t.klZ.reduce((s, v) => s + v, 0)),
            klW: mean((t) => t.klW),
          }
        }
        const one = expected(7, 3)
        const [[loss], [reconstruction], [klZ], [klW]] = numbersOfAll(() => {
          const inputs = {
            x: tf.tensor2d(data.x, [size, DIM]),
            klWeight: tf.scalar(0.4),
            binarisation: drawKey(1, 1),
          }
          const out = elboLoss(model, data)(inputs, new Draws(drawKey(7, 3)))
          return [out.loss, out.reconstruction, out.klZ, out.klW]
        })
        nearNumber(reconstruction, one.reconstruction, 5e-6)
        nearNumber(klZ, one.klZ, 5e-6)
        nearNumber(klW, one.klW, 5e-6)
        nearNumber(loss, 0.4 * (one.klZ + one.klW) - one.reconstruction, 5e-6)
        const other = expected(streamKey(9, 'sampling', 'validation'), 0)
        const validated = await validateOnce(model, data, 9)
        nearNumber(validated.validationReconstruction, other.reconstruction, 5e-6)
        nearNumber(validated.validationKlZ, other.klZ, 5e-6)
        nearNumber(validated.validationKlW, other.klW, 5e-6)
        nearNumber(validated.validationLoss, other.klZ + other.klW - other.reconstruction, 1e-5)
        model.dispose()
      }))

  it('binarises intensities for a Bernoulli likelihood only', () => {
    const x = Float32Array.from({ length: 2 * DIM }, (_, i) => i / 10)
    const grey = new DataSet({ name: 'grey', x, shape: [DIM], values: 'intensity', source: 'made by a test' })
    const binary = vae({ likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN })
    const real = vae({ likelihood: gaussian(DIM), latent: LATENT, hidden: HIDDEN })
    assert.deepEqual(
      [grey, tinyImages(2, DIM)].map((data) => needsBinarisation(binary, data)),
      [true, false],
    )
    assert.deepEqual(
      [grey, tinyPoints(2, DIM)].map((data) => needsBinarisation(real, data)),
      [false, false],
    )
    assert.deepEqual(evaluationData(binary, grey).x, grey.binarized().x)
    assert.equal(evaluationData(real, grey), grey)
    binary.dispose()
    real.dispose()
  })

  it('averages validation over chunks of different sizes', async () => {
    const model = vae({ likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN })
    const data = tinyImages(703, DIM)
    const { validationKlZ } = await validateOnce(model, data, 1)
    const klZ = numbers(() =>
      tf.sum(model.elboTerms(tf.tensor2d(data.x, [703, DIM]), new Draws(drawKey(0, 0))).klZ, 1),
    )
    nearNumber(validationKlZ, klZ.reduce((s, v) => s + v, 0) / 703, 1e-5)
    model.dispose()
  })
})
