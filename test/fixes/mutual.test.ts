import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Matrix, determinant } from 'ml-matrix'
import { gaussian } from '../../src/distributions/gaussian'
import { adam } from '../../src/compute/optimizers'
import { mutual } from '../../src/fixes/mutual'
import { dense } from '../../src/layers/dense'
import { vae } from '../../src/models/builders'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyPoints } from '../support/models'
import { rowsOf } from '../support/tables'

const [DIM, LATENT, SIGMA] = [4, 2, 1]
const linear = () =>
  vae({
    likelihood: gaussian(DIM, { sigma: SIGMA }),
    latent: LATENT,
    seed: 1,
    encoder: (p, from, to) => dense(p, 'z', from, to),
    decoder: (p, from, to) => dense(p, 'decoder', from, to),
  })

/** I(x, z) = ½ log det(1 + W Wᵀ/σ²) of the linear model, nats. */
function information(weights: Record<string, Float32Array>): number {
  const W = new Matrix(rowsOf(weights['decoder/W'], DIM))
  return Math.log(determinant(Matrix.eye(LATENT).add(W.mmul(W.transpose()).div(SIGMA ** 2)))) / 2
}

onEachEngine('mutual', (engine) => {
  const train = tinyPoints(400, DIM)
  const options: FitOptions = {
    epochs: 120,
    batchSize: 100,
    seed: 3,
    verbose: false,
    optimizer: adam({ rate: (t) => 0.02 * (1 - t) + 1e-4 }),
  }

  it('holds a linear Gaussian model at the requested information, within 10 %', () =>
    expectNoLeaks(async () => {
      const plain = linear()
      await fit(plain, train, options)
      const without = information(readWeights(plain))
      plain.dispose()
      for (const target of engine === 'wasm' ? [2.5] : [0.4, 2.5]) {
        assert.ok(Math.abs(without - target) > 0.2 * target, 'the plain model is elsewhere')
        const model = linear()
        const objective = mutual({
          information: target,
          network: (p, from, to) => dense(p, 'r', from, to),
        })
        const history = await fit(model, train, { ...options, objective })
        const reached = information(readWeights(model))
        assert.ok(Math.abs(reached - target) < 0.1 * target, `${reached}, expected ${target}`)
        // One epoch's estimate is of 400 draws: thirty of them agree with the closed form to a few hundredths of a nat.
        const seen = history.rows.slice(-30) as unknown as { information: number }[]
        const estimate = seen.reduce((sum, row) => sum + row.information, 0) / seen.length
        assert.ok(Math.abs(estimate - reached) < 0.05 * Math.max(1, target), `${estimate}, truly ${reached}`)
        model.dispose()
      }
    }))

  it('resumes after a stop with the bits of an uninterrupted training, r included', () =>
    expectNoLeaks(async () => {
      const build = { ...options, epochs: 3, objective: mutual({ information: 1 }) }
      const unbroken = linear()
      await fit(unbroken, train, build)
      const model = linear()
      const stop = new AbortController()
      const onStep = (step: number): unknown => step === 5 && stop.abort()
      const first = await fit(model, train, { ...build, signal: stop.signal, onStep })
      await fit(model, train, { ...build, resume: first })
      assert.deepEqual(readWeights(model), readWeights(unbroken))
      unbroken.dispose()
      model.dispose()
    }))
})
