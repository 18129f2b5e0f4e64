import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { Draws, drawKey } from '../../src/compute/draws'
import { vampPrior } from '../../src/fixes/vampPrior'
import { realNvp } from '../../src/layers/realNvp'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { fit } from '../../src/training/fit'
import { logNormal, posteriorAt, readModel } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages, tinyPoints } from '../support/models'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbersOfAll, rowsOf } from '../support/tables'

const DIM = 6
const COMPONENTS = 4
const prior = vampPrior({ components: COMPONENTS })
const common = { latent: 2, hidden: 5, seed: 1 }
const kinds: [string, () => Model][] = [
  ['vae, bernoulli', () => vae({ ...common, likelihood: bernoulli(DIM), prior })],
  [
    'lidvae, gaussian',
    () => lidvae({ ...common, likelihood: gaussian(DIM), prior, injective: { hiddenLatent: 4 } }),
  ],
]
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** log p(z) in doubles, from the weights of the encoder and the free numbers of the pseudo-inputs. */
function logPrior(model: Model, free: ArrayLike<number>, z: number[]): number {
  const read = readModel(model)
  const inputs = rowsOf(free, DIM).map((u) => (model.likelihood.name === 'bernoulli' ? u.map(sigmoid) : u))
  const logs = inputs.map((u) => {
    const { mean, sd } = posteriorAt(read, u)
    return z.reduce((sum, value, i) => sum + logNormal(value, mean[0][i], sd[0][i]), 0)
  })
  const most = Math.max(...logs)
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / COMPONENTS)
}

onEachEngine('vampPrior', () => {
  for (const [title, build] of kinds) {
    const disturbed = (): Model => {
      const model = build()
      disturb(model.parameters, new Random(5), 0.5)
      return model
    }
    const pseudo = (model: Model) => model.parameters.variables.get('prior/pseudo-inputs')!

    it(`is the mixture of posteriors at the pseudo-inputs, with the gradient of finite differences: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed()
        const z = [0.3, -0.8]
        const free = Array.from(pseudo(model).dataSync())
        const [[value], gradient, [atZ]] = numbersOfAll(() => {
          const f = (): tf.Scalar => tf.sum(model.prior.logProb!(tf.tensor2d(z, [1, 2])))
          const { value: v, grads } = tf.variableGrads(f, [pseudo(model)])
          const ofZ = tf.grad((t: tf.Tensor) => tf.sum(model.prior.logProb!(t)))(tf.tensor2d(z, [1, 2]))
          return [v, Object.values(grads)[0], ofZ]
        })
        nearNumber(value, logPrior(model, free, z), 5e-6)
        near(
          gradient,
          finiteDifferences(() => logPrior(model, free, z), free),
          2e-5,
          'gradient',
        )
        nearNumber(atZ, finiteDifferences(() => logPrior(model, free, z), z)[0], 2e-5)
        model.dispose()
      }))

    it(`integrates to one, and its draws have its moments: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed()
        const [mean, sd] = numbersOfAll(() => {
          const moments = model.prior.moments()
          return [moments.mean, moments.sd]
        })
        const points = 201
        const at = (u: number, i: number): number => mean[u] + sd[u] * 12 * (i / (points - 1) - 0.5) * 2
        const z = Array.from({ length: points ** 2 }, (_, n) => [
          at(0, Math.floor(n / points)),
          at(1, n % points),
        ])
        const [log, draws] = numbersOfAll(() => [
          tf.sum(model.prior.logProb!(tf.tensor2d(z)), 1),
          model.drawPrior(new Draws(drawKey(2, 1)), 40000),
        ])
        const cell = (at(0, 1) - at(0, 0)) * (at(1, 1) - at(1, 0))
        nearNumber(log.reduce((sum, l) => sum + Math.exp(l), 0) * cell, 1, 2e-3)
        for (const u of [0, 1]) {
          const column = draws.filter((_, i) => i % 2 === u)
          const average = column.reduce((a, b) => a + b, 0) / column.length
          const spread = Math.sqrt(column.reduce((a, b) => a + (b - average) ** 2, 0) / column.length)
          assert.ok(Math.abs(average - mean[u]) < 0.03 * sd[u])
          assert.ok(Math.abs(spread - sd[u]) < 0.03 * sd[u])
        }
        model.dispose()
      }))

    it(`has the KL at the draw, which importance weights use too: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed()
        const data = (title.includes('bernoulli') ? tinyImages : tinyPoints)(3, DIM)
        const free = Array.from(pseudo(model).dataSync())
        const [klZ, z, logRatio, logLikelihood] = numbersOfAll(() => {
          const x = tf.tensor2d(data.x, [3, DIM])
          const key = () => new Draws(drawKey(7, 1))
          const terms = model.importanceTerms(x, key(), 1)
          return [model.elboTerms(x, key()).klZ, terms.z, terms.logRatio, terms.logLikelihood]
        })
        const read = readModel(model)
        rowsOf(z, 2).forEach((drawn, i) => {
          const { mean, sd } = posteriorAt(read, rowsOf(data.x, DIM)[i])
          const logQ = drawn.reduce((sum, value, u) => sum + logNormal(value, mean[0][u], sd[0][u]), 0)
          const kl = logQ - logPrior(model, free, drawn)
          nearNumber(klZ[2 * i] + klZ[2 * i + 1], kl, 1e-5)
          nearNumber(logRatio[i], logLikelihood[i] - kl, 1e-5)
        })
        model.dispose()
      }))
  }

  it('starts at data points, and in a mixture has a pseudo-input for each component', () =>
    expectNoLeaks(async () => {
      for (const build of [gmvae, lidmvae]) {
        const model = build({ ...common, likelihood: bernoulli(DIM), components: 3, prior: vampPrior() })
        const train = tinyImages(20, DIM)
        const { sgd } = await import('../../src/compute/optimizers')
        await fit(model, train, { epochs: 1, verbose: false, optimizer: sgd({ rate: 0 }) })
        const [free, mean, encoded] = numbersOfAll(() => {
          const pseudo = model.parameters.variables.get('prior/pseudo-inputs')!
          return [
            tf.sigmoid(pseudo),
            model.prior.moments().mean,
            model.posterior.encode(tf.sigmoid(pseudo)).mean,
          ]
        })
        near(mean, encoded, 1e-6)
        const rows = rowsOf(train.x, DIM).map((row) => row.join())
        for (const row of rowsOf(free, DIM)) assert.ok(rows.includes(row.map(Math.round).join()))
        model.dispose()
      }
    }))

  it('refuses posteriors that are not normal', () =>
    expectNoLeaks(() => {
      const likelihood = bernoulli(DIM)
      assert.throws(
        () => vae({ ...common, likelihood, prior, flow: realNvp() }),
        /`prior` must be .*, got 'vampPrior'/,
      )
      const posterior = 'q(w|x) q(z|x,w)'
      assert.throws(
        () => gmvae({ ...common, likelihood, components: 3, prior, posterior }),
        /a single normal/,
      )
    }))
})
