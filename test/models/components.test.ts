import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { inverse, Matrix, determinant } from 'ml-matrix'
import { pinwheel } from '../../src/data'
import { ArgumentError } from '../../src/base/errors'
import { Draws } from '../../src/compute/draws'
import { Parameters } from '../../src/compute/parameters'
import { gaussian } from '../../src/distributions/gaussian'
import { cholesky } from '../../src/distributions/triangular'
import { gmvae, lidmvae, type MixtureOptions } from '../../src/models/builders'
import { componentKl, componentLogProb } from '../../src/models/components'
import type { Model } from '../../src/models/model'
import { anchoredMeans, freeMeans, type Prior } from '../../src/models/prior'
import { expectLoads, expectReruns } from '../support/again'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, numbersOfAll, readWeights, rowsOf } from '../support/tables'
import { softplus } from '../support/convexReference'

const K = 3
const FLOOR = 0.2

const builders = {
  freeMeans: (gamma: 'per component' | 'shared') =>
    freeMeans({ start: 1, floor: FLOOR, gamma, covariance: 'full' }),
  anchoredMeans: (gamma: 'per component' | 'shared') =>
    anchoredMeans({ floor: FLOOR, gamma, covariance: 'full' }),
}

function made(
  latent: number,
  builder: keyof typeof builders = 'freeMeans',
  gamma: 'per component' | 'shared' = 'per component',
): { parameters: Parameters; prior: Prior } {
  const parameters = Parameters.from(1)
  const prior = builders[builder](gamma)(parameters, K, latent)
  disturb(parameters, new Random(2), 0.8)
  return { parameters, prior }
}

/** Means and lower triangular factors as numbers. */
function read(prior: Prior): { means: number[][]; L: number[][][] } {
  const [mean, factor] = numbersOfAll(() => [prior.moments().mean, prior.factor!()])
  const d = prior.latent
  return { means: rowsOf(mean, d), L: rowsOf(factor, d * d).map((flat) => rowsOf(flat, d)) }
}

/** log N(z; m, LLᵀ) with the inverse and the determinant of the covariance. */
function logDensity(z: number[], m: number[], L: number[][]): number {
  const S = new Matrix(L).mmul(new Matrix(L).transpose())
  const x = Matrix.columnVector(z.map((value, u) => value - m[u]))
  const square = x.transpose().mmul(inverse(S)).mmul(x).get(0, 0)
  return -(square + Math.log(determinant(S)) + z.length * Math.log(2 * Math.PI)) / 2
}

const q = (latent: number, branches: number) => {
  const random = new Random(3)
  const count = 2 * branches * latent
  return { mean: random.normals(count), sd: random.normals(count).map((x) => 0.1 + Math.abs(x) / 2) }
}

onEachEngine('components with full covariance', () => {
  for (const builder of ['freeMeans', 'anchoredMeans'] as const)
    for (const gamma of ['per component', 'shared'] as const)
      it(`start along the axes, and keep γ above its floor for every weight: ${builder}, ${gamma}`, () =>
        expectNoLeaks(() => {
          const parameters = Parameters.from(1)
          const prior = builders[builder](gamma)(parameters, K, 4)
          for (const [k, L] of read(prior).L.entries())
            near(
              L.flat(),
              Matrix.eye(4)
                .mul(1 + FLOOR)
                .to1DArray(),
              1e-6,
              `component ${k}`,
            )
          near(
            numbers(() => prior.moments().sd),
            Array<number>(4 * K).fill(1 + FLOOR),
            1e-6,
          )
          for (const scale of [1, 30]) {
            disturb(parameters, new Random(4), scale)
            const all = read(prior).L
            for (const L of all)
              L.forEach((row, u) => {
                assert.ok(row[u] >= FLOOR, `γ ${row[u]}`)
                assert.ok(row.slice(u + 1).every((x) => x === 0))
                assert.ok(row.slice(0, u).every((x) => x !== 0))
              })
            near(
              numbers(() => prior.moments().sd),
              all.flatMap((L) => L.map((row) => Math.hypot(...row))),
              1e-6,
            )
            if (gamma === 'shared') assert.deepEqual(all[1], all[0])
          }
          parameters.dispose()
        }))

  for (const latent of [2, 5])
    it(`have the density of their covariance, for one row or a row each: ${latent} units`, () =>
      expectNoLeaks(() => {
        const { parameters, prior } = made(latent)
        const { means, L } = read(prior)
        for (const branches of [1, K]) {
          const z = new Random(5).normals(2 * branches * latent)
          const found = numbers(() =>
            tf.sum(componentLogProb(prior, tf.tensor(z, [2, branches, latent])), -1),
          )
          const rows = rowsOf(z, latent)
          const expected = [0, 1].flatMap((n) =>
            means.map((m, k) => logDensity(rows[n * branches + (branches > 1 ? k : 0)], m, L[k])),
          )
          near(found, expected, 1e-5)
        }
        parameters.dispose()
      }))

  for (const branches of [1, K])
    it(`have the KL of a quadrature, each unit's term at least 0: ${branches} normals`, () => {
      const { parameters, prior } = made(2)
      const { means, L } = read(prior)
      const { mean, sd } = q(2, branches)
      const [found, each] = numbersOfAll(() => {
        const kl = componentKl(
          prior,
          ...([mean, sd].map((x) => tf.tensor(x, [2, branches, 2])) as [tf.Tensor, tf.Tensor]),
        )
        return [tf.sum(kl, -1), kl]
      })
      assert.ok(Math.min(...each) >= -1e-6, 'no term below 0')
      const [steps, reach] = [81, 7]
      const expected = [0, 1].flatMap((n) =>
        means.map((m, k) => {
          const row = n * branches + (branches > 1 ? k : 0)
          const [mq, sq] = [mean, sd].map((x) => x.slice(2 * row, 2 * row + 2))
          let sum = 0
          for (let i = 0; i < steps; i++)
            for (let j = 0; j < steps; j++) {
              const v = [i, j].map((at) => reach * ((2 * at) / (steps - 1) - 1))
              const mass =
                (Math.exp(-(v[0] ** 2 + v[1] ** 2) / 2) / (2 * Math.PI)) * ((2 * reach) / (steps - 1)) ** 2
              const z = v.map((x, u) => mq[u] + sq[u] * x)
              const logQ = -(v[0] ** 2 + v[1] ** 2) / 2 - Math.log(2 * Math.PI) - Math.log(sq[0] * sq[1])
              sum += mass * (logQ - logDensity(z, m, L[k]))
            }
          return sum
        }),
      )
      near(found, expected, 1e-5)
      parameters.dispose()
    })

  it('have the KL between normals by matrices, with six units', () => {
    const { parameters, prior } = made(6)
    const { means, L } = read(prior)
    const { mean, sd } = q(6, 1)
    const found = numbers(() =>
      tf.sum(componentKl(prior, tf.tensor(mean, [2, 1, 6]), tf.tensor(sd, [2, 1, 6])), -1),
    )
    const expected = [0, 1].flatMap((n) =>
      means.map((m, k) => {
        const P = inverse(new Matrix(L[k]).mmul(new Matrix(L[k]).transpose()))
        const s = sd.slice(6 * n, 6 * n + 6)
        const x = Matrix.columnVector(m.map((value, u) => mean[6 * n + u] - value))
        const trace = s.reduce((sum, value, u) => sum + P.get(u, u) * value ** 2, 0)
        const logs = s.reduce((sum, value) => sum - 2 * Math.log(value), -Math.log(determinant(P)))
        return (trace + x.transpose().mmul(P).mmul(x).get(0, 0) - 6 + logs) / 2
      }),
    )
    near(found, expected, 1e-5)
    parameters.dispose()
  })

  it('have the right gradient for every weight', () => {
    const { parameters, prior } = made(3)
    const { mean, sd } = q(3, 1)
    const weights = readWeights(parameters)
    const kl = (): number => {
      const [means, gamma, lower] = ['means', 'gamma', 'lower'].map((name) => weights[`prior/${name}`])
      let sum = 0
      for (let n = 0; n < 2; n++)
        for (let k = 0; k < K; k++) {
          const L = [0, 1, 2].map((i) =>
            [0, 1, 2].map((j) =>
              i === j ? softplus(gamma[3 * k + i]) + FLOOR : i > j ? lower[3 * k + (i * (i - 1)) / 2 + j] : 0,
            ),
          )
          const R = inverse(new Matrix(L))
          for (let u = 0; u < 3; u++) {
            let y = 0
            let spread = 0
            for (let v = 0; v < 3; v++) {
              y += R.get(u, v) * (mean[3 * n + v] - means[3 * k + v])
              spread += (R.get(u, v) * sd[3 * n + v]) ** 2
            }
            sum += Math.log(L[u][u] / sd[3 * n + u]) + (y * y + spread - 1) / 2
          }
        }
      return sum
    }
    const variables = [...parameters.variables.values()]
    const found = numbersOfAll(() => {
      const loss = (): tf.Scalar =>
        tf.sum(componentKl(prior, tf.tensor(mean, [2, 1, 3]), tf.tensor(sd, [2, 1, 3])))
      const { value, grads } = tf.variableGrads(loss, variables)
      return [value, ...variables.map((v) => grads[v.name])]
    })
    near(found[0], [kl()], 1e-5, 'value')
    ;[...parameters.variables.keys()].forEach((name, i) => {
      near(found[i + 1], finiteDifferences(kl, weights[name]), 1e-4, name)
      assert.ok(
        found[i + 1].every((x) => x !== 0),
        name,
      )
    })
    parameters.dispose()
  })

  it('are drawn with their covariance', () => {
    const model = gmvae(options(3, 'full'))
    disturb(model.parameters, new Random(2), 0.8)
    const { means, L } = read(model.prior)
    const count = 20_000
    const z = rowsOf(
      numbers(() => model.drawPrior(new Draws(tf.tensor1d([1, 0], 'int32')), count, 1)),
      3,
    )
    const S = new Matrix(L[1]).mmul(new Matrix(L[1]).transpose())
    for (let u = 0; u < 3; u++)
      for (let v = 0; v <= u; v++) {
        const found = z.reduce((sum, row) => sum + (row[u] - means[1][u]) * (row[v] - means[1][v]), 0) / count
        const error = Math.sqrt((S.get(u, u) * S.get(v, v) + S.get(u, v) ** 2) / count)
        assert.ok(Math.abs(found - S.get(u, v)) < 5 * error, `covariance ${u}, ${v}: ${found}`)
      }
    model.dispose()
  })

  it('are the same as diagonal ones while the numbers below the diagonal are 0', () => {
    const [full, diagonal] = (['full', 'diagonal'] as const).map((covariance) =>
      gmvae(options(3, covariance)),
    )
    const terms = (model: Model): number[] =>
      numbersOfAll(() => {
        const x = tf.tensor2d([[0.3, -0.2, 1, 0.4]])
        const { klZ, klW, reconstruction } = model.elboTerms(x, new Draws(tf.tensor1d([1, 0], 'int32')))
        return [klZ, klW, reconstruction]
      }).flat()
    near(terms(full), terms(diagonal), 1e-5)
    for (const model of [full, diagonal]) model.dispose()
  })

  it('are saved, loaded and trained again to the same numbers', async () => {
    const { train } = pinwheel({ train: 60, test: 1 })
    for (const posterior of ['q(w|x) q(z|x)', 'q(w|x) q(z|x,w)'] as const) {
      const model = lidmvae({
        likelihood: gaussian(2),
        latent: 2,
        components: K,
        hidden: 6,
        posterior,
        prior: anchoredMeans({ covariance: 'full' }),
      })
      await expectReruns(model, train, { epochs: 2, batchSize: 20 })
      await expectLoads(model, train)
      assert.ok(
        readWeights(model.parameters)['prior/lower'].some((x) => x !== 0),
        'it was trained',
      )
      model.dispose()
    }
  })

  it('refuses an unknown covariance', () => {
    for (const build of [freeMeans, anchoredMeans])
      assert.throws(
        () => build({ covariance: 'banded' as never })(Parameters.from(1), 2, 2),
        (error: unknown) => error instanceof ArgumentError && error.argument === 'covariance',
      )
  })
})

function options(latent: number, covariance: 'full' | 'diagonal'): MixtureOptions {
  const prior = freeMeans({ start: 1, covariance })
  return { likelihood: gaussian(4), latent, components: K, hidden: 5, seed: 1, prior }
}

onEachEngine('cholesky', () => {
  it('gives the lower triangular factor', () => {
    const { parameters, prior } = made(4)
    const [S, C, L] = numbersOfAll(() => {
      const factor = prior.factor!()
      const covariance = tf.matMul(factor, factor, false, true)
      return [covariance, cholesky(covariance), factor]
    })
    near(C, L, 1e-5)
    nearNumber(S.length, K * 16, 0)
    parameters.dispose()
  })
})
