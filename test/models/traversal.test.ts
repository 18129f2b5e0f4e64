import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { ArgumentError } from '../../src/base/errors'
import { vae } from '../../src/models/builders'
import { interpolation } from '../../src/models/interpolation'
import type { Model } from '../../src/models/model'
import { traversal } from '../../src/models/traversal'
import { decode, encode } from '../../src/models/use'
import { elboAt, readModel } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, DIM, HIDDEN, LATENT, tinyImages, tinyPoints, variants } from '../support/models'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, rowsOf } from '../support/tables'

const size = 7

function disturbed(build: (seed?: number) => Model): Model {
  const model = build()
  // Rates of counts are exponential in η: moved as far as the others, they overflow.
  disturb(model.parameters, new Random(20), model.likelihood.encode === 'log1p' ? 0.15 : 0.4)
  return model
}

onEachEngine('traversal and interpolation', () => {
  for (const { title, likelihood, build } of variants.filter((v) => v.likelihood === 'bernoulli'))
    it(`moves each unit through its prior about the code, largest KL first: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = disturbed(build)
        const data = dataFor(likelihood, size)
        const { priorMean, priorSd } = readModel(model)
        const { mean: codes, component } = await encode(model, data)
        const point = 4
        const code = codes.slice(point * LATENT, (point + 1) * LATENT)
        const [m, gamma] = [priorMean[component[point]], priorSd[component[point]]]
        for (const about of ['code', 'prior'] as const) {
          const walked = await traversal(model, data, { point, about, steps: 5, reach: 2 })
          assert.deepEqual(walked.steps, [-2, -1, 0, 1, 2])
          assert.deepEqual([...walked.units].sort(), [0, 1])
          assert.ok(walked.kl[0] >= walked.kl[1])
          const z = walked.units.flatMap((unit) =>
            walked.steps.flatMap((step) =>
              Array.from(about === 'code' ? code : m, (value, u) =>
                u === unit ? m[u] + step * gamma[u] : value,
              ),
            ),
          )
          near(walked.mean, await decode(model, Float32Array.from(z)), 1e-5, about)
          near(
            walked.code,
            walked.units.map((u) => (code[u] - m[u]) / gamma[u]),
            1e-5,
          )
        }
        model.dispose()
      }))

  it('gives the KL of each unit, in closed form', async () => {
    const model = disturbed(variants[0].build)
    const data = tinyImages(size, DIM)
    const read = readModel(model)
    const noise = [[0, 0]]
    const each = rowsOf(data.x, DIM).map((row) => elboAt(read, row, noise).klZ)
    const walked = await traversal(model, data)
    walked.units.forEach((unit, row) => {
      const expected = each.reduce((sum, kl) => sum + kl[unit], 0) / size
      nearNumber(walked.kl[row], expected, 1e-5)
    })
    model.dispose()
  })

  it('does not move along a unit that the decoder ignores', async () => {
    const model = disturbed(variants[0].build)
    const first = model.parameters.variables.get('decoder/0/W')
    assert.ok(first)
    const weights = Array.from(first.dataSync())
    const [, columns] = first.shape
    weights.fill(0, columns, 2 * columns)
    tf.tidy(() => first.assign(tf.tensor(weights, first.shape as [number, number])))
    const { mean, units } = await traversal(model, tinyImages(size, DIM), { steps: 4 })
    const rows = rowsOf(mean, DIM)
    const moved = (row: number) => Math.hypot(...rows[4 * row].map((x, i) => x - rows[4 * row + 3][i]))
    assert.equal(moved(units.indexOf(1)), 0)
    assert.ok(moved(units.indexOf(0)) > 0.01)
    model.dispose()
  })

  it('uses the named units, or the requested number of them', async () => {
    const model = vae({ likelihood: bernoulli(DIM), latent: 3, hidden: HIDDEN })
    disturb(model.parameters, new Random(2), 0.5)
    const data = tinyImages(size, DIM)
    const all = await traversal(model, data, { steps: 2 })
    const two = await traversal(model, data, { steps: 2, units: 2 })
    assert.deepEqual(two.units, all.units.slice(0, 2))
    assert.deepEqual(two.mean, all.mean.slice(0, 2 * 2 * DIM))
    const named = await traversal(model, data, { steps: 2, units: [0, 2, 0] })
    assert.deepEqual(
      named.units,
      all.units.filter((unit) => unit !== 1),
    )
    model.dispose()
  })

  it('interpolates linearly between codes', () =>
    expectNoLeaks(async () => {
      for (const { likelihood, build } of variants) {
        const model = disturbed(build)
        const data = dataFor(likelihood, size)
        const { mean: codes } = await encode(model, data)
        const code = (row: number) => Array.from(codes.slice(row * LATENT, (row + 1) * LATENT))
        const pairs = [
          [5, 1],
          [2, 2],
        ]
        const way = await interpolation(model, data, pairs, { steps: 3 })
        const z = pairs.flatMap(([from, to]) =>
          [0, 0.5, 1].flatMap((t) => code(from).map((a, u) => (1 - t) * a + t * code(to)[u])),
        )
        near(way.mean, await decode(model, Float32Array.from(z)), 1e-5)
        assert.deepEqual(way.ends, data.rows([5, 1, 2, 2]))
        assert.deepEqual(way.names, ['row 5 to row 1', 'row 2 to row 2'])
        model.dispose()
      }
    }))

  it('uses intensities binarised as in every evaluation', async () => {
    const model = disturbed(variants[0].build)
    const x = Float32Array.from({ length: 40 * DIM }, (_, i) => (i % 5) / 4)
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2)
    const grey = new DataSet({
      name: 'grey',
      x,
      shape: [DIM],
      values: 'intensity',
      labels,
      labelNames: ['even', 'odd'],
      source: 'made by a test',
    })
    const fixed = grey.binarized()
    assert.deepEqual(
      (await traversal(model, grey, { point: 9 })).mean,
      (await traversal(model, fixed, { point: 9 })).mean,
    )
    const way = await interpolation(model, grey, [[9, 30]])
    assert.deepEqual(way.mean, (await interpolation(model, fixed, [[9, 30]])).mean)
    assert.deepEqual([way.ends, way.names], [grey.rows([9, 30]), ['odd to even']])
    model.dispose()
  })

  it('refuses what does not fit, in one line', () =>
    expectNoLeaks(async () => {
      const model = vae({ likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN })
      const data = tinyImages(size, DIM)
      const wrong: [string, () => Promise<unknown>][] = [
        ['data', () => traversal(model, tinyImages(3, DIM + 1))],
        ['data', () => traversal(model, tinyPoints(3, DIM))],
        ['point', () => traversal(model, data, { point: size })],
        ['point', () => traversal(model, data, { point: -1 })],
        ['steps', () => traversal(model, data, { steps: 1 })],
        ['reach', () => traversal(model, data, { reach: 0 })],
        ['units', () => traversal(model, data, { units: 0 })],
        ['units', () => traversal(model, data, { units: [] })],
        ['units', () => traversal(model, data, { units: [LATENT] })],
        ['data', () => interpolation(model, tinyImages(3, DIM + 1), [[0, 1]])],
        ['pairs', () => interpolation(model, data, [])],
        ['pairs', () => interpolation(model, data, [[0, 1, 2]])],
        ['pairs', () => interpolation(model, data, [0, 1] as never)],
        ['pairs', () => interpolation(model, data, [[0, size]])],
        ['steps', () => interpolation(model, data, [[0, 1]], { steps: 1 })],
      ]
      for (const [argument, call] of wrong)
        await assert.rejects(call, (error) => {
          assert.ok(error instanceof ArgumentError, String(error))
          assert.equal(error.argument, argument)
          return !error.message.includes('\n')
        })
      model.dispose()
    }))
})
