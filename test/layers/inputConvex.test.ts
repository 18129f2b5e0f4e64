import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { inputConvex, type ConvexActivation } from '../../src/layers/inputConvex'
import { convexReference, convexValue } from '../support/convexReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, readWeights, rowsOf } from '../support/tables'

const dim = 3
const hidden = 5
const cases = ([0, 1, 2] as const).flatMap((layers) =>
  (['smooth', 'paper'] as const).map((activation) => ({ layers, activation })),
)

const made = (layers: number, activation: ConvexActivation, scale = 0.5) => {
  const parameters = Parameters.from(1)
  const f = inputConvex(parameters, 'f', dim, { hidden, layers, activation })
  disturb(parameters, new Random(2), scale)
  return { parameters, f }
}

onEachEngine('inputConvex', () => {
  for (const { layers, activation } of cases) {
    it(`is the formula in doubles: ${layers} further layers, ${activation}`, () =>
      expectNoLeaks(() => {
        const { parameters, f } = made(layers, activation)
        const reference = convexReference(readWeights(parameters), 'f/', { dim, hidden, layers, activation })
        const u = new Random(3).normals(20 * dim, 2)
        const expected = rowsOf(u, dim).map((row) => convexValue(reference, row))
        near(
          numbers(() => f.value(tf.tensor2d(u, [20, dim]))),
          expected,
          2e-6,
        )
        parameters.dispose()
      }))

    it(`is convex along random segments, whatever the weights: ${layers} further layers, ${activation}`, () => {
      // Large weights of either sign: the positive map must hold.
      const { parameters, f } = made(layers, activation, 3)
      const random = new Random(4)
      const count = 300
      const from = rowsOf(random.normals(count * dim, 3), dim)
      const to = rowsOf(random.normals(count * dim, 3), dim)
      const t = from.map(() => random.uniform())
      const between = from.map((row, i) => row.map((x, j) => (1 - t[i]) * x + t[i] * to[i][j]))
      const [a, b, middle] = [from, to, between].map((rows) => numbers(() => f.value(tf.tensor2d(rows))))
      let strict = 0
      for (let i = 0; i < count; i++) {
        const chord = (1 - t[i]) * a[i] + t[i] * b[i]
        assert.ok(middle[i] <= chord + 1e-5 * Math.max(1, Math.abs(chord)), `${middle[i]} above ${chord}`)
        if (middle[i] < chord - 1e-3) strict++
      }
      assert.ok(strict > count / 2, 'a linear function would prove nothing')
      parameters.dispose()
    })
  }

  it('keeps W and w positive, and W of size 1/H, for free weights far below zero', () => {
    const { parameters, f } = made(2, 'smooth')
    for (const name of ['f/V1', 'f/v']) {
      const free = parameters.variables.get(name)
      tf.tidy(() => free?.assign(tf.fill(free.shape, -20)))
    }
    for (const x of numbers(() => f.weights().W[0])) assert.ok(x > 0 && x < 1e-8)
    for (const x of numbers(() => f.weights().w)) assert.ok(x > 0 && x < 1e-8)
    parameters.dispose()
  })

  it('refuses widths that are not integers, in one line', () => {
    const parameters = Parameters.from(1)
    const bad = [
      { dim: 0, hidden: 5 },
      { dim: 2.5, hidden: 5 },
      { dim: 2, hidden: 0 },
      { dim: 2, hidden: NaN },
      { dim: 2, hidden: 5, layers: -1 },
      { dim: 2, hidden: 5, activation: 'relu' as ConvexActivation },
    ]
    for (const { dim: width, ...options } of bad)
      assert.throws(
        () => inputConvex(parameters, 'f', width, options),
        (error) => error instanceof ArgumentError && !error.message.includes('\n'),
      )
    assert.equal(parameters.variables.size, 0)
  })
})
