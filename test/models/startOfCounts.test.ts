import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { from } from '../../src/data/own/from'
import { negativeBinomial } from '../../src/distributions/negativeBinomial'
import { poisson } from '../../src/distributions/poisson'
import { certify } from '../../src/metrics/certificate'
import { gmvae, lidvae, vae } from '../../src/models/builders'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { logFactorial } from '../support/elboReference'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'

const [size, dim] = [120, 12]

/** Counts about `depth` with three patterns and rows of several depths; normal about their rate, which is large. */
function countsOf(depth: number): number[][] {
  const random = new Random(3)
  return Array.from({ length: size }, (_, i) => {
    const rowDepth = depth * Math.exp(1.5 * (random.uniform() - 0.5))
    return Array.from({ length: dim }, (_value, j) => {
      const rate = rowDepth * (j % 3 === i % 3 ? 3 : 0.3)
      return Math.max(0, Math.round(rate + Math.sqrt(rate) * random.normal()))
    })
  })
}

const columnMeans = (rows: number[][]): number[] =>
  rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / size)

onEachEngine('counts', () => {
  // Where the encoder has to unlearn the counts' mean first: 0.78, 0.63 of the loss of column means, and 0.40, 0.32.
  for (const [build, most] of [
    [vae, { 10: 0.68, 1000: 0.52 }],
    [lidvae, { 10: 0.39, 1000: 0.2 }],
  ] as const)
    it(`start ${build.name} at the data's log-mean, whatever their size, and fit better than column means`, () =>
      expectNoLeaks(async () => {
        for (const depth of [10, 1000] as const) {
          const rows = countsOf(depth)
          const data = await from(rows, { onNote: () => undefined })
          const mean = columnMeans(rows)
          const model = build({ likelihood: poisson(dim), latent: 3, hidden: 32, seed: 1 })
          model.conditional.start(data)
          const eta = tf.tidy(() => Array.from(model.decoder.apply(tf.zeros([1, 3])).dataSync()))
          near(eta, mean.map(Math.log), 1e-4)
          const { rows: epochs } = await fit(model, data, { epochs: 20, batchSize: 20, verbose: false })
          const byColumns = rows.reduce(
            (sum, row) =>
              sum - row.reduce((s, x, j) => s + x * Math.log(mean[j]) - mean[j] - logFactorial(x), 0) / size,
            0,
          )
          const { loss } = epochs[epochs.length - 1]
          assert.ok(loss < most[depth] * byColumns, `depth ${depth}: ${loss} against ${byColumns}`)
          model.dispose()
        }
      }))

  for (const posterior of ['q(w|x) q(z|x)', 'q(w|x) q(z|x,w)'] as const)
    it(`enter the first layers of ${posterior} from the mean of their logarithms on`, () =>
      expectNoLeaks(async () => {
        const rows = countsOf(1000)
        const data = await from(rows, { onNote: () => undefined })
        const model = gmvae({
          likelihood: poisson(dim),
          latent: 3,
          components: 3,
          hidden: 8,
          seed: 1,
          posterior,
        })
        const logs = columnMeans(rows.map((row) => row.map(Math.log1p)))
        model.posterior.start!(data)
        const layers = model.posterior.inputs!
        assert.equal(layers.length, 2)
        for (const layer of layers)
          near(
            tf.tidy(() => layer.apply(tf.tensor2d([logs])).dataSync()),
            Array<number>(8).fill(0),
            1e-5,
          )
        model.dispose()
      }))

  it('leave the certificate of an identifiable model where it was, at its anchor', () => {
    const model = lidvae({ likelihood: negativeBinomial(dim), latent: 3, hidden: 16, seed: 1 })
    assert.ok(certify(model).constant >= 0.1 * (1 - 1e-5))
    const other = lidvae({
      likelihood: poisson(dim),
      latent: 3,
      hidden: 16,
      seed: 1,
      injective: { anchor: 0.7 },
    })
    assert.ok(certify(other).constant >= 0.7 * (1 - 1e-5))
    const chain = [
      { kind: 'full-rank map', anchor: 0.5 },
      { kind: 'Brenier map', mu: 1 },
    ] as const
    const chained = lidvae({ likelihood: poisson(dim), latent: 3, hidden: 16, seed: 1, injective: { chain } })
    assert.ok(certify(chained).constant >= 0.5 * (1 - 1e-5))
    for (const each of [model, other, chained]) each.dispose()
  })
})
