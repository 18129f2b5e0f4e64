import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Matrix, determinant, inverse } from 'ml-matrix'
import { DataSet } from '../../src/data/dataset'
import { gaussian } from '../../src/distributions/gaussian'
import { certify } from '../../src/metrics/certificate'
import { evaluate } from '../../src/metrics/evaluate'
import { gridLogLikelihood } from '../../src/metrics/gridLogLikelihood'
import { gridPosterior } from '../../src/metrics/gridPosterior'
import { logLikelihoodGivenW } from '../../src/metrics/importance'
import { ballRadius } from '../../src/metrics/witness/ball'
import { componentPairs } from '../../src/metrics/witness/componentPairs'
import { witness } from '../../src/metrics/witness/witness'
import { gmvae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { freeMeans } from '../../src/models/prior'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { numbersOfAll, rowsOf } from '../support/tables'

const SIGMA = 0.5
const W = [
  [1.2, -0.3],
  [0.4, 0.8],
]
const means = [
  [0, 0],
  [1.5, -1],
  [-1, 0.5],
]
const L = [
  [1, 0, 0.9, 0.4],
  [0.5, 0, -0.6, 1.1],
  [1.4, 0, -1.2, 0.35],
]

/** x = z W + N(0, σ²), z of components with full covariance: p(x|w) is a normal too. */
function linearModel(decoder = W): Model {
  const model = gmvae({
    likelihood: gaussian(2, { sigma: SIGMA }),
    latent: 2,
    components: 3,
    hidden: 5,
    seed: 1,
    prior: freeMeans({ floor: 0.1, covariance: 'full' }),
    decoder: (parameters, latent, dim) => {
      const weight = parameters.variable('decoder/W', [latent, dim], () => Float32Array.from(decoder.flat()))
      return {
        from: latent,
        to: dim,
        apply: (z) => tf.matMul<tf.Tensor2D>(z, weight),
      }
    },
  })
  const set = (name: string, values: number[]): void => {
    const variable = model.parameters.variables.get(`prior/${name}`)!
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)))
  }
  set('means', means.flat())
  set(
    'gamma',
    L.flatMap((l) => [l[0], l[3]].map((sd) => Math.log(Math.expm1(sd - 0.1)))),
  )
  set(
    'lower',
    L.map((l) => l[2]),
  )
  return model
}

const covariance = (l: number[]): Matrix => {
  const m = new Matrix(rowsOf(l, 2))
  return m.mmul(m.transpose())
}

/** log p(x|w), exactly. */
function exact(x: number[], k: number): number {
  const map = new Matrix(W)
  const S = map
    .transpose()
    .mmul(covariance(L[k]))
    .mmul(map)
    .add(Matrix.eye(2).mul(SIGMA ** 2))
  const centre = new Matrix([means[k]]).mmul(map).to1DArray()
  const d = Matrix.columnVector(x.map((value, u) => value - centre[u]))
  return (
    -(
      d.transpose().mmul(inverse(S)).mmul(d).get(0, 0) +
      Math.log(determinant(S)) +
      2 * Math.log(2 * Math.PI)
    ) / 2
  )
}

const rows = rowsOf(new Random(3).normals(16, 0.6), 2)
const dataOf = (values: number[][]): DataSet =>
  new DataSet({
    name: 'own',
    x: Float32Array.from(values.flat()),
    shape: [2],
    values: 'real',
    source: 'made by a test',
  })
const data = () => dataOf(rows)
const given = rows.map((x) => means.map((_, k) => exact(x, k)))
const logX = given.map((all) => Math.log(all.reduce((sum, log) => sum + Math.exp(log), 0) / 3))

onEachEngine('full covariance in metrics', () => {
  it('has the exact log-likelihood on a grid', () =>
    expectNoLeaks(async () => {
      const model = linearModel()
      const found = await gridLogLikelihood(model, data())
      near(found.logGivenW, given.flat(), 1e-4)
      near(found.values, logX, 1e-4)
      assert.ok(found.error < 1e-4)
      model.dispose()
    }))

  it('has the exact posterior on a grid', async () => {
    const model = linearModel()
    for (const n of [0, 3]) {
      const found = await gridPosterior(model, rows[n])
      near(found.logGivenW, given[n], 1e-4)
      nearNumber(found.logX, logX[n], 1e-4)
      assert.ok(found.inferenceGap.total > 0, 'an untrained encoder')
      const e = await evaluate(model, dataOf([rows[n]]), { samples: 4000, priorSamples: 10 })
      const elbo = e.reconstruction[0] - e.klZ[0] - e.klZ[1] - e.klW[0]
      assert.ok(
        Math.abs(logX[n] - elbo - found.inferenceGap.total) < 0.25,
        `${logX[n] - elbo}, ${found.inferenceGap.total}`,
      )
    }
    model.dispose()
  })

  it('estimates log p(x|w) by draws for each component, where q is wide', async () => {
    const model = linearModel()
    for (const [name, variable] of model.parameters.variables)
      if (name.startsWith('encoder')) tf.tidy(() => variable.assign(tf.fill(variable.shape, 0)))
    // With the moments of the prior, q says that the likelihood is flat.
    const last = model.parameters.variables.get('encoder/z/2/b')!
    tf.tidy(() => last.assign(tf.tensor1d([0.17, -0.17, 3, 3])))
    const e = await evaluate(model, data(), { samples: 6000, priorSamples: 10 })
    assert.equal(e.given.samples, 2000)
    near(logLikelihoodGivenW(e), given.flat(), 0.05)
    model.dispose()
  })

  it('has proposals of the exact posterior where q is the best of its family', async () => {
    // One unit after the other: the likelihood has the precision WWᵀ/σ², diagonal for an orthogonal W.
    const model = linearModel([
      [1, 0],
      [0, 1],
    ])
    const set = (name: string, value: number | number[]): void => {
      const variable = model.parameters.variables.get(name)!
      tf.tidy(() =>
        variable.assign(
          Array.isArray(value) ? tf.tensor(value, variable.shape) : tf.fill(variable.shape, value),
        ),
      )
    }
    // q(w|x) on the first component, and q(z|x) the mean-field posterior at x = 0, where the mean is 0.
    for (const name of model.parameters.variables.keys()) if (name.startsWith('encoder')) set(name, 0)
    const last = [...model.parameters.variables.keys()]
      .filter((name) => /^encoder\/w\/.*b$/.test(name))
      .at(-1)!
    set(last, [20, 0, 0])
    const P = inverse(covariance(L[0]))
    const sds = [0, 1].map((u) => 1 / Math.sqrt(P.get(u, u) + 1 / SIGMA ** 2))
    const free = sds.map((sd) => Math.log(Math.expm1(sd - 1e-3)))
    const head = [...model.parameters.variables.keys()]
      .filter((name) => /^encoder\/z\/.*b$/.test(name))
      .at(-1)!
    set(head, [0, 0, ...free])
    const e = await evaluate(model, dataOf([[0, 0]]), { samples: 60, priorSamples: 10 })
    // Every importance weight is p(x|w) itself: no draw has any error.
    const expected = means.map((m, k) => {
      const S = covariance(L[k]).add(Matrix.eye(2).mul(SIGMA ** 2))
      const d = Matrix.columnVector(m)
      return (
        -(
          d.transpose().mmul(inverse(S)).mmul(d).get(0, 0) +
          Math.log(determinant(S)) +
          2 * Math.log(2 * Math.PI)
        ) / 2
      )
    })
    e.given.logRatio.forEach((log, i) => nearNumber(log, expected[i % 3], 1e-4))
    model.dispose()
  })

  it('certifies the least Mahalanobis distance of two means', () => {
    const model = linearModel()
    const distances = [
      [0, 1],
      [0, 2],
      [1, 2],
    ].flatMap(([j, k]) => {
      const d = Matrix.columnVector(means[j].map((x, u) => x - means[k][u]))
      return [j, k].map((w) =>
        Math.sqrt(
          d
            .transpose()
            .mmul(inverse(covariance(L[w])))
            .mmul(d)
            .get(0, 0),
        ),
      )
    })
    const { components, summary } = certify(model)
    nearNumber(components!, Math.min(...distances), 1e-5)
    assert.match(summary, /apart by their Mahalanobis distance, which training may change/)
    model.dispose()
  })

  it('has the symmetric KL of components by matrices', () => {
    const found = componentPairs(
      { mean: means.flat(), sd: L.flatMap((l) => [l[0], Math.hypot(l[2], l[3])]), factor: L.flat() },
      3,
      2,
    )
    assert.equal(found.length, 3)
    for (const { components, divergence } of found) {
      const [S, T] = components.map((k) => covariance(L[k]))
      const d = Matrix.columnVector(means[components[0]].map((x, u) => x - means[components[1]][u]))
      const traces = inverse(S).mmul(T).trace() + inverse(T).mmul(S).trace() - 4
      const squares = d
        .transpose()
        .mmul(Matrix.add(inverse(S), inverse(T)))
        .mmul(d)
        .get(0, 0)
      nearNumber(divergence, (traces + squares) / 2, 1e-9)
    }
    assert.deepEqual(
      componentPairs({ mean: [0, 0, 0, 0], sd: [1, 1, 1, 1], factor: [...L[0], ...L[0]] }, 2, 2)[0]
        .divergence,
      0,
    )
  })

  it('searches witnesses within the balls of the components', async () => {
    const model = linearModel([
      [1, 0.5],
      [-2, -1],
    ])
    const found = await expectNoLeaks(() => witness(model, { candidates: 256, steps: 100 }))
    assert.ok(found.found && found.closest.divergence < 1e-3, 'the direction (2, 1) is dead')
    const cosine = Math.abs((found.closest.direction[0] * 2 + found.closest.direction[1]) / Math.sqrt(5))
    assert.ok(cosine > 0.99, `${cosine}`)
    const radius = ballRadius(2)
    for (const { z, other, components } of found.pairs)
      for (const [code, k] of [
        [z, components[0]],
        [other, components[1]],
      ] as const) {
        const d = Matrix.columnVector(Array.from(code, (x, u) => x - means[k][u]))
        assert.ok(
          Math.sqrt(
            d
              .transpose()
              .mmul(inverse(covariance(L[k])))
              .mmul(d)
              .get(0, 0),
          ) <=
            radius * 1.001,
        )
      }
    model.dispose()
  })

  it('has marginal standard deviations as its moments', () => {
    const model = linearModel()
    const [sd] = numbersOfAll(() => [model.prior.moments().sd])
    near(
      sd,
      L.flatMap((l) => [l[0], Math.hypot(l[2], l[3])]),
      1e-6,
    )
    model.dispose()
  })
})
