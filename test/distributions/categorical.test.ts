import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { wordLogProb } from '../../src/distributions/categorical'
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
})
