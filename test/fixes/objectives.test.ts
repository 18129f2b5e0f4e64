import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Draws, drawKey } from '../../src/compute/draws'
import { ArgumentError } from '../../src/base/errors'
import { betaVae } from '../../src/fixes/betaVae'
import { freeBits } from '../../src/fixes/freeBits'
import { klThreshold } from '../../src/fixes/klThreshold'
import { importanceWeighted } from '../../src/fixes/importanceWeighted'
import { logNormal, readModel } from '../support/elboReference'
import type { Model } from '../../src/models/model'
import { readWeights } from '../../src/models/weights'

import { fit } from '../../src/training/fit'
import { elboObjective, objectiveOn, type Objective } from '../../src/training/objective'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { COMPONENTS, dataFor, DIM, LATENT, variants } from '../support/models'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbersOfAll } from '../support/tables'

const size = 6
const tested = variants.filter(({ likelihood }) => likelihood === 'bernoulli')
const key = (): Draws => new Draws(drawKey(7, 3))

/** The objective's loss on some rows, and the ELBO's terms at the same draws. */
function at(model: Model, objective: Objective, klWeight = 1) {
  const x = dataFor('bernoulli', size).x
  const [[loss], reconstruction, klZ, klW] = numbersOfAll(() => {
    const rows = tf.tensor2d(x, [size, DIM])
    const terms = model.elboTerms(rows, key())
    const { loss } = objectiveOn(objective, model).loss({ x: rows, klWeight: tf.scalar(klWeight) }, key())
    return [loss, terms.reconstruction, terms.klZ, terms.klW]
  })
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / size
  const units = Array.from({ length: LATENT }, (_, u) => mean(klZ.filter((_, i) => i % LATENT === u)))
  return { loss, reconstruction: mean(reconstruction), units, klW: mean(klW) }
}

onEachEngine('objectives', () => {
  for (const { title, build } of tested) {
    const disturbed = (): Model => {
      const model = build()
      disturb(model.parameters, new Random(12), 0.4)
      return model
    }

    it(`β = 1 and zero free bits train like the ELBO, bit for bit: ${title}`, () =>
      expectNoLeaks(async () => {
        const train = dataFor('bernoulli', 30)
        const trained = async (objective?: Objective) => {
          const model = build()
          await fit(model, train, { epochs: 2, batchSize: 10, verbose: false, objective })
          const weights = readWeights(model)
          model.dispose()
          return weights
        }
        const plain = await trained()
        for (const same of [betaVae({ beta: 1 }), freeBits({ perUnit: 0 }), klThreshold({ total: 0 })])
          assert.deepEqual(await trained(same), plain, same.name)
        // One model tells that the comparison can fail, and that the ELBO is the default.
        if (title !== tested[0].title) return
        assert.deepEqual(await trained(elboObjective()), plain)
        for (const other of [betaVae({ beta: 0.5 }), freeBits({ perUnit: 9 }), klThreshold({ total: 99 })])
          assert.notDeepEqual(await trained(other), plain, other.name)
      }))

    it(`β weights the KL, free bits take a maximum per unit or in total: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed()
        const { reconstruction, units, klW } = at(model, elboObjective())
        const klZ = units.reduce((a, b) => a + b, 0)
        nearNumber(at(model, betaVae({ beta: 0.2 }), 0.5).loss, 0.1 * (klZ + klW) - reconstruction, 1e-5)
        const λ = (Math.min(...units) + Math.max(...units)) / 2
        const free = units.reduce((sum, kl) => sum + Math.max(λ, kl), 0)
        const w = model.components > 1 ? Math.max(λ, klW) : 0
        nearNumber(at(model, freeBits({ perUnit: λ })).loss, free + w - reconstruction, 1e-5)
        const [below, above] = [(klZ + klW) / 2, 2 * (klZ + klW)]
        nearNumber(at(model, klThreshold({ total: below })).loss, klZ + klW - reconstruction, 1e-5)
        nearNumber(at(model, klThreshold({ total: above }), 0.5).loss, above / 2 - reconstruction, 1e-5)
        model.dispose()
      }))

    it(`the history has the weight of the KL in the loss: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = build()
        const klWeight = (progress: number): number => 0.5 + progress / 2
        const objective = betaVae({ beta: 0.2 })
        // One step an epoch, so that a row is a step.
        const options = { epochs: 3, batchSize: 10, verbose: false, objective, klWeight }
        const { rows } = await fit(model, dataFor('bernoulli', 10), options)
        rows.forEach((row, i) => {
          nearNumber(row.klWeight, 0.2 * (0.5 + i / 6), 1e-12)
          nearNumber(row.loss, row.klWeight * (row.klZ + row.klW) - row.reconstruction, 1e-5)
        })
        model.dispose()
      }))

    it(`the importance-weighted bound with one draw is the ELBO with the KL at the draw, draw for draw: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed()
        const x = dataFor('bernoulli', size).x
        const { branches } = model.posterior
        const [[loss], logLikelihood, z, mean, sd, logW] = numbersOfAll(() => {
          const rows = tf.tensor2d(x, [size, DIM])
          const { loss } = objectiveOn(importanceWeighted({ samples: 1 }), model).loss(
            { x: rows, klWeight: tf.scalar(1) },
            key(),
          )
          const terms = model.importanceTerms(rows, key(), 1)
          const q = model.posterior.encode(rows)
          return [loss, terms.logLikelihood, terms.z, q.mean, q.sd, q.logW]
        })
        const { priorMean, priorSd } = readModel(model)
        let elbo = 0
        for (let i = 0; i < size; i++)
          for (let k = 0; k < model.components; k++) {
            const weight = Math.exp(logW[i * model.components + k])
            const row = i * branches + (branches > 1 ? k : 0)
            const of = (values: number[]): number[] => values.slice(row * LATENT, (row + 1) * LATENT)
            const kl = of(z).reduce(
              (sum, value, u) =>
                sum +
                logNormal(value, of(mean)[u], of(sd)[u]) -
                logNormal(value, priorMean[k][u], priorSd[k][u]),
              0,
            )
            elbo += weight * (logLikelihood[row] - kl - Math.log(weight) - Math.log(model.components))
          }
        nearNumber(loss, -elbo / size, 1e-5)
        if (model.components > 1) assert.equal(model.components, COMPONENTS)
        model.dispose()
      }))

    it(`the bound rises with its draws: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed()
        const rows = 100 * size
        const x = dataFor('bernoulli', rows).x
        const bounds = [1, 5, 25].map((samples) => {
          const losses = Array.from({ length: 12 }, (_, i) => {
            const { loss } = objectiveOn(importanceWeighted({ samples: samples }), model)
            return numbersOfAll(() => [
              loss({ x: tf.tensor2d(x, [rows, DIM]), klWeight: tf.scalar(1) }, new Draws(drawKey(5, i))).loss,
            ])[0][0]
          })
          const mean = losses.reduce((a, b) => a + b, 0) / losses.length
          const spread = Math.sqrt(losses.reduce((a, b) => a + (b - mean) ** 2, 0)) / losses.length
          return { mean: -mean, error: spread }
        })
        for (const i of [0, 1]) {
          const gain = bounds[i + 1].mean - bounds[i].mean
          assert.ok(gain > 3 * Math.hypot(bounds[i].error, bounds[i + 1].error), `gain ${gain}`)
        }
        model.dispose()
      }))
  }

  it('refuses settings that make no sense', async () => {
    assert.throws(() => betaVae({ beta: -1 }), ArgumentError)
    assert.throws(() => freeBits({ perUnit: -1 }), ArgumentError)
    assert.throws(() => klThreshold({ total: -1 }), ArgumentError)
    assert.throws(() => importanceWeighted({ samples: 0 }), ArgumentError)
    const model = tested[0].build()
    const options = {
      epochs: 1,
      verbose: false,
      klWeight: 0.5,
      objective: importanceWeighted({ samples: 2 }),
    }
    await assert.rejects(fit(model, dataFor('bernoulli', 20), options), /`klWeight` must be .*, got 0.5/)
    model.dispose()
  })
})
