import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { matMul } from '../../src/compute/ops'
import { registerKernels } from '../../src/compute/kernels'
import { leakyReluGrad, sumOfSquares } from '../../src/compute/kernels/elementwise'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'
import { numbers, numbersOfAll, rowsOf } from '../support/tables'

const flags = [false, true]
const combinations = flags.flatMap((transposeA) =>
  flags.map((transposeB) => [transposeA, transposeB] as const),
)

/** The product of two matrices in doubles, each perhaps transposed. */
function product(a: number[][], b: number[][], transposeA: boolean, transposeB: boolean): number[][] {
  const flip = (m: number[][]): number[][] => m[0].map((_, j) => m.map((row) => row[j]))
  const [x, y] = [transposeA ? flip(a) : a, transposeB ? flip(b) : b]
  return x.map((row) => y[0].map((_, j) => row.reduce((sum, value, k) => sum + value * y[k][j], 0)))
}

onEachEngine('kernels', () => {
  for (const [m, k, n] of [
    [1, 1, 1],
    [3, 5, 4],
    [70, 33, 65],
    // A second factor much larger than the first.
    [2, 7, 40],
  ])
    it(`multiply ${m} × ${k} by ${k} × ${n}, transposed or not`, () =>
      expectNoLeaks(() => {
        for (const [transposeA, transposeB] of combinations) {
          const random = new Random(1)
          const shapeA: [number, number] = transposeA ? [k, m] : [m, k]
          const shapeB: [number, number] = transposeB ? [n, k] : [k, n]
          const [a, b] = [random.normals(m * k), random.normals(k * n)]
          near(
            numbers(() => tf.matMul(tf.tensor2d(a, shapeA), tf.tensor2d(b, shapeB), transposeA, transposeB)),
            product(rowsOf(a, shapeA[1]), rowsOf(b, shapeB[1]), transposeA, transposeB).flat(),
            2e-6,
          )
        }
      }))

  it('multiply stacks of matrices, transposed or not, broadcast too', () =>
    expectNoLeaks(() => {
      const [stack, m, k, n] = [3, 4, 5, 2]
      for (const [transposeA, transposeB] of combinations)
        for (const stackB of [stack, 1]) {
          const random = new Random(2)
          const shapeA = transposeA ? [k, m] : [m, k]
          const shapeB = transposeB ? [n, k] : [k, n]
          const [a, b] = [random.normals(stack * m * k), random.normals(stackB * k * n)]
          const found = numbers(() =>
            tf.matMul(
              tf.tensor(a, [stack, ...shapeA]),
              tf.tensor(b, [stackB, ...shapeB]),
              transposeA,
              transposeB,
            ),
          )
          const expected = Array.from({ length: stack }, (_, s) => {
            const at = stackB === 1 ? 0 : s
            return product(
              rowsOf(a.slice(s * m * k, (s + 1) * m * k), shapeA[1]),
              rowsOf(b.slice(at * k * n, (at + 1) * k * n), shapeB[1]),
              transposeA,
              transposeB,
            ).flat()
          })
          near(found, expected.flat(), 2e-6)
        }
    }))

  it('multiply by data that were multiplied by in another shape', () =>
    expectNoLeaks(() => {
      const data = tf.range(0, 24)
      for (const [rows, columns] of [
        [12, 2],
        [2, 12],
        [24, 1],
        [12, 2],
      ])
        near(
          numbers(() => tf.matMul(tf.ones([1, rows]), tf.reshape(data, [rows, columns]))),
          Array.from({ length: columns }, (_, j) => columns * ((rows * (rows - 1)) / 2) + rows * j),
          1e-6,
        )
      data.dispose()
    }))

  it('have the gradients of a product, which are transposed products', () =>
    expectNoLeaks(() => {
      const random = new Random(3)
      const [a, b, G] = [random.normals(6), random.normals(12), random.normals(8)]
      const [ofA, ofB] = numbersOfAll(() =>
        tf.grads((x: tf.Tensor, y: tf.Tensor) => matMul(x, y))(
          [tf.tensor2d(a, [2, 3]), tf.tensor2d(b, [3, 4])],
          tf.tensor2d(G, [2, 4]),
        ),
      )
      near(ofA, product(rowsOf(G, 4), rowsOf(b, 4), false, true).flat(), 2e-6)
      near(ofB, product(rowsOf(a, 3), rowsOf(G, 4), true, false).flat(), 2e-6)
    }))

  it('have the derivative of leaky ReLU, and of ReLU, at every sign', () =>
    expectNoLeaks(() => {
      const x = [-2, -1e-30, 0, 1e-30, 3]
      const dy = [1, -2, 3, 4, -5]
      const expected = (alpha: number): number[] => x.map((v, i) => dy[i] * (v > 0 ? 1 : alpha))
      near(
        numbers(() => leakyReluGrad(tf.tensor1d(dy), tf.tensor1d(x), 0.2)),
        expected(0.2),
        1e-6,
      )
      near(
        numbers(() => tf.grad((u) => tf.relu(u))(tf.tensor1d(x), tf.tensor1d(dy))),
        expected(0),
        1e-6,
      )
    }))

  it('sum squares, and look rows up with their gradient', () =>
    expectNoLeaks(() => {
      const x = new Random(4).normals(12)
      near(
        numbers(() => sumOfSquares(tf.tensor2d(x, [3, 4]))),
        [x.reduce((s, v) => s + v * v, 0)],
        1e-6,
      )
      const rows = [2, 0, 2]
      const looked = (table: tf.Tensor): tf.Tensor => tf.gather(table, tf.tensor1d(rows, 'int32'))
      near(
        numbers(() => looked(tf.tensor2d(x, [3, 4]))),
        rows.flatMap((row) => x.slice(4 * row, 4 * row + 4)),
        0,
      )
    }))

  it('leave nothing behind outside a tidy either', () => {
    const [a, b] = [tf.ones([2, 3]), tf.ones([50, 3])]
    const rows = tf.tensor1d([0, 1], 'int32')
    // Once before, for what an engine keeps from its first use.
    tf.dispose([matMul(a, b, false, true), tf.gather(b, rows), sumOfSquares(a), leakyReluGrad(a, a, 0.2)])
    expectNoLeaks(() => {
      tf.dispose([matMul(a, b, false, true), matMul(b, b, true, false), tf.gather(b, rows)])
      if (tf.getBackend() === 'tensorflow') tf.dispose([sumOfSquares(a), leakyReluGrad(a, a, 0.2)])
    })
    tf.dispose([a, b, rows])
  })

  it('are registered once: again changes nothing', () => {
    const name = tf.getBackend() as 'tensorflow' | 'wasm'
    const kernel = tf.getKernel('BatchMatMul', name)
    registerKernels(name)
    assert.equal(tf.getKernel('BatchMatMul', name), kernel)
  })

  it('take the rows of a tensor apart, each copied once', (t) =>
    expectNoLeaks(() => {
      const [rows, width] = [30, 6]
      const values = new Random(3).normals(rows * width)
      tf.tidy(() => {
        const x = tf.tensor3d(values, [rows, 2, width / 2])
        const { mock: reads } = t.mock.method(tf.backend(), 'readSync')
        const found = tf.unstack(x)
        const copied = reads.calls.reduce((sum, { result }) => sum + (result as Float32Array).length, 0)
        reads.restore()
        assert.ok(copied <= rows * width, `${copied} numbers copied of ${rows * width}`)
        near(
          found.flatMap((row) => [...row.dataSync()]),
          values,
          1e-7,
        )
        assert.deepEqual(found[0].shape, [2, width / 2])
        // Along another axis, and of integers.
        const second = tf.unstack(x, 1)[1].dataSync()
        near(
          [...second],
          rowsOf(values, width).flatMap((row) => row.slice(width / 2)),
          1e-7,
        )
        assert.deepEqual([...tf.unstack(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'))[1].dataSync()], [3, 4])
      })
    }))
})
