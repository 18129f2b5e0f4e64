import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { gaussian } from '../../src/distributions/gaussian'
import { Draws, drawKey } from '../../src/compute/draws'
import { refined, semiAmortized } from '../../src/fixes/semiAmortized'
import { dense } from '../../src/layers/dense'
import { evaluate } from '../../src/metrics/evaluate'
import { logLikelihood } from '../../src/metrics/logLikelihood'
import { gmvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { objectiveOn } from '../../src/training/objective'
import { fit } from '../../src/training/fit'
import { softplus } from '../support/convexReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyPoints } from '../support/models'
import { finiteDifferences, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, numbersOfAll } from '../support/tables'

const [SIZE, DIM, LATENT, SIGMA] = [4, 3, 2, 0.8]
const linear = (): Model =>
  vae({
    likelihood: gaussian(DIM, { sigma: SIGMA }),
    latent: LATENT,
    seed: 1,
    encoder: (p, from, to) => dense(p, 'z', from, to),
    decoder: (p, from, to) => dense(p, 'decoder', from, to),
  })
const data = tinyPoints(SIZE, DIM)
const key = (): Draws => new Draws(drawKey(3, 5))

/**
 * −ELBO after `steps` steps of inference, in doubles and plain loops: an unrolled program whose every weight
 * can be moved.
 */
function lossInDoubles(
  w: Record<string, number[]>,
  noise: number[][],
  steps: number,
  rate: number,
  clipNorm: number,
): number {
  let loss = 0
  for (let i = 0; i < SIZE; i++) {
    const x = Array.from(data.x.slice(i * DIM, (i + 1) * DIM))
    const out = Array.from({ length: 2 * LATENT }, (_, j) =>
      x.reduce((sum, value, d) => sum + value * w['encoder/z/W'][d * 2 * LATENT + j], w['encoder/z/b'][j]),
    )
    const mean = out.slice(0, LATENT)
    const logSd = out.slice(LATENT).map((free) => Math.log(softplus(free) + 1e-3))
    const residuals = (e: number[]): { z: number[]; rest: number[] } => {
      const z = mean.map((m, u) => m + Math.exp(logSd[u]) * e[i * LATENT + u])
      const rest = x.map(
        (value, d) =>
          value - z.reduce((sum, zu, u) => sum + zu * w['decoder/W'][u * DIM + d], w['decoder/b'][d]),
      )
      return { z, rest }
    }
    for (let k = 0; k < steps; k++) {
      const e = noise[k]
      const { rest } = residuals(e)
      const slopes = Array.from({ length: LATENT }, (_, u) => {
        const dz = rest.reduce((sum, r, d) => sum + (r * w['decoder/W'][u * DIM + d]) / SIGMA ** 2, 0)
        const sd = Math.exp(logSd[u])
        return [dz - mean[u], dz * sd * e[i * LATENT + u] - (sd ** 2 - 1)]
      })
      const length = rate * Math.min(1, clipNorm / Math.hypot(...slopes.flat()))
      slopes.forEach(([inMean, inLogSd], u) => {
        mean[u] += length * inMean
        logSd[u] += length * inLogSd
      })
    }
    const { rest } = residuals(noise[steps])
    const fit = rest.reduce(
      (s, r) => s - (r / SIGMA) ** 2 / 2 - Math.log(SIGMA) - Math.log(2 * Math.PI) / 2,
      0,
    )
    const kl = mean.reduce((s, m, u) => s + (m ** 2 + Math.exp(2 * logSd[u]) - 1) / 2 - logSd[u], 0)
    loss += (kl - fit) / SIZE
  }
  return loss
}

onEachEngine('semiAmortized', () => {
  // At 2 some of the points' gradients are clipped and some are not.
  for (const { steps, clipNorm } of [{ steps: 0 }, { steps: 1 }, { steps: 4 }, { steps: 4, clipNorm: 2 }])
    it(`has the gradient of the unrolled program, ${steps} steps${clipNorm ? ', clipped' : ''}`, () =>
      expectNoLeaks(() => {
        const rate = 0.15
        const model = linear()
        disturb(model.parameters, new Random(8), 0.5)
        const { gradients } = objectiveOn(semiAmortized({ steps, rate, clipNorm }), model)
        const names = [...model.parameters.variables.keys()]
        const variables = [...model.parameters.variables.values()]
        const [[loss], ...found] = numbersOfAll(() => {
          const batch = { x: tf.tensor2d(data.x, [SIZE, DIM]), klWeight: tf.scalar(1) }
          const { reported, gradients: all } = gradients!(batch, key(), variables)
          const { loss: value, ...rest } = reported
          const copy = tf.clone(value)
          tf.dispose([value, ...Object.values(rest)])
          return [copy, ...variables.map((v) => all[v.name])]
        })
        const noise = Array.from({ length: steps + 1 }, (_, k) =>
          numbers(() => (k < steps ? key().part(`svi ${k}`) : key()).normal('z', [SIZE, 1, LATENT])),
        )
        const weights = Object.fromEntries(
          names.map((name, i) => [name, Array.from(variables[i].dataSync())]),
        )
        nearNumber(loss, lossInDoubles(weights, noise, steps, rate, clipNorm ?? Infinity), 1e-5)
        const expected = names.map((name) =>
          finiteDifferences(
            () => lossInDoubles(weights, noise, steps, rate, clipNorm ?? Infinity),
            weights[name],
          ),
        )
        names.forEach((name, i) => {
          const size = Math.max(...expected[i].map(Math.abs))
          expected[i].forEach((value, j) => {
            const error = Math.abs(found[i][j] - value)
            assert.ok(error <= 1e-2 * size, `${name}[${j}]: ${found[i][j]}, expected ${value}`)
          })
        })
        model.dispose()
      }))

  it('would be another gradient without the path through the steps', () => {
    const model = linear()
    const names = [...model.parameters.variables.keys()]
    const variables = [...model.parameters.variables.values()]
    const of = (steps: number) =>
      numbersOfAll(() => {
        const batch = { x: tf.tensor2d(data.x, [SIZE, DIM]), klWeight: tf.scalar(1) }
        const objective = objectiveOn(semiAmortized({ steps, rate: 0.15 }), model)
        const { reported, gradients } = objective.gradients!(batch, key(), variables)
        tf.dispose(Object.values(reported))
        return [gradients[variables[names.indexOf('encoder/z/W')].name]]
      })[0]
    const [plain, through] = [of(0), of(4)]
    const size = Math.max(...plain.map(Math.abs))
    assert.ok(Math.max(...plain.map((g, i) => Math.abs(g - through[i]))) > 0.1 * size)
    model.dispose()
  })

  it('trains, and in evaluation the steps tighten the bound, of mixtures too', () =>
    expectNoLeaks(async () => {
      const train = tinyPoints(60, DIM)
      const common = { likelihood: gaussian(DIM, { sigma: 0.7 }), latent: 2, hidden: 8, seed: 1 }
      for (const model of [vae(common), gmvae({ ...common, components: 3 })]) {
        const semi = { steps: 3, rate: 0.1 }
        const gains: number[] = []
        await fit(model, train, {
          epochs: 3,
          batchSize: 20,
          verbose: false,
          objective: semiAmortized(semi),
          observer: { step: ({ readings }) => gains.push(readings![0].value) },
        })
        assert.ok(gains.every(Number.isFinite))
        const bound = async (m: Model) => {
          const { reconstruction, klZ, klW, size } = await evaluate(m, train, { samples: 20 })
          return (
            [reconstruction, klZ.map((x) => -x), klW.map((x) => -x)]
              .map((a) => Array.from(a).reduce((s, v) => s + v, 0))
              .reduce((a, b) => a + b) / size
          )
        }
        const [plain, better] = [await bound(model), await bound(refined(model, { steps: 20, rate: 0.1 }))]
        assert.ok(better > plain + 0.01, `${plain} to ${better}`)
        // The model itself is the same: so is its likelihood, to what importance sampling varies by.
        const [a, b] = [
          logLikelihood(await evaluate(model, train, { samples: 200 })),
          logLikelihood(await evaluate(refined(model), train, { samples: 200 })),
        ]
        assert.ok(Math.abs(a.value - b.value) < 0.1, `${a.value}, ${b.value}`)
        model.dispose()
      }
    }))

  it('refuses settings that make no sense', () => {
    assert.throws(() => semiAmortized({ steps: -1 }), /`steps` must be .*, got -1/)
    assert.throws(() => semiAmortized({ rate: 0 }), /`rate` must be .*, got 0/)
    assert.throws(() => semiAmortized({ clipNorm: 0 }), /`clipNorm` must be .*, got 0/)
  })
})
