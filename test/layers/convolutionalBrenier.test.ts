import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { convolutionalBrenier } from '../../src/layers/convolutionalBrenier'
import { convolve } from '../support/convolutionReference'
import { onEachEngine } from '../support/engines'
import { boundHolds } from '../support/expansion'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, readWeights } from '../support/tables'

const [ALPHA, MU, CHANNELS, KERNEL, STRIDE] = [0.2, 0.3, 2, 3, 2]
const SHAPE = [5, 4, 2] as const
const DIM = 5 * 4 * 2
const options = { shape: SHAPE, channels: CHANNELS, kernel: KERNEL, stride: STRIDE, mu: MU }
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** f(u) in doubles, from its formula. */
function convexAt(weights: Record<string, number[]>, u: number[]): number {
  const of = (name: string): number[] => weights[`g/${name}`]
  const small = [Math.ceil(5 / STRIDE), Math.ceil(4 / STRIDE), CHANNELS] as const
  const seen = (name: string): number[] => convolve(u, SHAPE, of(name), KERNEL, CHANNELS, STRIDE)
  const h0 = seen('A0').map((p, i) => {
    const sum = p + of('b0')[i % CHANNELS]
    return (sum > 0 ? sum : ALPHA * sum) ** 2
  })
  const W = of('V1').map((free) => softplus(free) / (9 * CHANNELS))
  const inner = convolve(h0, small, W, 3, CHANNELS, 1)
  const direct = seen('A1')
  return inner.reduce(
    (sum, p, i) => {
      const p1 = p + direct[i] + of('b1')[i % CHANNELS]
      return sum + softplus(of('v')[i % CHANNELS]) * (ALPHA * p1 + (1 - ALPHA) * softplus(p1))
    },
    of('a').reduce((sum, a, i) => sum + a * u[i], 0),
  )
}

function built(scale = 0.5) {
  const parameters = Parameters.from(1)
  const map = convolutionalBrenier(parameters, 'g', DIM, options)
  disturb(parameters, new Random(2), scale)
  return { parameters, map, weights: readWeights(parameters), u: new Random(3).normals(DIM) }
}

onEachEngine('convolutional Brenier map', () => {
  it('is the gradient of its convex function, and μu', () =>
    expectNoLeaks(() => {
      const { parameters, map, weights, u } = built()
      near(
        numbers(() => map.value(tf.tensor2d(u, [1, DIM]))),
        [convexAt(weights, u)],
        1e-5,
      )
      const gradient = finiteDifferences(() => convexAt(weights, u), u, 1e-5)
      near(
        numbers(() => map.apply(tf.tensor2d(u, [1, DIM]))),
        gradient.map((value, i) => value + MU * u[i]),
        1e-5,
      )
      parameters.dispose()
    }))

  it('has a gradient like finite differences, in u and in every weight', () =>
    expectNoLeaks(() => {
      const { parameters, map, weights, u } = built(0.3)
      const direction = new Random(4).normals(DIM)
      // ⟨direction, g(u)⟩ is the derivative of f along the direction, and μ⟨direction, u⟩.
      const loss = (): number => {
        const at = (step: number): number =>
          convexAt(
            weights,
            u.map((value, i) => value + step * direction[i]),
          )
        return (at(1e-4) - at(-1e-4)) / 2e-4 + MU * u.reduce((sum, value, i) => sum + value * direction[i], 0)
      }
      const x = tf.tensor2d(u, [1, DIM])
      const along = (image: tf.Tensor): tf.Scalar =>
        tf.sum(tf.mul(map.apply(image), tf.tensor2d(direction, [1, DIM]))).asScalar()
      const { grads, value } = tf.tidy(() => tf.variableGrads(() => along(x)))
      const names = [...parameters.variables]
      assert.equal(names.length, 7)
      for (const [name, variable] of names)
        near(grads[variable.name].dataSync(), finiteDifferences(loss, weights[name], 1e-4), 3e-4, name)
      near(
        numbers(() => tf.grad((image: tf.Tensor) => along(image))(x)),
        finiteDifferences(loss, u, 1e-4),
        3e-4,
        'u',
      )
      tf.dispose([x, value, ...Object.values(grads)])
      parameters.dispose()
    }))

  it('expands every distance by μ at least, whatever its weights', () =>
    expectNoLeaks(() => {
      for (let setting = 0; setting < 15; setting++) {
        const parameters = Parameters.from(setting)
        const map = convolutionalBrenier(parameters, 'g', DIM, { ...options, stride: 1 + (setting % 3) })
        const random = new Random(100 + setting)
        disturb(parameters, random, [0.1, 1, 10][setting % 3])
        boundHolds(map, random, 20)
        parameters.dispose()
      }
    }))

  it('refuses shapes that do not fit, and no μ', () => {
    const parameters = Parameters.from(1)
    const build = (wrong: object) => () =>
      convolutionalBrenier(parameters, 'g', DIM, { ...options, ...wrong })
    assert.throws(build({ shape: [5, 4] }), /of 40 numbers, the dimension of x/)
    assert.throws(build({ shape: 40 }), /\[height, width\] or \[height, width, channels\]/)
    for (const wrong of [{ mu: 0 }, { channels: 0 }, { kernel: 1.5 }, { stride: 4 }])
      assert.throws(build(wrong), ArgumentError)
    parameters.dispose()
  })
})
