import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { exportDecoder } from '../../src/export/exportDecoder'
import { certificateRatios, certify } from '../../src/metrics/certificate'
import { diagnose } from '../../src/metrics/diagnose'
import { gridLogLikelihood } from '../../src/metrics/gridLogLikelihood'
import { gridPosterior } from '../../src/metrics/gridPosterior'
import { likelihoodSurface } from '../../src/metrics/likelihoodSurface'
import { witness } from '../../src/metrics/witness/witness'
import { DataSet } from '../../src/data/dataset'
import { pinwheel } from '../../src/data'
import { gmvae, lidvae, vae } from '../../src/models/builders'
import { made } from '../../src/models/made'
import { decode, reconstruct, sample } from '../../src/models/use'
import { expectReruns } from '../support/again'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { everyRow } from '../support/madeReference'
import { tinyImages } from '../support/models'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, rowsOf } from '../support/tables'

const DIM = 4
const common = { likelihood: bernoulli(DIM), latent: 2, hidden: 6, seed: 1 }
const points = { ...common, likelihood: gaussian(2) }
const injective = { hidden: 5, hiddenLatent: 4, mu: 0.5 }
const images = tinyImages(40, DIM)
const every = new DataSet({
  name: 'every row',
  x: Float32Array.from(everyRow(DIM).flat()),
  shape: [DIM],
  values: 'binary',
  source: 'made by a test',
})
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)

onEachEngine('made in use', () => {
  it('is saved, loaded and run again', () =>
    expectNoLeaks(async () => {
      const models = [
        vae({ ...points, context: made({ layers: 2 }) }),
        lidvae({ ...points, injective, context: made({ hidden: 5 }) }),
        gmvae({ ...points, components: 2, context: made() }),
      ]
      for (const model of models) {
        await expectReruns(model, pinwheel({ train: 40, seed: 1 }).train, { epochs: 2, batchSize: 10 })
        model.dispose()
      }
    }))

  it('draws rows as often as they are likely, and the mean of one draw is right on average', () =>
    expectNoLeaks(async () => {
      const model = lidvae({ ...common, latent: 1, injective, context: made() })
      disturb(model.parameters, new Random(4), 0.8)
      const { logGivenW } = await gridLogLikelihood(model, every)
      const count = 4000
      const { x, mean } = await sample(model, { count, seed: 2 })
      const seen = new Array<number>(2 ** DIM).fill(0)
      for (const row of rowsOf(x, DIM)) seen[row.reduce((index, bit, d) => index + bit * 2 ** d, 0)]++
      nearNumber(sum(logGivenW.map(Math.exp)), 1, 1e-5)
      seen.forEach((times, i) => {
        const p = Math.exp(logGivenW[i])
        const sd = Math.sqrt((p * (1 - p)) / count)
        assert.ok(Math.abs(times / count - p) < 4.5 * sd + 1e-4, `row ${i}: ${times / count}, expected ${p}`)
      })
      for (let d = 0; d < DIM; d++) {
        const p = sum(everyRow(DIM).map((row, i) => row[d] * Math.exp(logGivenW[i])))
        nearNumber(sum(rowsOf(mean, DIM).map((row) => row[d])) / count, p, 0.04)
      }
      model.dispose()
    }))

  it('decodes every code with the same random numbers, and reconstructs from z alone', () =>
    expectNoLeaks(async () => {
      const model = vae({ ...common, context: made() })
      disturb(model.parameters, new Random(5))
      const [a, b, c] = rowsOf(await decode(model, [1, 2, -1, 0.5, 1, 2]), DIM)
      assert.deepEqual(a, c)
      assert.notDeepEqual(a, b)
      const again = await reconstruct(model, images.take(3))
      assert.equal(again.length, 3 * DIM)
      assert.ok(again.every((p) => p > 0 && p < 1))
      model.dispose()
    }))

  it('has the metrics of every model: quadrature, surface, diagnosis', () =>
    expectNoLeaks(async () => {
      const model = vae({ ...common, latent: 1, context: made() })
      disturb(model.parameters, new Random(6))
      const { values } = await gridLogLikelihood(model, every)
      nearNumber(sum(values.map(Math.exp)), 1, 1e-5)
      const { logX } = await gridPosterior(model, every.rows([5]))
      nearNumber(logX, values[5], 1e-4)
      const found = await diagnose(model, images)
      assert.ok(found.elbo.value < 0)
      const two = vae({ ...common, context: made() })
      const { logLikelihood } = await likelihoodSurface(two, every, { size: 3 })
      assert.ok(logLikelihood.length === 9 && logLikelihood.every((value) => value < 0))
      for (const each of [model, two]) each.dispose()
    }))

  it('is judged by the witness: found where z is ignored, and not on the identifiable twin', () =>
    expectNoLeaks(async () => {
      const plain = vae({ ...common, context: made() })
      const U = plain.parameters.variables.get('decoder/context/0/U')!
      tf.tidy(() => U.assign(tf.zerosLike(U)))
      const twin = lidvae({ ...common, injective, context: made() })
      const options = { candidates: 256, steps: 20 }
      const [dead, alive] = [await witness(plain, options), await witness(twin, options)]
      assert.deepEqual([dead.found, dead.everywhere, dead.deadUnits, dead.rows], [true, 1, [0, 1], 4])
      assert.equal(alive.found, false)
      assert.match(alive.summary, /Summed over the features of 4 draws of the model/)
      for (const each of [plain, twin]) each.dispose()
    }))

  it('keeps the certificate of the map at the output', () =>
    expectNoLeaks(async () => {
      const twin = lidvae({ ...common, injective, context: made() })
      const { constant, floor } = certify(twin)
      near([floor], [0.25], 1e-6)
      const ratios = await certificateRatios(twin, { pairs: 100 })
      assert.ok(Math.min(...ratios) >= constant * (1 - 1e-4))
      const plain = vae({ ...common, context: made() })
      assert.equal(certify(plain).constant, 0)
      await assert.rejects(certificateRatios(plain), /features are independent given z/)
      await assert.rejects(exportDecoder(plain, 'nowhere'), /features are independent given z/)
      for (const each of [plain, twin]) each.dispose()
    }))
})
