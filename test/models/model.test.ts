import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Draws, drawKey } from '../../src/compute/draws'
import type { Model } from '../../src/models/model'
import { elboAt, etaAt, logLikelihoodAt, logNormal, posteriorAt, readModel } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { COMPONENTS, dataFor, DIM, LATENT, variants } from '../support/models'
import { near } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, numbersOfAll, readWeights, rowsOf } from '../support/tables'

const batch = 5
const key = (): Draws => new Draws(drawKey(11, 3))

/** A model away from its start, so that no part of the ELBO is trivially zero. */
function disturbed(build: (seed?: number) => Model): Model {
  const model = build()
  // Rates of counts are exponential in η: moved as far as the others, they overflow.
  disturb(model.parameters, new Random(12), model.likelihood.encode === 'log1p' ? 0.15 : 0.4)
  return model
}

/** The parts of the ELBO, as numbers. */
const elbo = (model: Model, x: number[]): number[][] =>
  numbersOfAll(() => {
    const terms = model.elboTerms(tf.tensor2d(x, [x.length / DIM, DIM]), key())
    return [terms.reconstruction, terms.klZ, terms.klW]
  })

onEachEngine('model', () => {
  for (const { title, kind, likelihood, build } of variants) {
    const x = Array.from(dataFor(likelihood, batch).x)

    it(`has the ELBO that enumerating w in doubles gives: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed(build)
        assert.equal(model.kind, kind)
        const shapes = tf.tidy(() =>
          Object.entries(model.elboTerms(tf.tensor2d(x, [batch, DIM]), key())).map(([name, t]) => [
            name,
            (t as tf.Tensor).shape,
          ]),
        )
        assert.deepEqual(Object.fromEntries(shapes), {
          reconstruction: [batch],
          klZ: [batch, LATENT],
          klW: [batch],
        })
        const J = model.posterior.branches
        const noise = rowsOf(
          numbers(() => key().normal('z', [batch, J, LATENT])),
          LATENT,
        )
        const read = readModel(model)
        const expected = rowsOf(x, DIM).map((row, n) => elboAt(read, row, noise.slice(n * J, (n + 1) * J)))
        const [reconstruction, klZ, klW] = elbo(model, x)
        near(
          reconstruction,
          expected.map((e) => e.reconstruction),
          5e-6,
          'reconstruction',
        )
        near(
          klZ,
          expected.flatMap((e) => e.klZ),
          5e-6,
          'KL of z',
        )
        near(
          klW,
          expected.map((e) => e.klW),
          5e-6,
          'KL of w',
        )
        if (kind === 'gmvae' || kind === 'lidmvae') assert.ok(klW.every((value) => value > 1e-4))
        model.dispose()
      }))

    it(`gives every weight a finite gradient that is not zero: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed(build)
        const names = [...model.parameters.variables.keys()]
        const variables = [...model.parameters.variables.values()]
        const gradients = numbersOfAll(() => {
          const loss = (): tf.Scalar => {
            const { reconstruction, klZ, klW } = model.elboTerms(tf.tensor2d(x, [batch, DIM]), key())
            return tf.sub(tf.add(tf.sum(klZ), tf.sum(klW)), tf.sum(reconstruction))
          }
          const { grads } = tf.variableGrads(loss, variables)
          return variables.map((v) => grads[v.name])
        })
        names.forEach((name, i) => {
          assert.ok(gradients[i].every(Number.isFinite), name)
          assert.ok(
            gradients[i].some((g) => g !== 0),
            name,
          )
        })
        model.dispose()
      }))

    it(`starts the same from the same seed, bit for bit, and otherwise from another: ${title}`, () =>
      expectNoLeaks(() => {
        const [a, b, other] = [build(1), build(1), build(2)]
        assert.deepEqual(readWeights(a.parameters), readWeights(b.parameters))
        assert.deepEqual(elbo(a, x), elbo(b, x))
        const [first, second] = [readWeights(a.parameters), readWeights(other.parameters)]
        for (const name of Object.keys(first).filter((n) => /\/(W|A\d)$/.test(n)))
          assert.notDeepEqual(first[name], second[name], name)
        assert.notDeepEqual(elbo(a, x), elbo(other, x))
        for (const model of [a, b, other]) model.dispose()
      }))

    it(`weights draws of z by the densities, and scores draws of the prior: ${title}`, () => {
      const model = disturbed(build)
      const [J, K] = [model.posterior.branches, model.components]
      const samples = 3
      const [logRatio, logLikelihood, z, fromPrior, priorZ] = numbersOfAll(() => {
        const rows = tf.tensor2d(x, [batch, DIM])
        const terms = model.importanceTerms(rows, key(), samples)
        assert.deepEqual(terms.logRatio.shape, [batch, samples, K])
        assert.deepEqual(terms.logLikelihood.shape, [batch, samples, J])
        assert.deepEqual(terms.z.shape, [batch, samples, J, LATENT])
        const scored = model.priorLogLikelihood(rows, key(), samples)
        assert.deepEqual(scored.shape, [batch, samples])
        return [terms.logRatio, terms.logLikelihood, terms.z, scored, model.drawPrior(key(), batch * samples)]
      })
      const read = readModel(model)
      const sum = (values: number[]): number => values.reduce((s, v) => s + v, 0)
      const fits: number[] = []
      const ratios: number[] = []
      const scores: number[] = []
      rowsOf(x, DIM).forEach((row, n) => {
        const { mean, sd } = posteriorAt(read, row)
        for (let s = 0; s < samples; s++) {
          const at = (j: number): number[] =>
            z.slice(((n * samples + s) * J + j) * LATENT, ((n * samples + s) * J + j + 1) * LATENT)
          for (let j = 0; j < J; j++) fits.push(logLikelihoodAt(read, row, etaAt(read, at(j))))
          for (let w = 0; w < K; w++) {
            const j = J === 1 ? 0 : w
            const logP = sum(at(j).map((v, u) => logNormal(v, read.priorMean[w][u], read.priorSd[w][u])))
            const logQ = sum(at(j).map((v, u) => logNormal(v, mean[j][u], sd[j][u])))
            ratios.push(logLikelihoodAt(read, row, etaAt(read, at(j))) + logP - logQ)
          }
          const i = n * samples + s
          scores.push(logLikelihoodAt(read, row, etaAt(read, priorZ.slice(i * LATENT, (i + 1) * LATENT))))
        }
      })
      near(logLikelihood, fits, 1e-5, 'log p(x|z)')
      near(logRatio, ratios, 1e-5, 'log weight')
      near(fromPrior, scores, 1e-5, 'log p(x|z), z from the prior')
      model.dispose()
    })
  }

  it('draws from the prior: components with equal probability, each with its mean and γ', () => {
    const gmvae = variants.find((v) => v.kind === 'lidmvae')
    assert.ok(gmvae)
    const model = gmvae.build()
    const gamma = model.parameters.variables.get('prior/gamma')
    tf.tidy(() =>
      gamma?.assign(
        tf.tensor2d([
          [-3, 0],
          [0.5, -1],
          [1, -2],
        ]),
      ),
    )
    const { priorMean, priorSd } = readModel(model)
    const count = 20000
    const noise = numbers(() => key().normal('prior z', [count, LATENT]))
    const all = rowsOf(
      numbers(() => model.drawPrior(key(), count)),
      LATENT,
    )
    const used = Array.from({ length: COMPONENTS }, () => 0)
    all.forEach((z, i) => {
      const w = priorMean.findIndex((mean, k) =>
        z.every((v, u) => Math.abs(v - (mean[u] + priorSd[k][u] * noise[i * LATENT + u])) < 1e-4),
      )
      assert.ok(w >= 0, 'each draw is of a component')
      used[w]++
    })
    const share = count / COMPONENTS
    for (const n of used) assert.ok(Math.abs(n - share) < 5 * Math.sqrt(share), `used ${used.join(', ')}`)
    for (let w = 0; w < COMPONENTS; w++) {
      const z = rowsOf(
        numbers(() => model.drawPrior(key(), count, w)),
        LATENT,
      )
      for (let u = 0; u < LATENT; u++) {
        const mean = z.reduce((s, row) => s + row[u], 0) / count
        const sd = Math.sqrt(z.reduce((s, row) => s + (row[u] - mean) ** 2, 0) / count)
        assert.ok(Math.abs(mean - priorMean[w][u]) < (5 * priorSd[w][u]) / Math.sqrt(count))
        assert.ok(Math.abs(sd / priorSd[w][u] - 1) < 5 / Math.sqrt(2 * count))
      }
    }
    model.dispose()
  })
})
