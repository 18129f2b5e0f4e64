import assert from 'node:assert/strict'
import { it } from 'node:test'
import { determinant, inverse, Matrix } from 'ml-matrix'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { ArgumentError } from '../../src/base/errors'
import { gridLogLikelihood } from '../../src/metrics/gridLogLikelihood'
import { gridPosterior } from '../../src/metrics/gridPosterior'
import { vampPrior } from '../../src/fixes/vampPrior'
import { gmvae, lidmvae, vae } from '../../src/models/builders'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb } from '../support/tables'
import { fixedPrior, linear } from './witness/models'

const real = (rows: number[][]): DataSet =>
  new DataSet({
    name: 'rows',
    x: Float32Array.from(rows.flat()),
    shape: [rows[0].length],
    values: 'real',
    source: 'made',
  })

/** log N(x; m W, Wᵀ diag(sd²) W + σ² I). */
function logNormal(x: number[], mean: number[], sd: number[], W: number[][], sigma: number): number {
  const w = new Matrix(W)
  const covariance = w
    .transpose()
    .mmul(Matrix.diag(sd.map((s) => s ** 2)))
    .mmul(w)
    .add(Matrix.eye(x.length).mul(sigma ** 2))
  const d = Matrix.sub(Matrix.rowVector(x), Matrix.rowVector(mean).mmul(w))
  const square = d.mmul(inverse(covariance)).mmul(d.transpose()).get(0, 0)
  return -(square + Math.log(determinant(covariance)) + x.length * Math.log(2 * Math.PI)) / 2
}

onEachEngine('gridLogLikelihood', () => {
  const W = [
    [1.2, -0.4, 0.7],
    [0.3, 0.9, -1.1],
  ]
  const means = [
    [-1, 0],
    [1, 0.5],
    [0, -9],
  ]
  const sds = [
    [0.5, 1],
    [0.7, 0.4],
    [0.05, 2],
  ]

  for (const latent of [1, 2])
    it(`is the closed form of a linear mixture, far and narrow components included, latent ${latent}`, async () => {
      const [rows, m, s] = [
        W.slice(0, latent),
        means.map((v) => v.slice(0, latent)),
        sds.map((v) => v.slice(0, latent)),
      ]
      const model = gmvae({
        likelihood: gaussian(3, { sigma: 0.3 }),
        latent,
        components: 3,
        hidden: 4,
        decoder: linear(rows),
        prior: fixedPrior(m, s),
      })
      const random = new Random(1)
      const x = Array.from({ length: 7 }, () => Array.from(random.normals(3), Math.fround))
      const out = await expectNoLeaks(() => gridLogLikelihood(model, real(x), { points: 121 }))
      const exact = x.map((row) => m.map((mean, w) => logNormal(row, mean, s[w], rows, 0.3)))
      near(out.logGivenW, exact.flat(), 1e-5, 'log p(x|w)')
      const whole = exact.map((row) => Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0) / 3))
      near(out.values, whole, 1e-5, 'log p(x)')
      nearNumber(out.mean.value, whole.reduce((a, b) => a + b) / 7, 1e-5, 'mean')
      near(
        out.posteriorW,
        exact.flatMap((row, i) => row.map((v) => Math.exp(v - whole[i]) / 3)),
        1e-5,
        'p(w|x)',
      )
      assert.ok(out.error < 1e-4, `${out.error}`)
      model.dispose()
    })

  it('is gridPosterior of each data point, whatever the encoder', async () => {
    const model = lidmvae({
      likelihood: gaussian(2, { sigma: 'learned' }),
      latent: 2,
      components: 3,
      hidden: 6,
      seed: 2,
    })
    disturb(model.parameters, new Random(4), 0.1)
    const x = [
      [0.3, -1],
      [2, 0.5],
    ]
    const { values, posteriorW } = await gridLogLikelihood(model, real(x))
    for (const [i, row] of x.entries()) {
      const one = await gridPosterior(model, row)
      nearNumber(values[i], one.logX, 2e-4, 'log p(x)')
      near(posteriorW.slice(3 * i, 3 * i + 3), one.posteriorW, 2e-4, 'p(w|x)')
    }
    model.dispose()
  })

  it('shows by its error estimate that a grid is too coarse', async () => {
    const model = vae({
      likelihood: gaussian(3, { sigma: 0.01 }),
      latent: 1,
      hidden: 4,
      decoder: linear([W[0]]),
    })
    const x = [0.4 * W[0][0], 0.4 * W[0][1], 0.4 * W[0][2]]
    const exact = logNormal(x, [0], [1], [W[0]], 0.01)
    const coarse = await gridLogLikelihood(model, real([x]), { points: 201 })
    assert.ok(coarse.error > 0.1, `${coarse.error}`)
    const fine = await gridLogLikelihood(model, real([x]))
    assert.ok(fine.error < 1e-3 && Math.abs(fine.mean.value - exact) < 1e-3, `${fine.error}`)
    model.dispose()
  })

  it('refuses more than two latent units, other dimensions and empty grids', async () => {
    const deep = vae({ likelihood: bernoulli(3), latent: 3, hidden: 4 })
    const flat = vae({ likelihood: gaussian(3), latent: 2, hidden: 4 })
    const rows = real([[1, 0, 1]])
    await assert.rejects(
      gridLogLikelihood(deep, rows),
      (e: Error) => e instanceof ArgumentError && /one or two/.test(e.message),
    )
    await assert.rejects(gridLogLikelihood(flat, real([[1, 0]])), ArgumentError)
    await assert.rejects(gridLogLikelihood(flat, rows, { points: 3 }), ArgumentError)
    await assert.rejects(gridLogLikelihood(flat, rows, { size: 0 }), ArgumentError)
    const learned = vae({
      likelihood: gaussian(3),
      latent: 2,
      hidden: 4,
      prior: vampPrior({ components: 3 }),
    })
    await assert.rejects(gridLogLikelihood(learned, rows), /`model` must be a model whose prior is a normal/)
    for (const each of [deep, flat, learned]) each.dispose()
  })
})
