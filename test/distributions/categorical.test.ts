import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { linearWordLogProb, wordLogProb } from '../../src/distributions/categorical'
import { sgd } from '../../src/compute/optimizers'
import { TrainingStep } from '../../src/compute/step'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { finiteDifferences, near } from '../support/near'
import { Random } from '../support/random'
import { numbersOfAll, rowsOf } from '../support/tables'

const words = 6
const ids = [5, 0, 2, 2]

/** log p(id|η) row by row, in doubles. */
function reference(logits: number[], width: number, wanted: number[]): number[] {
  return rowsOf(logits, width).map((row, n) => {
    const largest = Math.max(...row)
    return row[wanted[n]] - largest - Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0))
  })
}

onEachEngine('categorical', () => {
  // With large logits a softmax whose maximum is not taken out overflows.
  for (const [title, scale, shift] of [
    ['usual logits', 2, 0],
    ['large logits', 30, 0],
    ['logits far from zero', 2, 500],
  ] as const)
    it(`gives value and gradient: ${title}`, () =>
      expectNoLeaks(() => {
        const random = new Random(1)
        const logits = random.normals(ids.length * words, scale).map((x) => Math.fround(x + shift))
        const G = random.normals(ids.length)
        const [value, gradient] = numbersOfAll(() => {
          const f = (eta: tf.Tensor): tf.Tensor => wordLogProb(eta, tf.tensor1d(ids, 'int32'))
          const eta = tf.tensor2d(logits, [ids.length, words])
          return [f(eta), tf.grad((x) => tf.sum(tf.mul(f(x), tf.tensor1d(G))))(eta)]
        })
        near(value, reference(logits, words, ids), 1e-6)
        const score = (): number => reference(logits, words, ids).reduce((sum, x, n) => sum + x * G[n], 0)
        near(gradient, finiteDifferences(score, logits, 1e-5), 1e-5, 'gradient')
      }))

  it('gives value and gradients together with the output layer, for few and many rows, at once and in parts', () =>
    expectNoLeaks(() => {
      const from = 4
      for (const [rows, most] of [[1], [5], [70], [5, 7], [70, 100]]) {
        const random = new Random(rows)
        const shapes = [[rows, from], [from, words], [words]]
        const numbers = shapes.map((shape) => random.normals(tf.util.sizeFromShape(shape)))
        const wanted = Array.from({ length: rows }, () => Math.floor(words * random.uniform()))
        const G = random.normals(rows)
        const found = numbersOfAll(() => {
          const f = (h: tf.Tensor, W: tf.Tensor, b: tf.Tensor): tf.Tensor =>
            linearWordLogProb(h, W, b, tf.tensor1d(wanted, 'int32'), most)
          const args = shapes.map((shape, i) => tf.tensor(numbers[i], shape))
          const score = (...x: tf.Tensor[]): tf.Scalar => tf.sum(tf.mul(f(x[0], x[1], x[2]), tf.tensor1d(G)))
          return [f(args[0], args[1], args[2]), ...tf.grads(score)(args)]
        })
        const [h, W, b] = numbers
        const value = (): number[] =>
          reference(
            rowsOf(h, from).flatMap((row) =>
              b.map((x, word) => row.reduce((sum, y, k) => sum + y * W[k * words + word], x)),
            ),
            words,
            wanted,
          )
        near(found[0], value(), 2e-6)
        const score = (): number => value().reduce((sum, x, n) => sum + x * G[n], 0)
        numbers.forEach((x, i) =>
          near(found[i + 1], finiteDifferences(score, x, 1e-5), 1e-5, `argument ${i}`),
        )
      }
    }))

  it('gives the same steps as a graph and operation by operation, where it is cut in two or made in parts', () =>
    expectNoLeaks(() => {
      const [rows, from, width] = [65, 40, 8000]
      const random = new Random(3)
      const h = { values: Float32Array.from(random.normals(rows * from)), shape: [rows, from] }
      const ids = { values: Int32Array.from({ length: rows }, (_, i) => (i * 331) % width), shape: [rows] }
      const start = { W: random.normals(from * width, 0.1), b: random.normals(width) }
      const ways: [traced: boolean, most?: number][] = [[false], [true], [true, 20000]]
      const trained = ways.map(([traced, most]) => {
        const [W, b] = tf.tidy(() => [
          tf.variable(tf.tensor2d(start.W, [from, width])),
          tf.variable(tf.tensor1d(start.b)),
        ])
        const step = new TrainingStep({
          variables: new Map<string, tf.Variable>([
            ['W', W],
            ['b', b],
          ]),
          optimizer: sgd(),
          traced,
          loss: ({ h, ids }) => ({ loss: tf.neg(tf.mean<tf.Scalar>(linearWordLogProb(h, W, b, ids, most))) }),
        })
        const losses = [1, 2].map((i) => step.run({ h, ids }, { key: [1, i], rate: 10, step: i }).values.loss)
        step.dispose()
        const weights = numbersOfAll(() => [W, b])
        tf.dispose([W, b])
        return { losses, weights }
      })
      assert.ok(trained[0].losses[1] < trained[0].losses[0] - 0.1)
      for (const { losses, weights } of trained.slice(1)) {
        near(losses, trained[0].losses, 1e-5, 'losses')
        weights.forEach((values, i) => near(values, trained[0].weights[i], 1e-5, `weight ${i}`))
      }
    }))

  it('refuses tensors that do not fit', () =>
    tf.tidy(() => {
      const one = tf.tensor1d([0], 'int32')
      assert.throws(() => wordLogProb(tf.zeros([2, 3]), one), /`ids` must be .*\[2\], got .*/)
      const [h, W, b] = [tf.zeros([1, 2]), tf.zeros([2, 3]), tf.zeros([3])]
      assert.throws(() => linearWordLogProb(h, tf.zeros([3, 2]), b, one), /`W` must be/)
      assert.throws(() => linearWordLogProb(h, W, tf.zeros([2]), one), /`b` must be/)
      assert.throws(() => linearWordLogProb(h, W, b, tf.zeros([2], 'int32')), /`ids` must be/)
    }))
})
