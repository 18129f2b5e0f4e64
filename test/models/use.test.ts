import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { ArgumentError } from '../../src/base/errors'
import { lidmvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { decode, encode, reconstruct, sample } from '../../src/models/use'
import { sigmoid } from '../support/convexReference'
import { etaAt, posteriorAt, readModel, type ModelNumbers } from '../support/elboReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { COMPONENTS, dataFor, DIM, HIDDEN, LATENT, tinyImages, tinyPoints, variants } from '../support/models'
import { near } from '../support/near'
import { Random } from '../support/random'
import { disturb, rowsOf } from '../support/tables'

const size = 7
const means: Record<string, (eta: number) => number> = {
  bernoulli: sigmoid,
  poisson: Math.exp,
  negativeBinomial: Math.exp,
  gaussian: (eta) => eta,
}
const meanOf = ({ model }: ModelNumbers, eta: number[]): number[] => eta.map(means[model.likelihood.name])

function disturbed(build: (seed?: number) => Model): Model {
  const model = build()
  // Rates of counts are exponential in η: moved as far as the others, they overflow.
  disturb(model.parameters, new Random(20), model.likelihood.encode === 'log1p' ? 0.15 : 0.4)
  return model
}

const average = (rows: number[][], q: number[]): number[] =>
  rows[0].map((_, u) => rows.reduce((sum, row, w) => sum + q[w] * row[u], 0))

onEachEngine('use', () => {
  for (const { title, likelihood, build } of variants.filter((v) => v.likelihood !== 'gaussian, σ fixed')) {
    it(`encodes, decodes and reconstructs what the weights say: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = disturbed(build)
        const data = dataFor(likelihood, size)
        const read = readModel(model)
        const at = rowsOf(data.x, DIM).map((row) => posteriorAt(read, row))
        const weightsOf = (q: number[]): number[] => (model.posterior.branches === 1 ? [1] : q)
        const codes = await encode(model, data)
        near(
          codes.mean,
          at.flatMap(({ mean, q }) => average(mean, weightsOf(q))),
          5e-6,
          'mean',
        )
        near(
          codes.sd,
          at.flatMap(({ sd, q }) => average(sd, weightsOf(q))),
          5e-6,
          'sd',
        )
        near(
          codes.w,
          at.flatMap(({ q }) => q),
          5e-6,
          'q(w|x)',
        )
        assert.deepEqual(
          Array.from(codes.component),
          at.map(({ q }) => q.indexOf(Math.max(...q))),
        )
        const z = new Random(21).normals(3 * LATENT)
        const decoded = await decode(model, Float32Array.from(z))
        near(
          decoded,
          rowsOf(z, LATENT).flatMap((row) => meanOf(read, etaAt(read, row))),
          1e-5,
          'decoded',
        )
        const expected = at.flatMap(({ mean, q }) =>
          average(
            mean.map((m) => meanOf(read, etaAt(read, m))),
            weightsOf(q),
          ),
        )
        near(await reconstruct(model, data), expected, 1e-5, 'reconstruction')
        // Again: the same, bit for bit.
        assert.deepEqual(await encode(model, data), codes)
        assert.deepEqual(await decode(model, Float32Array.from(z)), decoded)
        model.dispose()
      }))

    it(`samples from the prior through the decoder: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = disturbed(build)
        const read = readModel(model)
        const drawn = await sample(model, { count: 5, seed: 3 })
        assert.deepEqual([drawn.mean.length, drawn.x.length, drawn.z.length], [5 * DIM, 5 * DIM, 5 * LATENT])
        near(
          drawn.mean,
          rowsOf(drawn.z, LATENT).flatMap((z) => meanOf(read, etaAt(read, z))),
          1e-5,
        )
        if (likelihood === 'bernoulli') assert.ok(drawn.x.every((x) => x === 0 || x === 1))
        else if (likelihood === 'poisson' || likelihood === 'negativeBinomial')
          assert.ok(drawn.x.every((x) => Number.isInteger(x) && x >= 0))
        else assert.ok(drawn.x.every((x, i) => Math.abs(x - drawn.mean[i]) < 6 * read.sigma))
        assert.notDeepEqual(drawn.x, drawn.mean)
        assert.deepEqual(await sample(model, { count: 5, seed: 3 }), drawn)
        assert.notDeepEqual((await sample(model, { count: 5, seed: 4 })).z, drawn.z)
        model.dispose()
      }))
  }

  it('samples from one component on request', async () => {
    const variant = variants.find((v) => v.kind === 'lidmvae')
    assert.ok(variant)
    const model = variant.build()
    const { priorMean, priorSd } = readModel(model)
    for (let w = 0; w < COMPONENTS; w++) {
      const count = 2000
      const { z } = await sample(model, { count, component: w })
      const mean = average(
        rowsOf(z, LATENT),
        Array.from({ length: count }, () => 1 / count),
      )
      mean.forEach((m, u) =>
        assert.ok(Math.abs(m - priorMean[w][u]) < (5 * priorSd[w][u]) / Math.sqrt(count)),
      )
    }
    model.dispose()
  })

  it('treats every row the same, whatever its chunk', async () => {
    const model = vae({ likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN })
    const data = tinyImages(1203, DIM)
    const all = await encode(model, data)
    const images = await reconstruct(model, data)
    assert.equal(all.mean.length, 1203 * LATENT)
    for (const [start, end] of [
      [0, 1],
      [499, 502],
      [1202, 1203],
    ]) {
      const some = await encode(model, data.slice(start, end))
      near(all.mean.subarray(start * LATENT, end * LATENT), some.mean, 1e-6)
      near(images.subarray(start * DIM, end * DIM), await reconstruct(model, data.slice(start, end)), 1e-6)
    }
    const decoded = await decode(model, all.mean)
    near(decoded, images, 1e-6)
    model.dispose()
  })

  it('binarises intensities once, from the stored seed', async () => {
    const model = vae({ likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN })
    const x = Float32Array.from({ length: 40 * DIM }, (_, i) => (i % 5) / 4)
    const grey = new DataSet({ name: 'grey', x, shape: [DIM], values: 'intensity', source: 'made by a test' })
    assert.deepEqual(await encode(model, grey), await encode(model, grey.binarized()))
    // As they are where that is asked for: what a binary model would read of these numbers.
    const same = new DataSet({ ...grey, values: 'real' })
    const asTheyAre = vae({ likelihood: gaussian(DIM), latent: LATENT, hidden: HIDDEN })
    assert.deepEqual(await encode(model, grey, { binarize: false }), await encode(asTheyAre, same))
    assert.notDeepEqual(await reconstruct(model, grey, { binarize: false }), await reconstruct(model, grey))
    asTheyAre.dispose()
    assert.deepEqual(await reconstruct(model, grey), await reconstruct(model, grey.binarized()))
    model.dispose()
  })

  it('refuses data, codes, counts and components that do not fit, in one line', () =>
    expectNoLeaks(async () => {
      const model = lidmvae({ likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN, components: 2 })
      const wrong: [string, () => Promise<unknown>][] = [
        ['data', () => encode(model, tinyImages(3, DIM + 1))],
        ['data', () => encode(model, tinyPoints(3, DIM))],
        ['data', () => reconstruct(model, tinyImages(3, DIM - 1))],
        ['data', () => reconstruct(model, tinyPoints(3, DIM))],
        ['z', () => decode(model, new Float32Array(LATENT + 1))],
        ['z', () => decode(model, new Float32Array(0))],
        ['count', () => sample(model, { count: 0 })],
        ['count', () => sample(model, { count: 1.5 })],
        ['seed', () => sample(model, { count: 1, seed: -1 })],
        ['seed', () => sample(model, { count: 1, seed: 0.5 })],
        ['component', () => sample(model, { count: 1, component: 2 })],
        ['component', () => sample(model, { count: 1, component: -1 })],
        ['component', () => sample(model, { count: 1, component: 0.5 })],
      ]
      for (const [argument, call] of wrong)
        await assert.rejects(call, (error) => {
          assert.ok(error instanceof ArgumentError, String(error))
          assert.equal(error.argument, argument)
          return !error.message.includes('\n')
        })
      model.dispose()
    }))

  it('decodes codes in any array of numbers, and names one that is no number', async () => {
    const model = variants[0].build()
    const codes = [0.5, -1, 2, 0.25]
    const expected = await decode(model, Float32Array.from(codes))
    for (const given of [codes, Float64Array.from(codes)])
      assert.deepEqual(await decode(model, given), expected)
    await assert.rejects(decode(model, [0.5, NaN]), /`z\[1\]` must be a finite number, got NaN/)
    await assert.rejects(
      decode(model, [
        [0, 1],
        [2, 3],
      ] as never),
      /`z\[0\]` must be a finite number, got an Array/,
    )
    model.dispose()
  })
})
