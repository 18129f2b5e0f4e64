import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { brenier, type Brenier } from '../../src/layers/brenier'
import type { ConvexActivation } from '../../src/layers/inputConvex'
import {
  brenierMap,
  columnsOfLayer,
  convexReference,
  distanceFromKinks,
  potential,
  type ConvexReference,
} from '../support/convexReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, numbersOfAll, readWeights, rowsOf } from '../support/tables'

const dim = 3
const hidden = 5
const mu = 0.7
const points = 6
const cases = ([0, 1, 2] as const).flatMap((layers) =>
  (['smooth', 'paper'] as const).map((activation) => ({ layers, activation })),
)

interface Made {
  parameters: Parameters
  g: Brenier
  reference: ConvexReference
  u: number[]
}

/** A map with random weights, its reference, and points away from its kinks. */
function made(layers: number, activation: ConvexActivation, scale = 0.5): Made {
  const parameters = Parameters.from(1)
  const g = brenier(parameters, 'g', dim, { hidden, layers, activation, mu })
  disturb(parameters, new Random(5), scale)
  const reference = convexReference(readWeights(parameters), 'g/', { dim, hidden, layers, activation, mu })
  const random = new Random(6)
  const u: number[] = []
  while (u.length < points * dim) {
    const point = random.normals(dim)
    if (distanceFromKinks(reference, point) > 1e-3) u.push(...point)
  }
  return { parameters, g, reference, u }
}

/** The Jacobian of the map at each point, by one vector-Jacobian product an output. */
function jacobians(g: Brenier, u: number[]): number[][][] {
  const rows = Array.from({ length: dim }, (_, i) =>
    numbers(() =>
      tf.grad((x) => tf.sum(tf.slice(g.apply(x), [0, i], [-1, 1])))(tf.tensor2d(u, [points, dim])),
    ),
  )
  return Array.from({ length: points }, (_, n) => rows.map((row) => row.slice(n * dim, (n + 1) * dim)))
}

onEachEngine('brenier', () => {
  for (const { layers, activation } of cases) {
    const title = `${layers} further layers, ${activation}`

    it(`is the gradient of f(u) + μ|u|²/2: ${title}`, () =>
      expectNoLeaks(() => {
        const { parameters, g, reference, u } = made(layers, activation)
        const value = numbers(() => g.apply(tf.tensor2d(u, [points, dim])))
        const rows = rowsOf(u, dim)
        // The reference itself first: its map against finite differences of its value.
        const slopes = rows.flatMap((row) => finiteDifferences(() => potential(reference, row), row, 1e-5))
        near(
          rows.flatMap((row) => brenierMap(reference, row)),
          slopes,
          1e-8,
          'reference',
        )
        near(value, slopes, 3e-6)
        parameters.dispose()
      }))

    it(`has a symmetric Jacobian with no eigenvalue below μ: ${title}`, () => {
      const { parameters, g, reference, u } = made(layers, activation)
      const found = jacobians(g, u)
      rowsOf(u, dim).forEach((row, n) => {
        const expected = Array.from({ length: dim }, (_, i) =>
          finiteDifferences(() => brenierMap(reference, row)[i], row),
        )
        near(found[n].flat(), expected.flat(), 5e-6, 'Jacobian')
        near(found[n].flat(), new Matrix(found[n]).transpose().to2DArray().flat(), 5e-6, 'transposed')
        const { realEigenvalues } = new EigenvalueDecomposition(new Matrix(found[n]), {
          assumeSymmetric: true,
        })
        assert.ok(Math.min(...realEigenvalues) >= mu - 1e-5, `eigenvalues ${realEigenvalues.join(', ')}`)
        assert.ok(Math.max(...realEigenvalues) > mu + 0.05, 'μ alone would prove nothing')
      })
      parameters.dispose()
    })

    it(`has the right gradients for u and every weight: ${title}`, () =>
      expectNoLeaks(() => {
        const { parameters, g, reference, u } = made(layers, activation)
        const G = new Random(7).normals(points * dim)
        const names = [...parameters.variables.keys()]
        const variables = [...parameters.variables.values()]
        const score = (x: tf.Tensor): tf.Scalar => tf.sum(tf.mul(g.apply(x), tf.tensor2d(G, [points, dim])))
        const [ofU] = numbersOfAll(() => [tf.grad(score)(tf.tensor2d(u, [points, dim]))])
        const ofWeights = numbersOfAll(() => {
          const { grads } = tf.variableGrads(() => score(tf.tensor2d(u, [points, dim])), variables)
          return variables.map((v) => grads[v.name] ?? tf.zerosLike(v))
        })
        const rows = rowsOf(u, dim)
        const expectedScore = (): number =>
          rows.reduce(
            (sum, row, n) => sum + brenierMap(reference, row).reduce((s, x, i) => s + x * G[n * dim + i], 0),
            0,
          )
        const expectedOfU = rows.flatMap((row) => finiteDifferences(expectedScore, row))
        near(ofU, expectedOfU, 1e-5, 'u')
        const expected: Record<string, number[]> = {
          v: finiteDifferences(expectedScore, reference.v),
          a: finiteDifferences(expectedScore, reference.a),
        }
        for (const letter of ['A', 'b'] as const) {
          const all = finiteDifferences(expectedScore, reference[letter])
          for (let l = 0; l <= layers; l++) expected[`${letter}${l}`] = columnsOfLayer(all, l, layers, hidden)
        }
        reference.V.forEach((V, l) => (expected[`V${l + 1}`] = finiteDifferences(expectedScore, V)))
        assert.deepEqual(
          names.map((name) => name.slice(2)).sort(),
          Object.keys(expected).sort(),
          'every weight is compared',
        )
        names.forEach((name, i) => near(ofWeights[i], expected[name.slice(2)], 1e-5, name))
        parameters.dispose()
      }))

    // With one latent unit the products go over fewer rows than the batch has, with six over the batch.
    for (const K of [1, 6])
      it(`is the same after an affine map of ${K} rows, value and gradients: ${title}`, () =>
        expectNoLeaks(() => {
          const { parameters, g } = made(layers, activation)
          const random = new Random(9)
          const [h, beta, c, G] = [
            [points, K],
            [K, dim],
            [1, dim],
            [points, dim],
          ].map(([rows, columns]) => random.normals(rows * columns))
          const variables = [...parameters.variables.values()]
          const both = (f: (h: tf.Tensor, beta: tf.Tensor, c: tf.Tensor) => tf.Tensor): number[][] =>
            numbersOfAll(() => {
              const args = [tf.tensor2d(h, [points, K]), tf.tensor2d(beta, [K, dim]), tf.tensor1d(c)]
              const score = (...x: tf.Tensor[]): tf.Scalar =>
                tf.sum(tf.mul(f(x[0], x[1], x[2]), tf.tensor2d(G, [points, dim])))
              const { grads } = tf.variableGrads(() => score(...args), variables)
              return [
                f(args[0], args[1], args[2]),
                ...tf.grads(score)(args),
                ...variables.map((v) => grads[v.name] ?? tf.zerosLike(v)),
              ]
            })
          const direct = both((x, y, z) => g.apply(tf.add(tf.matMul(x, y), z)))
          both((x, y, z) => g.after(x, y, z)).forEach((values, i) =>
            near(values, direct[i], 2e-5, `number ${i}`),
          )
          parameters.dispose()
        }))

    it(`gives every weight a gradient, except later biases of the paper's activation: ${title}`, () => {
      const { parameters, g, u } = made(layers, activation)
      const variables = [...parameters.variables.values()]
      const G = new Random(8).normals(points * dim)
      const gradients = numbersOfAll(() => {
        const loss = (): tf.Scalar =>
          tf.sum(tf.mul(g.apply(tf.tensor2d(u, [points, dim])), tf.tensor2d(G, [points, dim])))
        const { grads } = tf.variableGrads(loss, variables)
        return variables.map((v) => grads[v.name])
      })
      const zero = (values: number[]): boolean => values.every((x) => x === 0)
      ;[...parameters.variables.keys()].forEach((name, i) => {
        const layer = Number(/^g\/b(\d)$/.exec(name)?.[1] ?? 0)
        assert.equal(zero(gradients[i]), activation === 'paper' && layer > 0, name)
      })
      parameters.dispose()
    })

    it(`is strongly monotone, near and far, for small and large weights: ${title}`, () => {
      for (const scale of [0.1, 1, 3]) {
        const { parameters, g } = made(layers, activation, scale)
        const random = new Random(9)
        const count = 400
        const u = rowsOf(random.normals(count * dim, 2), dim)
        const v = u.map((row, i) => row.map((x) => x + [2, 0.3, 0.05][i % 3] * random.normal()))
        const [gu, gv] = [u, v].map((rows) =>
          rowsOf(
            numbers(() => g.apply(tf.tensor2d(rows))),
            dim,
          ),
        )
        for (let i = 0; i < count; i++) {
          const step = u[i].map((x, j) => Math.fround(x) - Math.fround(v[i][j]))
          const square = step.reduce((sum, x) => sum + x * x, 0)
          const product = step.reduce((sum, x, j) => sum + x * (gu[i][j] - gv[i][j]), 0)
          const rounding = 2e-6 * Math.hypot(...gu[i]) * Math.sqrt(square)
          assert.ok(product >= mu * square - rounding, `⟨g(u) − g(v), u − v⟩ = ${product} < ${mu * square}`)
        }
        parameters.dispose()
      }
    })
  }

  it('has its bias a as an offset', () => {
    const { parameters, g, u } = made(1, 'smooth')
    const apply = (): number[] => numbers(() => g.apply(tf.tensor2d(u, [points, dim])))
    const before = apply()
    tf.tidy(() => g.bias.assign(tf.add(g.bias, tf.tensor1d([1, 2, 3]))))
    near(
      apply(),
      before.map((x, i) => x + 1 + (i % dim)),
      1e-6,
    )
    parameters.dispose()
  })

  it('refuses a non-positive μ and invalid widths', () => {
    for (const wrong of [0, -1, NaN, Infinity])
      assert.throws(() => brenier(Parameters.from(1), 'g', 2, { hidden: 4, mu: wrong }), ArgumentError)
    assert.throws(() => brenier(Parameters.from(1), 'g', 0, { hidden: 4 }), ArgumentError)
    assert.throws(() => brenier(Parameters.from(1), 'g', 2, { hidden: 1.5 }), ArgumentError)
  })
})
