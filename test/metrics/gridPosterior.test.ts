import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { determinant, inverse, Matrix } from 'ml-matrix'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { ArgumentError } from '../../src/base/errors'
import { evaluate } from '../../src/metrics/evaluate'
import { flatness, inferenceGap } from '../../src/metrics/flatness'
import { everySecond, gridOf, pointsOf, support } from '../../src/metrics/grid'
import { gridPosterior, type GridPosterior } from '../../src/metrics/gridPosterior'
import { elbo, logLikelihood } from '../../src/metrics/logLikelihood'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { anchoredMeans } from '../../src/models/prior'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbersOfAll } from '../support/tables'
import { average, drawX, exactInference, truthAt, type Known } from './known'
import { tableModel } from './knownModel'
import { allImages, imageData, logLikelihoodAt, mixedPixels, onePixelModel, pixelModel } from './pixels'
import { expectedLog, logGivenW } from './quadrature'
import { linear } from './witness/models'

describe('a grid', () => {
  it('runs through its points, the last dimension fastest', () => {
    const grid = gridOf(
      [
        [0, 2],
        [-1, 1],
      ],
      3,
    )
    assert.deepEqual(Array.from(pointsOf(grid)), [0, -1, 0, 0, 0, 1, 1, -1, 1, 0, 1, 1, 2, -1, 2, 0, 2, 1])
    nearNumber(grid.logCell, 0, 1e-12)
  })

  it('narrows to where a function is not negligible plus one cell on each side, or extends beyond its end', () => {
    const grid = gridOf([[0, 10]], 11)
    const at = (...high: number[]) =>
      Float64Array.from({ length: 11 }, (_, i) => (high.includes(i) ? (i % 2 ? -59 : 0) : -61))
    assert.deepEqual(support(grid, at(4, 6)), [[3, 7]])
    assert.deepEqual(support(grid, at(4, 5)), [[3, 6]])
    assert.deepEqual(support(grid, at(0, 1)), [[-2, 2]])
    assert.deepEqual(support(grid, at(8, 10)), [[7, 13]])
  })

  it('leaves out every second point', () => {
    const grid = gridOf(
      [
        [0, 2],
        [0, 2],
      ],
      3,
    )
    assert.deepEqual(
      Array.from(
        everySecond(
          grid,
          Float64Array.from({ length: 9 }, (_, i) => i),
        ),
      ),
      [0, 2, 6, 8],
    )
  })
})

/** PPCA, x = z W + σ ε: everything in closed form. */
function ppca(W: number[][], sigma: number, x: number[]) {
  const [w, row] = [new Matrix(W), Matrix.rowVector(x)]
  const C = w
    .transpose()
    .mmul(w)
    .add(Matrix.eye(x.length).mul(sigma ** 2))
  const logX =
    -(
      row.mmul(inverse(C)).mmul(row.transpose()).get(0, 0) +
      Math.log(determinant(C)) +
      x.length * Math.log(2 * Math.PI)
    ) / 2
  const precision = w
    .mmul(w.transpose())
    .mul(sigma ** -2)
    .add(Matrix.eye(W.length))
  const covariance = inverse(precision)
  const mean = row
    .mmul(w.transpose())
    .mul(sigma ** -2)
    .mmul(covariance)
  /** KL(N(m, diag s²) ‖ p(z|x)). */
  const klFrom = (m: number[], s: number[]): number => {
    const d = Matrix.sub(Matrix.rowVector(m), mean)
    const trace = s.reduce((sum, value, u) => sum + value ** 2 * precision.get(u, u), 0)
    const logs = -Math.log(determinant(precision)) - 2 * s.reduce((sum, value) => sum + Math.log(value), 0)
    return (trace + d.mmul(precision).mmul(d.transpose()).get(0, 0) - m.length + logs) / 2
  }
  return { logX, mean: mean.to1DArray(), sd: W.map((_, u) => Math.sqrt(covariance.get(u, u))), klFrom }
}

/** Makes q wide, so that importance weights are bounded. */
function widen(model: Model): void {
  for (const [name, variable] of model.parameters.variables)
    if (/^encoder\/z\/.*b$/.test(name) && variable.size === 4)
      tf.tidy(() => variable.assign(tf.add(variable, [0, 0, 1, 1])))
}

const posteriorOf = (model: Model, x: number[]) => {
  const [mean, sd, logW] = numbersOfAll(() => {
    const q = model.posterior.encode(tf.tensor2d(x, [1, x.length]))
    return [q.mean, q.sd, q.logW]
  })
  return { mean, sd, logW }
}

onEachEngine('gridPosterior', () => {
  const W = [
    [1.2, -0.4, 0.7],
    [0.3, 0.9, -1.1],
  ]

  it('is the closed form of PPCA: evidence, posterior, flatness and gap', async () => {
    const random = new Random(1)
    for (const [rows, sigma] of [
      [W, 0.7],
      [W.slice(0, 1), 0.5],
      // A posterior far narrower than the prior.
      [W, 0.01],
    ] as const) {
      const model = vae({
        likelihood: gaussian(3, { sigma }),
        latent: rows.length,
        hidden: 8,
        decoder: linear(rows),
        seed: 1,
      })
      for (let i = 0; i < 3; i++) {
        const z = random.normals(rows.length)
        const x = [0, 1, 2].map((d) =>
          Math.fround(rows.reduce((sum, row, u) => sum + z[u] * row[d], sigma * random.normal())),
        )
        const exact = ppca(rows, sigma, x)
        const tolerance = sigma === 0.01 ? 1e-3 : 1e-5
        const { error, logX, mean, sd, flatness, inferenceGap, posteriorW } = await expectNoLeaks(() =>
          gridPosterior(model, x),
        )
        assert.ok(error < tolerance, `${error}`)
        const q = posteriorOf(model, x)
        nearNumber(logX, exact.logX, tolerance, 'log p(x)')
        near(mean, exact.mean, 1e-5, 'mean')
        near(sd, exact.sd, 1e-5, 'sd')
        nearNumber(
          flatness.z,
          exact.klFrom(
            rows.map(() => 0),
            rows.map(() => 1),
          ),
          tolerance,
          'F',
        )
        nearNumber(inferenceGap.total, exact.klFrom(q.mean, q.sd), tolerance, 'gap')
        near([flatness.w, inferenceGap.w, posteriorW[0]], [0, 0, 1], 1e-9)
      }
      model.dispose()
    }
  })

  it('shows by its error estimate that a diagonal ridge is too narrow', async () => {
    const ridge = [
      [1, 0, 0.02],
      [1, 0.02, 0],
    ]
    const model = vae({
      likelihood: gaussian(3, { sigma: 0.01 }),
      latent: 2,
      hidden: 8,
      decoder: linear(ridge),
    })
    const x = [0.4, 0.003, -0.002]
    const { logX } = ppca(ridge, 0.01, x)
    const coarse = await gridPosterior(model, x)
    assert.ok(coarse.error > 0.1, `${coarse.error}`)
    const fine = await gridPosterior(model, x, { points: 801 })
    assert.ok(fine.error > Math.abs(fine.logX - logX) && fine.error < 0.1 * coarse.error, `${fine.error}`)
    model.dispose()
  })

  it('is the closed form of a linear mixture, far components included', async () => {
    const mixture: Known = {
      slopes: [1, 0.5],
      sigma: 0.3,
      means: [
        [-1, 0],
        [1, 0.5],
        [0, -9],
      ],
      sds: [
        [0.5, 1],
        [0.7, 0.4],
        [1, 0.8],
      ],
    }
    const xs = drawX(mixture, 4, new Random(2))
    const model = tableModel(mixture, xs, { ...exactInference(mixture), qw: () => [0.5, 0.3, 0.2] })
    for (const x of xs) {
      const exact = truthAt(mixture, x)
      const { logX, logGivenW: given, posteriorW, flatness, inferenceGap } = await gridPosterior(model, x)
      nearNumber(logX, exact.logX, 1e-5)
      near(given, exact.givenW, 1e-5)
      near(posteriorW, exact.posteriorW, 1e-5)
      near([flatness.z, flatness.w], [exact.flatnessZ, exact.flatnessW], 1e-5)
      const gapW = [0.5, 0.3, 0.2].reduce((sum, q, k) => sum + q * Math.log(q / exact.posteriorW[k]), 0)
      near([inferenceGap.w, inferenceGap.z], [gapW, 0], 2e-5)
    }
    model.dispose()
  })

  it('sums to 1 over all images, and agrees with another quadrature', async () => {
    for (const pixels of [onePixelModel, mixedPixels]) {
      const K = pixels.means.length
      const q = { mean: [0.1, -0.1], sd: [1.3, 1.3] }
      const model = pixelModel(pixels, {
        qw: Array.from({ length: K }, () => 1 / K),
        q: [K > 1 ? q : { mean: [0.1], sd: [1.2] }],
      })
      let sum = 0
      for (const x of allImages) {
        const { logX, flatness, axes, density } = await gridPosterior(model, x)
        sum += Math.exp(logX)
        const log = (z: number[]): number => logLikelihoodAt(pixels, x, z)
        const grid = { points: 161, halfWidth: 7 }
        const given = logGivenW(log, pixels.means, pixels.sds, grid)
        nearNumber(flatness.w, logX - average(given), 1e-5)
        nearNumber(flatness.z, logX - expectedLog(log, pixels.means, pixels.sds, grid), 1e-5)
        const cell = axes.reduce((product, axis) => product * (axis[1] - axis[0]), 1)
        nearNumber(density.reduce((a, b) => a + b, 0) * cell, 1, 1e-6)
      }
      nearNumber(sum, 1, 1e-5)
      model.dispose()
    }
  })

  it('shows the range asked for, with the same integrals', async () => {
    const model = vae({
      likelihood: gaussian(3, { sigma: 0.7 }),
      latent: 2,
      hidden: 8,
      decoder: linear(W),
      seed: 1,
    })
    const x = [0.3, -0.2, 1]
    const own = await gridPosterior(model, x)
    const shown = await gridPosterior(model, x, {
      points: 21,
      range: [
        [-1, 1],
        [0, 2],
      ],
    })
    assert.deepEqual(
      [shown.axes[0][0], shown.axes[0][20], shown.axes[1][0], shown.axes[1][20]],
      [-1, 1, 0, 2],
    )
    nearNumber(shown.logX, own.logX, 1e-5)
    nearNumber(shown.flatness.z, own.flatness.z, 1e-5)
    const at = (i: number, j: number) => [shown.axes[0][i], shown.axes[1][j]]
    for (const [i, j] of [
      [0, 0],
      [3, 17],
      [20, 5],
    ]) {
      const eta = [0, 1, 2].map((d) => at(i, j).reduce((sum, z, u) => sum + z * W[u][d], 0))
      const exact = eta.reduce(
        (sum, e, d) => sum - ((x[d] - e) / 0.7) ** 2 / 2 - Math.log(0.7) - Math.log(2 * Math.PI) / 2,
        0,
      )
      nearNumber(shown.logLikelihood[i * 21 + j], exact, 1e-5)
    }
    model.dispose()
  })

  it('names the invalid argument', async () => {
    const wide = vae({ likelihood: gaussian(3), latent: 3, hidden: 4 })
    const model = vae({ likelihood: gaussian(3), latent: 2, hidden: 4 })
    const cases: [() => Promise<GridPosterior>, RegExp][] = [
      [
        () => gridPosterior(wide, [0, 0, 0]),
        /^`model` must be a model with one or two latent units, got one with 3/,
      ],
      [
        () => gridPosterior(model, [0, 0]),
        /^`x` must be 3 finite numbers, one data point, got an Array of length 2/,
      ],
      [() => gridPosterior(model, [0, NaN, 0]), /^`x` must be 3 finite numbers/],
      [() => gridPosterior(model, undefined as never), /^`x` must be 3 finite numbers, .*, got undefined/],
      [() => gridPosterior(model, [0, 0, 0], { range: [5, 6] as never }), /^`range` must be 2 ranges/],
      [
        () => gridPosterior(model, [0, 0, 0], { range: [undefined, [0, 1]] as never }),
        /^`range` must be 2 ranges/,
      ],
      [() => gridPosterior(model, [0, 0, 0], { points: 3 }), /^`points` must be .*, got 3/],
      [
        () => gridPosterior(model, [0, 0, 0], { range: [[0, 1]] }),
        /^`range` must be 2 ranges \[from, to\] with from < to, .*, got an Array/,
      ],
    ]
    for (const [run, message] of cases)
      await assert.rejects(run(), (error: Error) => {
        assert.ok(error instanceof ArgumentError)
        assert.match(error.message, message)
        return true
      })
    wide.dispose()
    model.dispose()
  })
})

onEachEngine('estimates against the grid', () => {
  const images = { likelihood: bernoulli(3), latent: 2, hidden: 8, seed: 1 }
  const mixture = { ...images, components: 3 }
  const injective = { hiddenLatent: 4 }
  const models: Record<string, () => Model> = {
    vae: () => vae(images),
    lidvae: () => lidvae({ ...images, injective }),
    'gmvae, q(w|x) q(z|x)': () => gmvae(mixture),
    'lidmvae, q(w|x) q(z|x,w)': () =>
      lidmvae({
        ...mixture,
        injective,
        posterior: 'q(w|x) q(z|x,w)',
        // Near enough for q, which has not learned where they are.
        prior: anchoredMeans({ separation: 0.7 }),
      }),
  }
  for (const [title, build] of Object.entries(models))
    it(`log p(x), ELBO, flatness and gap of a ${title} with its weights moved`, async () => {
      const model = build()
      disturb(model.parameters.scope('decoder'), new Random(3), 0.5)
      disturb(model.parameters.scope('prior'), new Random(4), 0.5)
      widen(model)
      const exact: GridPosterior[] = []
      for (const x of allImages) exact.push(await gridPosterior(model, x))
      const e = await evaluate(model, imageData, { samples: 4000, priorSamples: 4000 })
      const mean = (of: (g: GridPosterior) => number) => average(exact.map(of))
      const [flat, gap] = [flatness(e), inferenceGap(e)]
      nearNumber(
        exact.reduce((sum, { logX }) => sum + Math.exp(logX), 0),
        1,
        1e-3,
        'Σ p(x)',
      )
      nearNumber(
        logLikelihood(e).value,
        mean((g) => g.logX),
        0.02,
        'log p(x)',
      )
      nearNumber(
        elbo(e).value,
        mean((g) => g.logX - g.inferenceGap.total),
        0.05,
        'ELBO',
      )
      nearNumber(
        flat.z.value,
        mean((g) => g.flatness.z),
        0.05,
        'F_z',
      )
      nearNumber(
        flat.w.value,
        mean((g) => g.flatness.w),
        0.03,
        'F_w',
      )
      nearNumber(
        gap.total.value,
        mean((g) => g.inferenceGap.total),
        0.05,
        'gap',
      )
      nearNumber(
        gap.w.value,
        mean((g) => g.inferenceGap.w),
        0.03,
        'gap of w',
      )
      assert.ok(mean((g) => g.flatness.z) > 0.02)
      model.dispose()
    })
})
