import assert from 'node:assert/strict'
import { it } from 'node:test'
import { bernoulli } from '../../src/distributions/bernoulli'
import { ArgumentError } from '../../src/base/errors'
import { likelihoodSurface } from '../../src/metrics/likelihoodSurface'
import { vae } from '../../src/models/builders'
import { encode } from '../../src/models/use'
import { etaAt, logLikelihoodAt, readModel } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, DIM, HIDDEN, tinyImages, variants } from '../support/models'
import { near } from '../support/near'
import { Random } from '../support/random'
import { disturb } from '../support/tables'

const point = 3

onEachEngine('likelihoodSurface', () => {
  for (const { title, likelihood, build } of variants)
    it(`is log p(x|z) at each z of the grid, for the given weights: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = build()
        disturb(model.parameters, new Random(8), 0.4)
        const data = dataFor(likelihood, 6)
        const read = readModel(model)
        const x = Array.from(data.rows([point]))
        const { first, second, logLikelihood, prior } = await likelihoodSurface(model, data, {
          point,
          units: [1, 0],
          size: 5,
        })
        near(
          [first[0], first[2], first[4]],
          [-3, 0, 3].map((s) => prior.mean[0] + s * prior.sd[0]),
          1e-5,
        )
        const expected = Array.from({ length: 25 }, (_, i) =>
          logLikelihoodAt(read, x, etaAt(read, [second[Math.floor(i / 5)], first[i % 5]])),
        )
        near(logLikelihood, expected, 1e-5)
        model.dispose()
      }))

  it('leaves the other units at the code, and carries the posterior and the prior of its two', async () => {
    const model = vae({ likelihood: bernoulli(DIM), latent: 4, hidden: HIDDEN })
    disturb(model.parameters, new Random(9), 0.6)
    const data = tinyImages(6, DIM)
    const read = readModel(model)
    const { mean, sd } = await encode(model, data)
    const at = (values: Float32Array, unit: number) => values[point * 4 + unit]
    const surface = await likelihoodSurface(model, data, {
      point,
      units: [0, 3],
      about: 'posterior',
      size: 3,
    })
    assert.deepEqual(surface.prior, { mean: [0, 0], sd: [1, 1] })
    near(surface.posterior.mean, [at(mean, 0), at(mean, 3)], 1e-6)
    near(surface.posterior.sd, [at(sd, 0), at(sd, 3)], 1e-6)
    near(
      surface.first,
      [-6, 0, 6].map((s) => at(mean, 0) + s * at(sd, 0)),
      1e-5,
    )
    const z = [surface.first[2], at(mean, 1), at(mean, 2), surface.second[0]]
    near(
      [surface.logLikelihood[2]],
      [logLikelihoodAt(read, Array.from(data.rows([point])), etaAt(read, z))],
      1e-5,
    )
    model.dispose()
  })

  it('chooses the two units that the posterior moves most', async () => {
    const model = vae({ likelihood: bernoulli(DIM), latent: 4, hidden: HIDDEN })
    disturb(model.parameters, new Random(10), 0.6)
    const data = tinyImages(6, DIM)
    const { mean, sd } = await encode(model, data.slice(point, point + 1))
    const kl = Array.from(mean, (m, u) => (sd[u] ** 2 + m ** 2 - 1) / 2 - Math.log(sd[u]))
    const { units } = await likelihoodSurface(model, data, { point, size: 2 })
    const wanted = [0, 1, 2, 3].sort((a, b) => kl[b] - kl[a]).slice(0, 2)
    assert.deepEqual([...units], wanted.sort())
    model.dispose()
  })

  it('is the same whatever the number of grid points', async () => {
    const model = variants[0].build()
    disturb(model.parameters, new Random(8), 0.4)
    const data = dataFor('bernoulli', 6)
    const fine = await likelihoodSurface(model, data, { units: [0, 1], size: 41 })
    const coarse = await likelihoodSurface(model, data, { units: [0, 1], size: 3 })
    const [a, b, c] = [0, 20, 40]
    const same = [a, b, c].flatMap((j) => [a, b, c].map((i) => fine.logLikelihood[j * 41 + i]))
    near(coarse.logLikelihood, same, 1e-5)
    model.dispose()
  })

  it('refuses what does not fit, in one line', () =>
    expectNoLeaks(async () => {
      const model = variants[0].build()
      const line = vae({ likelihood: bernoulli(DIM), latent: 1, hidden: HIDDEN })
      const data = tinyImages(6, DIM)
      const wrong: [string, () => Promise<unknown>][] = [
        ['data', () => likelihoodSurface(model, tinyImages(3, DIM + 1))],
        ['point', () => likelihoodSurface(model, data, { point: 6 })],
        ['units', () => likelihoodSurface(model, data, { units: [0, 0] })],
        ['units', () => likelihoodSurface(model, data, { units: [0, 2] })],
        ['units', () => likelihoodSurface(model, data, { units: [0] as never })],
        ['size', () => likelihoodSurface(model, data, { size: 1 })],
        ['reach', () => likelihoodSurface(model, data, { reach: -1 })],
        ['model', () => likelihoodSurface(line, data)],
      ]
      for (const [argument, call] of wrong)
        await assert.rejects(call, (error) => {
          assert.ok(error instanceof ArgumentError, String(error))
          assert.equal(error.argument, argument)
          return !error.message.includes('\n')
        })
      model.dispose()
      line.dispose()
    }))
})
