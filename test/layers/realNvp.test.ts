import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { LuDecomposition, Matrix } from 'ml-matrix'
import { bernoulli } from '../../src/distributions/bernoulli'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { realNvp } from '../../src/layers/realNvp'
import { evaluate } from '../../src/metrics/evaluate'
import { elbo, logLikelihood } from '../../src/metrics/logLikelihood'
import { mutualInformation } from '../../src/metrics/mutualInformation'
import { lidmvae, lidvae, vae } from '../../src/models/builders'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'
import { near } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbersOfAll } from '../support/tables'

/** A flow far from the identity. */
function made(latent: number, couplings = 2) {
  const parameters = Parameters.from(1)
  const flow = realNvp({ couplings, hidden: 6 })(parameters, latent)
  disturb(parameters, new Random(3), 0.4)
  return { parameters, flow }
}

onEachEngine('realNvp', () => {
  it('is the identity at the start', () => {
    const parameters = Parameters.from(1)
    const flow = realNvp()(parameters, 3)
    const x = new Random(1).normals(12)
    const [z, logDet] = numbersOfAll(() => Object.values(flow.forward(tf.tensor2d(x, [4, 3]))))
    near(z, x, 1e-7)
    near(
      logDet,
      x.map(() => 0),
      1e-7,
    )
    parameters.dispose()
  })

  for (const latent of [2, 3, 5])
    it(`is inverted exactly, with the same determinant: ${latent} units`, () =>
      expectNoLeaks(() => {
        const { parameters, flow } = made(latent, 3)
        const shape = [4, 5, 1, latent]
        const x = new Random(2).normals(20 * latent)
        const [z, there, back, again] = numbersOfAll(() => {
          const forward = flow.forward(tf.tensor(x, shape))
          const inverse = flow.inverse(forward.z)
          return [forward.z, forward.logDet, inverse.base, inverse.logDet]
        })
        near(back, x, 1e-4)
        near(again, there, 1e-4)
        assert.ok(
          z.some((value, i) => Math.abs(value - x[i]) > 0.1),
          'it moves something',
        )
        parameters.dispose()
      }))

  it('has the determinant that finite differences have', () => {
    const latent = 4
    const { parameters, flow } = made(latent)
    const x = new Random(4).normals(latent)
    const h = 1e-2
    const at = (point: number[]): number[] =>
      numbersOfAll(() => [flow.forward(tf.tensor2d(point, [1, latent])).z])[0]
    const columns = x.map((_, j) => {
      const [up, down] = [1, -1].map((sign) => at(x.map((value, i) => value + (i === j ? sign * h : 0))))
      return up.map((value, i) => (value - down[i]) / (2 * h))
    })
    const { determinant } = new LuDecomposition(new Matrix(columns))
    const [logDet] = numbersOfAll(() => [tf.sum(flow.forward(tf.tensor2d(x, [1, latent])).logDet)])
    near(logDet, [Math.log(Math.abs(determinant))], 2e-3)
    parameters.dispose()
  })

  it('makes a density that integrates to one in two dimensions', () => {
    const { parameters, flow } = made(2)
    const [count, reach] = [401, 14]
    const cell = (2 * reach) / (count - 1)
    const points = Array.from({ length: count * count }, (_, i) => [
      -reach + cell * Math.floor(i / count),
      -reach + cell * (i % count),
    ])
    const [density] = numbersOfAll(() => {
      const { base, logDet } = flow.inverse(tf.tensor2d(points))
      const logBase = tf.sub(tf.mul(-0.5, tf.sum(tf.square(base), 1)), Math.log(2 * Math.PI))
      return [tf.exp(tf.sub(logBase, tf.sum(logDet, 1)))]
    })
    const integral = density.reduce((a, b) => a + b, 0) * cell * cell
    assert.ok(Math.abs(integral - 1) < 2e-3, `it is ${integral}`)
    parameters.dispose()
  })

  it('trains after every posterior, in the graph, with an ELBO below the evidence', () =>
    expectNoLeaks(async () => {
      const train = tinyImages(60, 12)
      const common = {
        likelihood: bernoulli(12),
        latent: 3,
        hidden: 8,
        flow: realNvp({ hidden: 8 }),
        seed: 1,
      }
      const models = [
        vae(common),
        lidvae(common),
        lidmvae({ ...common, components: 2 }),
        lidmvae({ ...common, components: 2, posterior: 'q(w|x) q(z|x,w)' }),
      ]
      for (const model of models) {
        const history = await fit(model, train, { epochs: 8, batchSize: 20, verbose: false })
        assert.ok(history.rows.at(-1)!.loss < history.rows[0].loss)
        const evaluation = await evaluate(model, train, { samples: 40 })
        const [bound, evidence] = [elbo(evaluation), logLikelihood(evaluation)]
        assert.ok(bound.value <= evidence.value + 3 * (bound.standardError + evidence.standardError))
        const { value, cap } = mutualInformation(evaluation).z
        assert.ok(value > -0.5 && value <= cap! + 1e-6)
        model.dispose()
      }
    }))

  it('refuses a model with one latent unit', () => {
    assert.throws(() => vae({ likelihood: bernoulli(3), latent: 1, flow: realNvp() }), ArgumentError)
    assert.throws(() => realNvp({ couplings: 0 }), ArgumentError)
  })
})
