import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bernoulli } from '../../src/distributions/bernoulli'
import { realNvp } from '../../src/layers/realNvp'
import { evaluate } from '../../src/metrics/evaluate'
import { kl } from '../../src/metrics/kl'
import { elbo } from '../../src/metrics/logLikelihood'
import { rateDistortion } from '../../src/metrics/rateDistortion'
import { vae } from '../../src/models/builders'
import { onEachEngine } from '../support/engines'
import { tinyImages } from '../support/models'
import { near, nearNumber } from '../support/near'
import { evaluationByHand } from './byHand'
import { calibrated } from './calibration'
import { drawX, exactInference, standard } from './known'

describe('kl', () => {
  it('sums units, averages data points, and reports each unit and w separately', () => {
    const { z, w, units } = kl({
      size: 2,
      latent: 3,
      klZ: Float32Array.of(1, 2, 3, 4, 5, 9),
      klW: Float64Array.of(0.25, 0.75),
    })
    nearNumber(z.value, 12, 1e-12)
    nearNumber(z.standardError, 6, 1e-12)
    nearNumber(w.value, 0.5, 1e-12)
    nearNumber(w.standardError, 0.25, 1e-12)
    near(
      units.map((u) => u.value),
      [2.5, 3.5, 6],
      1e-12,
    )
    near(
      units.map((u) => u.standardError),
      [1.5, 1.5, 3],
      1e-12,
    )
  })

  it('has a calibrated standard error', () => {
    // Of a linear VAE with its exact posterior E KL = I(x; z) = ½ log(1 + a²/σ²).
    const known = standard([1.2], 0.9)
    calibrated(
      0.5 * Math.log(1 + (1.2 / 0.9) ** 2),
      (random) =>
        kl(evaluationByHand(known, drawX(known, 100, random), exactInference(known), { samples: 1 })).z,
    )
  })
})

onEachEngine('the account of an estimate', () => {
  it('reports whether the KL is in closed form', async () => {
    const options = { likelihood: bernoulli(4), latent: 2, hidden: 5, seed: 1 }
    for (const [model, said, inBound] of [
      [vae(options), /^closed form, 10 data points$/, /closed-form KL/],
      [
        vae({ ...options, flow: realNvp({ hidden: 4 }) }),
        /^one draw per data point, 10 data points$/,
        /sampled KL/,
      ],
    ] as const) {
      const evaluation = await evaluate(model, tinyImages(10, 4), { samples: 2 })
      assert.match(kl(evaluation).z.estimator, said)
      assert.match(kl(evaluation).w.estimator, /^closed form/)
      assert.match(elbo(evaluation).estimator, inBound)
      assert.match(rateDistortion(evaluation).rate.estimator, inBound)
      model.dispose()
    }
  })
})
