import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { adjoint, convolve } from '../../support/convolutionReference'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { finiteDifferences, near } from '../../support/near'
import { Random } from '../../support/random'
import { numbersOfAll } from '../../support/tables'

const cases = [
  { size: [5, 4, 2], kernel: 3, stride: 1, outputs: 3 },
  { size: [7, 6, 1], kernel: 4, stride: 2, outputs: 2 },
  { size: [4, 5, 3], kernel: 2, stride: 3, outputs: 2 },
  { size: [3, 3, 2], kernel: 1, stride: 2, outputs: 1 },
] as const

onEachEngine('the gradient of a convolution', () => {
  for (const { size, kernel, stride, outputs } of cases) {
    const [h, w, inputs] = size
    const title = `${size.join(' × ')}, side ${kernel}, stride ${stride}`
    const random = new Random(1)
    const small = [Math.ceil(h / stride), Math.ceil(w / stride), outputs] as const
    const x = random.normals(h * w * inputs)
    const y = random.normals(small[0] * small[1] * outputs)
    const filter = random.normals(kernel ** 2 * inputs * outputs)
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, v, i) => sum + v * b[i], 0)

    it(`is that of finite differences: ${title}`, () =>
      expectNoLeaks(() => {
        const loss = (): number => dot(convolve(x, size, filter, kernel, outputs, stride), y)
        const cotangent = tf.tensor4d(y, [1, ...small])
        const [value, ofX, ofFilter] = numbersOfAll(() => {
          const f = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
            tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, 'same')
          const { grads, value } = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) =>
            tf.sum(tf.mul(f(a, b), cotangent)),
          )([tf.tensor4d(x, [1, ...size]), tf.tensor4d(filter, [kernel, kernel, inputs, outputs])])
          return [value, ...grads]
        })
        near(value, [loss()], 1e-5, 'value')
        near(ofX, finiteDifferences(loss, x), 1e-5, 'x')
        near(ofFilter, finiteDifferences(loss, filter), 1e-5, 'filter')
        cotangent.dispose()
      }))

    it(`is that of finite differences, transposed: ${title}`, () =>
      expectNoLeaks(() => {
        const loss = (): number => dot(adjoint(y, size, filter, kernel, outputs, stride), x)
        const cotangent = tf.tensor4d(x, [1, ...size])
        const [value, ofY, ofFilter] = numbersOfAll(() => {
          const f = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
            tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, [1, ...size], stride, 'same')
          const { grads, value } = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) =>
            tf.sum(tf.mul(f(a, b), cotangent)),
          )([tf.tensor4d(y, [1, ...small]), tf.tensor4d(filter, [kernel, kernel, inputs, outputs])])
          return [value, ...grads]
        })
        near(value, [loss()], 1e-5, 'value')
        near(ofY, finiteDifferences(loss, y), 1e-5, 'y')
        near(ofFilter, finiteDifferences(loss, filter), 1e-5, 'filter')
        cotangent.dispose()
      }))
  }
})
