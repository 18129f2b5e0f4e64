import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { normalKl, normalLogProb } from '../../src/distributions/normal'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { numbers } from '../support/tables'

const density = (x: number, mean: number, sd: number): number =>
  Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI))

/** ∫ f over the line where N(mean, sd²) has its mass, by the trapezoidal rule, exact to rounding for such functions. */
function integrate(f: (x: number) => number, mean: number, sd: number): number {
  const step = sd / 20
  let sum = 0
  for (let i = -240; i <= 240; i++) sum += f(mean + i * step)
  return sum * step
}

const cases = [
  [0, 1, 0, 1],
  [0.3, 0.5, -1, 2],
  [-4, 0.05, 0, 0.3],
  [2, 3, 1.5, 1],
]

onEachEngine('normal', () => {
  it('has the log density of the normal distribution', () =>
    expectNoLeaks(() => {
      const random = new Random(1)
      const x = random.normals(50, 3)
      const mean = random.normals(50)
      const sd = random.normals(50).map((v) => Math.fround(Math.exp(v)))
      const tensors = () => [tf.tensor1d(x), tf.tensor1d(mean), tf.tensor1d(sd)] as const
      near(
        numbers(() => normalLogProb(...tensors())),
        x.map((v, i) => -0.5 * ((v - mean[i]) / sd[i]) ** 2 - Math.log(sd[i]) - 0.5 * Math.log(2 * Math.PI)),
        1e-6,
      )
    }))

  it('is a density: it integrates to one', () => {
    for (const [mean, sd] of [
      [0, 1],
      [3, 0.2],
      [-1, 5],
    ]) {
      const grid = Array.from({ length: 481 }, (_, i) => mean + ((i - 240) * sd) / 20)
      const log = numbers(() => normalLogProb(tf.tensor1d(grid), tf.scalar(mean), tf.scalar(sd)))
      nearNumber((log.reduce((sum, v) => sum + Math.exp(v), 0) * sd) / 20, 1, 1e-5)
    }
  })

  it('has the KL that numerical integration gives, and zero between equals', () => {
    for (const [m, s, pm, ps] of cases) {
      const [kl] = numbers(() => normalKl(tf.scalar(m), tf.scalar(s), tf.scalar(pm), tf.scalar(ps)))
      const logRatio = (x: number): number =>
        -0.5 * ((x - m) / s) ** 2 - Math.log(s) + 0.5 * ((x - pm) / ps) ** 2 + Math.log(ps)
      nearNumber(
        kl,
        integrate((x) => density(x, m, s) * logRatio(x), m, s),
        2e-6,
        `KL of ${m}, ${s} from ${pm}, ${ps}`,
      )
      assert.ok(kl >= -1e-6)
    }
    near(
      numbers(() =>
        normalKl(tf.tensor1d([2, -3]), tf.tensor1d([0.1, 4]), tf.tensor1d([2, -3]), tf.tensor1d([0.1, 4])),
      ),
      [0, 0],
      1e-6,
    )
  })

  it('broadcasts: data points by one prior for each component', () => {
    const [mean, sd, priorMean, priorSd] = [
      [1, 2],
      [0.5, 1.5],
      [0, 1, -1],
      [1, 2, 0.5],
    ]
    const found = numbers(() =>
      normalKl(
        tf.tensor2d(mean, [2, 1]),
        tf.tensor2d(sd, [2, 1]),
        tf.tensor1d(priorMean),
        tf.tensor1d(priorSd),
      ),
    )
    const expected = mean.flatMap((m, i) =>
      priorMean.map(
        (pm, k) => Math.log(priorSd[k] / sd[i]) + (sd[i] ** 2 + (m - pm) ** 2) / (2 * priorSd[k] ** 2) - 0.5,
      ),
    )
    near(found, expected, 1e-6)
  })
})
