import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { brenier } from '../../src/layers/brenier'
import { fullRank } from '../../src/layers/fullRank'
import { increasing } from '../../src/layers/increasing'
import type { InjectivePart } from '../../src/layers/injective'
import { couplingFlow } from '../../src/layers/realNvp'
import { rotation } from '../../src/layers/rotation'
import { twist } from '../../src/layers/twist'
import { onEachEngine } from '../support/engines'
import { everyPartHolds } from '../support/everyPart'
import { boundHolds } from '../support/expansion'
import {
  distanceFromTwistKinks,
  increasingAt,
  rotationAt,
  twistAt,
  type Weights,
} from '../support/injectiveReference'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, numbersOfAll, readWeights, rowsOf } from '../support/tables'

interface Case {
  title: string
  dim: number
  build(parameters: Parameters, dim: number): InjectivePart
  /** The map in doubles. */
  at(weights: Weights, u: number[]): number[]
  /** How far from a kink a point is. */
  away?(weights: Weights, u: number[]): number
}

const twisted = (dim: number, hidden: number, saturating: number): Case => ({
  title: `twist layer, d ${dim}, H ${hidden}, ${saturating} saturating`,
  dim,
  build: (parameters, d) => twist(parameters, 'f', d, { hidden, mu: 0.3, saturating }),
  at: (weights, u) => twistAt(weights, 0.3, u),
  ...(saturating < 1 && { away: distanceFromTwistKinks }),
})

const cases: Case[] = [
  twisted(1, 4, 0.25),
  twisted(2, 8, 0.25),
  twisted(2, 5, 0),
  twisted(3, 5, 1),
  twisted(5, 2, 0.5),
  twisted(5, 3, 0.5),
  {
    title: 'increasing map',
    dim: 3,
    build: (parameters, dim) => increasing(parameters, 'f', dim, { mu: 0.3, steps: 2 }),
    at: (weights, u) => increasingAt(weights, 0.3, u),
  },
  ...[2, 5].map((dim) => ({
    title: `rotation, d ${dim}`,
    dim,
    build: (parameters: Parameters, d: number) => rotation(parameters, 'f', d),
    at: rotationAt,
  })),
]
const points = 6

function made(one: Case, scale = 0.7) {
  const parameters = Parameters.from(1)
  const part = one.build(parameters, one.dim)
  disturb(parameters, new Random(5), scale)
  const weights: Weights = Object.fromEntries(
    Object.entries(readWeights(parameters)).map(([name, values]) => [name.slice(2), values]),
  )
  const random = new Random(6)
  const u: number[] = []
  while (u.length < points * one.dim) {
    const point = random.normals(one.dim)
    if ((one.away?.(weights, point) ?? 1) > 1e-3) u.push(...point)
  }
  return { parameters, part, weights, u }
}

onEachEngine('parts of injective maps', () => {
  for (const one of cases) {
    it(`has the value of its formula: ${one.title}`, () =>
      expectNoLeaks(() => {
        const { parameters, part, weights, u } = made(one)
        near(
          numbers(() => part.apply(tf.tensor2d(u, [points, one.dim]))),
          rowsOf(u, one.dim).flatMap((row) => one.at(weights, row)),
          3e-6,
        )
        parameters.dispose()
      }))

    it(`has the right gradients, none of them 0, for u and every weight: ${one.title}`, () =>
      expectNoLeaks(() => {
        const { parameters, part, weights, u } = made(one)
        const G = new Random(7).normals(points * one.dim)
        const variables = [...parameters.variables.values()]
        const names = [...parameters.variables.keys()].map((name) => name.slice(2))
        const score = (x: tf.Tensor): tf.Scalar =>
          tf.sum(tf.mul(part.apply(x), tf.tensor2d(G, [points, one.dim])))
        const found = numbersOfAll(() => {
          const x = tf.tensor2d(u, [points, one.dim])
          const { grads } = tf.variableGrads(() => score(x), variables)
          return [tf.grad(score)(x), ...variables.map((v) => grads[v.name])]
        })
        const rows = rowsOf(u, one.dim)
        const expected = (): number =>
          rows.reduce(
            (sum, row, n) => sum + one.at(weights, row).reduce((s, x, i) => s + x * G[n * one.dim + i], 0),
            0,
          )
        near(
          found[0],
          rows.flatMap((row) => finiteDifferences(expected, row)),
          2e-5,
          'u',
        )
        names.forEach((name, i) => {
          near(found[i + 1], finiteDifferences(expected, weights[name]), 2e-5, name)
          assert.ok(
            found[i + 1].some((x) => Math.abs(x) > 1e-4),
            `${name} has a gradient`,
          )
        })
        parameters.dispose()
      }))

    it(`expands by its constant at least, near and far, for small and large weights: ${one.title}`, () => {
      for (const scale of [0.1, 1, 3]) {
        const { parameters, part } = made(one, scale)
        boundHolds(part, new Random(9), 300)
        parameters.dispose()
      }
    })

    it(`starts near the identity: ${one.title}`, () => {
      const parameters = Parameters.from(1)
      const part = one.build(parameters, one.dim)
      const u = new Random(3).normals(points * one.dim)
      const out = numbers(() => part.apply(tf.tensor2d(u, [points, one.dim])))
      near(out, u, one.title.startsWith('rotation') ? 1e-6 : 0.6)
      parameters.dispose()
    })
  }

  it('is strongly monotone, and would not be without N/4: twist layer', () => {
    const parameters = Parameters.from(2)
    const mu = 0.05
    const part = twist(parameters, 'f', 2, { hidden: 6, mu, saturating: 0 })
    disturb(parameters, new Random(8), 2)
    // softplus(s) is about 0, so that μ and N/4 are all there is.
    tf.tidy(() => parameters.variables.get('f/s')!.assign(tf.scalar(-20)))
    const weights = Object.fromEntries(
      Object.entries(readWeights(parameters)).map(([name, values]) => [name.slice(2), values]),
    )
    const random = new Random(4)
    let least = Infinity
    let leastWithout = Infinity
    const K = weights.V.map((v, i) => v - weights.A[i])
    const quarter = twistAt(
      { ...weights, A: weights.A.map(() => 0), V: K, b: K.map(() => 0).slice(0, 6), a: [0, 0] },
      0,
      [1, 0],
    )[0]
    for (let i = 0; i < 2000; i++) {
      const u = random.normals(2, 2)
      const v = u.map((x) => x + random.normal() * [2, 0.2, 0.02][i % 3])
      const [Tu, Tv] = [u, v].map((x) => twistAt(weights, mu, x))
      const square = u.reduce((sum, x, j) => sum + (x - v[j]) ** 2, 0)
      const product = u.reduce((sum, x, j) => sum + (x - v[j]) * (Tu[j] - Tv[j]), 0) / square
      least = Math.min(least, product)
      leastWithout = Math.min(leastWithout, product - quarter)
    }
    assert.ok(least >= mu - 1e-9, `${least}`)
    assert.ok(leastWithout < mu - 0.05, `the term is needed: ${leastWithout}`)
    assert.ok(part.expansion()! >= mu && part.expansion()! < mu + 1e-6)
    parameters.dispose()
  })

  it('is a Brenier map where V = A: its Jacobian is symmetric', () => {
    const parameters = Parameters.from(3)
    const part = twist(parameters, 'f', 3, { hidden: 7, mu: 0.5 })
    tf.tidy(() => parameters.variables.get('f/V')!.assign(parameters.variables.get('f/A')!))
    const u = tf.tensor2d(new Random(1).normals(3), [1, 3])
    const J = [0, 1, 2].map((i) =>
      numbers(() => tf.grad((x) => tf.sum(tf.slice(part.apply(x), [0, i], [1, 1])))(u)),
    )
    near(
      J.flat(),
      [0, 1, 2].flatMap((i) => J.map((row) => row[i])),
      1e-6,
    )
    assert.ok(J.flat().every(Number.isFinite), 'N has a gradient at V = A too')
    u.dispose()
    parameters.dispose()
  })

  // With one row the products go over fewer rows than the batch has, with six over the batch.
  for (const K of [1, 6])
    it(`is the same after an affine map of ${K} rows, value and gradients: twist layer`, () =>
      expectNoLeaks(() => {
        const parameters = Parameters.from(1)
        const part = twist(parameters, 'f', 3, { hidden: 8, mu: 0.3 })
        disturb(parameters, new Random(5), 0.5)
        const random = new Random(9)
        const shapes = [[points, K], [K, 3], [3]]
        const values = shapes.map((shape) => random.normals(tf.util.sizeFromShape(shape)))
        const variables = [...parameters.variables.values()]
        const G = random.normals(points * 3)
        const both = (f: (h: tf.Tensor, beta: tf.Tensor, c: tf.Tensor) => tf.Tensor): number[][] =>
          numbersOfAll(() => {
            const args = values.map((value, i) => tf.tensor(value, shapes[i]))
            const score = (...x: tf.Tensor[]): tf.Scalar =>
              tf.sum(tf.mul(f(x[0], x[1], x[2]), tf.tensor2d(G, [points, 3])))
            const { grads } = tf.variableGrads(() => score(...args), variables)
            return [
              f(args[0], args[1], args[2]),
              ...tf.grads(score)(args),
              ...variables.map((v) => grads[v.name]),
            ]
          })
        const direct = both((x, y, z) => part.apply(tf.add(tf.matMul(x, y), z)))
        both((x, y, z) => part.after(x, y, z)).forEach((found, i) =>
          near(found, direct[i], 2e-5, `number ${i}`),
        )
        parameters.dispose()
      }))

  it('inverts a coupling flow, which has no constant', () => {
    const parameters = Parameters.from(1)
    const part = couplingFlow(parameters, 'f', 3, { couplings: 3, hidden: 8 })
    disturb(parameters, new Random(5), 0.5)
    const u = new Random(2).normals(points * 3)
    const back = numbers(() => part.flow.inverse(part.apply(tf.tensor2d(u, [points, 3]))).base)
    near(back, u, 1e-4)
    assert.deepEqual([part.floor, part.expansion()], [undefined, undefined])
    parameters.dispose()
  })

  it('stays orthogonal where a vector of a rotation is 0', () => {
    const parameters = Parameters.from(1)
    const part = rotation(parameters, 'f', 3, { reflections: 3 })
    tf.tidy(() => parameters.variables.get('f/v')!.assign(tf.zeros([3, 3])))
    const u = [1, 2, 3]
    near(
      numbers(() => part.apply(tf.tensor2d(u, [1, 3]))),
      [-1, 2, 3],
      1e-6,
    )
    parameters.dispose()
  })

  it('knows its constants, for the current and for every weight', () => {
    const parameters = Parameters.from(1)
    const parts = [
      brenier(parameters, 'a', 2, { hidden: 4, mu: 0.7 }),
      fullRank(parameters, 'b', 2, 3, { anchor: 0.5 }),
      twist(parameters, 'c', 3, { hidden: 4, mu: 0.2 }),
      increasing(parameters, 'd', 3, { mu: 0.4 }),
      rotation(parameters, 'e', 3),
    ]
    assert.deepEqual(
      parts.map(({ floor }) => floor),
      [0.7, 0.5, 0.2, 0.4, 1],
    )
    for (const part of parts) assert.ok(part.expansion()! >= part.floor! - 1e-6, part.kind)
    parameters.dispose()
  })

  it('has constants that hold for random weights: every part', () =>
    expectNoLeaks(() => everyPartHolds(20, 40)))

  it('refuses invalid widths, μ and shares', () => {
    const wrong: (() => unknown)[] = [
      () => twist(Parameters.from(1), 'f', 2, { hidden: 0 }),
      () => twist(Parameters.from(1), 'f', 0, { hidden: 2 }),
      () => twist(Parameters.from(1), 'f', 2, { hidden: 2, mu: 0 }),
      () => twist(Parameters.from(1), 'f', 2, { hidden: 2, saturating: 1.1 }),
      () => increasing(Parameters.from(1), 'f', 2, { mu: -1 }),
      () => increasing(Parameters.from(1), 'f', 2, { steps: 0 }),
      () => rotation(Parameters.from(1), 'f', 1),
      () => rotation(Parameters.from(1), 'f', 2, { reflections: 0 }),
      () => couplingFlow(Parameters.from(1), 'f', 1),
      () => couplingFlow(Parameters.from(1), 'f', 2, { couplings: 0 }),
    ]
    for (const f of wrong) assert.throws(f, ArgumentError)
  })
})
