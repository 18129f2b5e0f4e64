import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { sgd } from '../../src/compute/optimizers'
import { Parameters } from '../../src/compute/parameters'
import { EvaluationStep, TrainingStep } from '../../src/compute/step'
import { ArgumentError } from '../../src/base/errors'
import { lstm, type Lstm, type LstmContext } from '../../src/layers/lstm'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { lstmReference, type LstmNumbers } from '../support/lstmReference'
import { finiteDifferences, near } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbersOfAll, readWeights } from '../support/tables'

interface Sizes {
  time: number
  batch: number
  inputs: number
  hidden: number
  constant: number
}

const small: Sizes = { time: 4, batch: 2, inputs: 3, hidden: 3, constant: 2 }
const cases: [string, Sizes][] = [
  ['a constant vector', small],
  ['no constant vector', { ...small, constant: 0 }],
  ['one step', { ...small, time: 1 }],
  ['one unit and one row', { time: 3, batch: 1, inputs: 1, hidden: 1, constant: 1 }],
]

/** A layer with weights away from their start, and numbers that enter it. */
function made(sizes: Sizes): { parameters: Parameters; layer: Lstm; numbers: LstmNumbers } {
  const { time, batch, inputs, hidden, constant } = sizes
  const parameters = Parameters.from(1)
  const layer = lstm(parameters, 'l', { inputs, hidden, constant })
  disturb(parameters, new Random(2), 0.3)
  const weights = readWeights(parameters)
  const random = new Random(3)
  const numbers = {
    ...sizes,
    x: random.normals(time * batch * inputs),
    z: random.normals(batch * constant),
    h: random.normals(batch * hidden),
    c: random.normals(batch * hidden),
    W: weights['l/W'],
    U: weights['l/U'],
    V: weights['l/V'] ?? [],
    b: weights['l/b'],
  }
  return { parameters, layer, numbers }
}

/** What enters, as tensors. */
function tensors(n: LstmNumbers): { x: tf.Tensor; context: LstmContext } {
  return {
    x: tf.tensor3d(n.x, [n.time, n.batch, n.inputs]),
    context: {
      initial: { h: tf.tensor2d(n.h, [n.batch, n.hidden]), c: tf.tensor2d(n.c, [n.batch, n.hidden]) },
      ...(n.constant > 0 && { constant: tf.tensor2d(n.z, [n.batch, n.constant]) }),
    },
  }
}

/** The same layer by plain operations, differentiated by tfjs. */
function slowly(
  parameters: Parameters,
  n: Sizes,
  x: tf.Tensor,
  { initial, constant }: LstmContext,
): tf.Tensor[] {
  const weight = (name: string): tf.Variable => parameters.variables.get(`l/${name}`) as tf.Variable
  let [h, c] = [initial?.h ?? tf.zeros([n.batch, n.hidden]), initial?.c ?? tf.zeros([n.batch, n.hidden])]
  const all: tf.Tensor[] = []
  for (const row of tf.unstack(x)) {
    const entering = tf.concat([row, h, ...(constant ? [constant] : [])], 1)
    const matrix = tf.concat([weight('W'), weight('U'), ...(constant ? [weight('V')] : [])])
    const p = tf.add<tf.Tensor2D>(tf.matMul(entering, matrix), weight('b'))
    const [i, f, g, o] = tf.split(p, 4, 1)
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)))
    h = tf.mul(tf.sigmoid(o), tf.tanh(c))
    all.push(h)
  }
  return [tf.stack(all), c]
}

onEachEngine('lstm', (engine) => {
  for (const [title, sizes] of cases) {
    it(`is the equations' output and cell: ${title}`, () =>
      expectNoLeaks(() => {
        const { parameters, layer, numbers } = made(sizes)
        const [h, lastH, lastC] = numbersOfAll(() => {
          const { x, context } = tensors(numbers)
          const { h, last } = layer.apply(x, context)
          return [h, last.h, last.c]
        })
        const expected = lstmReference(numbers)
        near(h, expected.h, 1e-6, 'h')
        near(lastH, expected.h.slice(-sizes.batch * sizes.hidden), 1e-6, 'last h')
        near(lastC, expected.c, 1e-6, 'last c')
        parameters.dispose()
      }))

    it(`has the right gradients for inputs, state, constant and weights: ${title}`, () =>
      expectNoLeaks(() => {
        const { parameters, layer, numbers: n } = made(sizes)
        const random = new Random(4)
        const G = random.normals(n.time * n.batch * n.hidden)
        const GC = random.normals(n.batch * n.hidden)
        const score = (x: tf.Tensor, context: LstmContext): tf.Scalar => {
          const { h, last } = layer.apply(x, context)
          const ofC = tf.sum(tf.mul(last.c, tf.tensor(GC, last.c.shape)))
          // The last output twice: among all of them and by itself.
          return tf.add(
            tf.add(tf.sum(tf.mul(h, tf.tensor(G, h.shape))), ofC),
            tf.sum(tf.mul(last.h, tf.tensor(GC, last.h.shape))),
          )
        }
        const variables = [...parameters.variables.values()]
        const found = numbersOfAll(() => {
          const { x, context } = tensors(n)
          const { h, c } = context.initial as { h: tf.Tensor; c: tf.Tensor }
          const z = context.constant ?? tf.zeros([1])
          const ofInputs = tf.grads((...all: tf.Tensor[]) =>
            score(all[0], { initial: { h: all[1], c: all[2] }, constant: n.constant ? all[3] : undefined }),
          )
          const { grads } = tf.variableGrads(() => score(x, context), variables)
          return [
            ...(n.constant ? ofInputs([x, h, c, z]) : ofInputs([x, h, c])),
            ...variables.map((v) => grads[v.name]),
          ]
        })
        const value = (): number => {
          const { h, c } = lstmReference(n)
          const last = h.length - GC.length
          return (
            h.reduce((sum, x, i) => sum + x * G[i], 0) +
            c.reduce((sum, x, i) => sum + (x + h[last + i]) * GC[i], 0)
          )
        }
        const order = ['x', 'h', 'c', 'z', 'W', 'U', 'V', 'b'] as const
        const wanted = order.filter((name) => n.constant || (name !== 'z' && name !== 'V'))
        assert.equal(found.length, wanted.length)
        wanted.forEach((name, i) => near(found[i], finiteDifferences(value, n[name]), 3e-6, name))
        parameters.dispose()
      }))
  }

  for (const [title, part] of [
    ['the outputs', (h: tf.Tensor) => h],
    ['the last cell alone', (_: tf.Tensor, c: tf.Tensor) => c],
  ] as const)
    it(`agrees with plain operations over many steps, from zero states: ${title}`, () =>
      expectNoLeaks(() => {
        const sizes = { time: 25, batch: 6, inputs: 5, hidden: 16, constant: 3 }
        const { parameters, layer, numbers } = made(sizes)
        const variables = [...parameters.variables.values()]
        const both = (f: (x: tf.Tensor, context: LstmContext) => tf.Tensor): number[][] =>
          numbersOfAll(() => {
            const { x, context } = tensors(numbers)
            const z = { constant: context.constant }
            const score = (): tf.Scalar => tf.sum(tf.square(f(x, z)))
            const { value, grads } = tf.variableGrads(score, variables)
            return [value, ...variables.map((v) => grads[v.name])]
          })
        const expected = both((x, context) => {
          const [h, c] = slowly(parameters, sizes, x, context)
          return part(h, c)
        })
        const found = both((x, context) => {
          const { h, last } = layer.apply(x, context)
          return part(h, last.c)
        })
        found.forEach((values, i) => near(values, expected[i], 1e-5, `number ${i}`))
        parameters.dispose()
      }))

  const wide: Sizes = { time: 3, batch: 32, inputs: 5, hidden: 400, constant: 2 }
  // The wide one is cut in two in a graph, so that two cores share each step.
  for (const [title, sizes, lengths] of [
    ['several lengths', small, [2, 5, 2, 5]],
    ['lengths that are loops in the graph', small, [40, 3, 40, 17]],
    ['wide', wide, [2, 5, 2, 5]],
    ['wide, in a loop', wide, [18, 2]],
  ] as const)
    it(`gives the same steps as a graph and operation by operation: ${title}`, () =>
      expectNoLeaks(() => {
        const { batch, inputs, constant } = sizes
        const trained = [true, false].map((traced) => {
          const { parameters, layer } = made(sizes)
          const step = new TrainingStep({
            variables: parameters.variables,
            optimizer: sgd(),
            clipNorm: 5,
            traced,
            loss: ({ x, z }) => ({ loss: tf.mean(tf.square(layer.apply(x, { constant: z }).h)) }),
          })
          const random = new Random(5)
          const losses = lengths.map((time, i) => {
            const of = (shape: number[]) => ({
              values: Float32Array.from(random.normals(tf.util.sizeFromShape(shape))),
              shape,
            })
            const entering = { x: of([time, batch, inputs]), z: of([batch, constant]) }
            return step.run(entering, { key: [1, i], rate: 0.1, step: i + 1 }).values.loss
          })
          assert.equal(step.traced, traced && engine === 'native')
          step.dispose()
          const weights = Object.values(readWeights(parameters)).flat()
          parameters.dispose()
          return { losses, weights }
        })
        near(trained[0].losses, trained[1].losses, 1e-5, 'losses')
        near(trained[0].weights, trained[1].weights, 1e-5, 'weights')
      }))

  it('evaluates without keeping what only a gradient needs', () =>
    expectNoLeaks(() => {
      const { parameters, layer, numbers } = made(small)
      const step = new EvaluationStep<'h'>(({ x }, _draws) => ({
        h: layer.apply(x, { constant: tf.zeros([small.batch, small.constant]) }).h,
      }))
      const inputs = {
        x: { values: Float32Array.from(numbers.x), shape: [small.time, small.batch, small.inputs] },
      }
      const zero = (length: number): number[] => new Array<number>(length).fill(0)
      const { batch, hidden, constant } = small
      const expected = lstmReference({
        ...numbers,
        h: zero(batch * hidden),
        c: zero(batch * hidden),
        z: zero(batch * constant),
      })
      near(step.run(inputs, [0, 0]).h.values, expected.h, 1e-6)
      step.dispose()
      parameters.dispose()
    }))

  it('refuses invalid dimensions and tensors of another shape', () => {
    const parameters = Parameters.from(1)
    assert.throws(() => lstm(parameters, 'a', { inputs: 0, hidden: 2 }), ArgumentError)
    assert.throws(() => lstm(parameters, 'b', { inputs: 2, hidden: 1.5 }), ArgumentError)
    assert.throws(() => lstm(parameters, 'c', { inputs: 2, hidden: 2, constant: -1 }), ArgumentError)
    const layer = lstm(parameters, 'd', { inputs: 2, hidden: 3, constant: 2 })
    const z = tf.zeros([4, 2])
    tf.tidy(() => {
      assert.throws(
        () => layer.apply(tf.zeros([5, 4, 3]), { constant: z }),
        /`x` must be .*\[time, batch, 2\], got .*/,
      )
      assert.throws(() => layer.apply(tf.zeros([4, 2]), { constant: z }), ArgumentError)
      assert.throws(() => layer.apply(tf.zeros([5, 4, 2])), /`constant` must be .*, got undefined/)
      assert.throws(() => layer.apply(tf.zeros([5, 3, 2]), { constant: z }), /\[3, 2\]/)
      const state = { h: tf.zeros([4, 2]), c: tf.zeros([4, 3]) }
      assert.throws(() => layer.apply(tf.zeros([5, 4, 2]), { constant: z, initial: state }), /initial\.h/)
    })
    z.dispose()
    parameters.dispose()
  })
})
