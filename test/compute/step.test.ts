import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { adam } from '../../src/compute/optimizers'
import { TrainingStep } from '../../src/compute/step'
import { AdamReference } from '../support/adamReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { gradientItself, pull, target, variableOf, WAYS } from './stepSupport'

/** console.warn's lines while `fn` runs. */
function warningsOf(fn: () => void): string[] {
  const lines: string[] = []
  const warn = console.warn
  console.warn = (line: string) => void lines.push(line)
  try {
    fn()
  } finally {
    console.warn = warn
  }
  return lines
}

onEachEngine('step', (engine) => {
  for (const { traced, title } of WAYS) {
    it(`reports the scalars of its loss, and moves the weights by Adam: ${title}`, () =>
      expectNoLeaks(() => {
        const weight = variableOf([3, -2, 0.5])
        const rule = adam()
        const step = new TrainingStep({
          variables: new Map([['w', weight]]),
          loss: pull(weight),
          optimizer: rule,
          traced,
        })
        assert.equal(step.traced, traced && engine === 'native')
        const reference = new AdamReference([3, -2, 0.5], rule)
        const random = new Random(1)
        for (let i = 1; i <= 20; i++) {
          const x = random.normals(3)
          const gradient = reference.weights.map((w, j) => w - x[j])
          const square = gradient.reduce((s, g) => s + g * g, 0)
          const report = step.run(target(x), { key: [1, i], rate: 0.05, step: i })
          nearNumber(report.values.loss, square / 2, 1e-5, 'loss')
          nearNumber(
            report.values.total,
            reference.weights.reduce((s, w) => s + w, 0),
            1e-5,
            'total',
          )
          nearNumber(report.gradientNorm, Math.sqrt(square), 1e-5, 'norm')
          assert.equal(report.updated, true)
          reference.apply(gradient, 0.05, i)
          if (i % 5 === 0) near(weight.dataSync(), reference.weights, 1e-5, `weights after ${i}`)
        }
        step.dispose()
        near(weight.dataSync(), reference.weights, 1e-5)
        weight.dispose()
      }))

    it(`draws by key and counter: the same numbers again, others for another: ${title}`, () => {
      const weight = variableOf([0])
      const step = new TrainingStep({
        variables: new Map([['w', weight]]),
        loss: (_, draws) => ({
          loss: tf.add<tf.Scalar>(tf.sum(tf.square(weight)), tf.sum(draws.normal('z', [3]))),
          uniform: tf.mean(draws.uniform('u', [2])),
        }),
        optimizer: adam(),
        traced,
      })
      const at = (key: number, counter: number): number[] =>
        Object.values(step.run({}, { key: [key, counter], rate: 0, step: 1 }).values)
      const first = at(5, 1)
      assert.deepEqual(at(5, 1), first)
      for (const [key, counter] of [
        [5, 2],
        [6, 1],
      ]) {
        const other = at(key, counter)
        assert.ok(other[0] !== first[0] && other[1] !== first[1])
      }
      step.dispose()
      weight.dispose()
    })

    it(`takes scalars and batches of other sizes, one after the other: ${title}`, () =>
      expectNoLeaks(() => {
        const weight = variableOf([1])
        const step = new TrainingStep({
          variables: new Map([['w', weight]]),
          loss: ({ x, factor }) => ({ loss: tf.mul<tf.Scalar>(factor, tf.sum(tf.mul(weight, x))) }),
          optimizer: adam(),
          traced,
        })
        const run = (x: number[], factor: number): number =>
          step.run({ ...target(x), factor }, { key: [0, 0], rate: 0, step: 1 }).values.loss
        nearNumber(run([1, 2, 3], 2), 12, 1e-6)
        nearNumber(run([1], 3), 3, 1e-6)
        nearNumber(run([1, 1, 1], 0.5), 1.5, 1e-6)
        nearNumber(run([4], -1), -4, 1e-6)
        step.dispose()
        weight.dispose()
      }))
  }

  it('gives the same training traced and operation by operation, to rounding', () => {
    const trained = [true, false].map((traced) => {
      const weight = variableOf([3, -2])
      const step = new TrainingStep({
        variables: new Map([['w', weight]]),
        loss: ({ x }, draws) => ({
          loss: tf.sum(tf.square(tf.sub(tf.tanh(weight), tf.add(x, draws.normal('z', [2]))))),
        }),
        optimizer: adam(),
        clipNorm: 1,
        traced,
      })
      for (let i = 1; i <= 30; i++) step.run(target([0.1, -0.2]), { key: [3, i], rate: 0.05, step: i })
      step.dispose()
      const values = Array.from(weight.dataSync())
      weight.dispose()
      return values
    })
    near(trained[0], trained[1], 1e-5)
  })

  it('keeps two steps that take turns apart, over weights of their own or the same', () =>
    expectNoLeaks(() => {
      const [a, b] = [variableOf([1]), variableOf([10])]
      const rule = adam()
      const make = (weight: tf.Variable): TrainingStep =>
        new TrainingStep({ variables: new Map([['w', weight]]), loss: pull(weight), optimizer: rule })
      const steps = [make(a), make(b), make(a)]
      const shared = [1]
      const references = [
        new AdamReference(shared, rule),
        new AdamReference([10], rule),
        new AdamReference(shared, rule),
      ]
      for (let i = 1; i <= 5; i++)
        steps.forEach((step, j) => {
          const gradient = [...references[j].weights]
          const { values } = step.run(target([0]), { key: [0, i], rate: 0.1, step: i })
          nearNumber(values.loss, gradient[0] ** 2 / 2, 1e-5)
          references[j].apply(gradient, 0.1, i)
        })
      near(a.dataSync(), shared, 1e-5)
      near(b.dataSync(), references[1].weights, 1e-5)
      for (const step of steps) step.dispose()
      near([...a.dataSync(), ...b.dataSync()], [...shared, ...references[1].weights], 1e-5)
      tf.dispose([a, b])
    }))

  it('runs a loss that reads values in the middle all the same, and says that it is slower', () => {
    const weight = variableOf([2])
    const step = new TrainingStep({
      variables: new Map([['w', weight]]),
      loss: ({ x }) => {
        const size = tf.tidy(() => tf.sum(x).dataSync()[0])
        return { loss: tf.mul<tf.Scalar>(size, tf.sum(weight)) }
      },
      optimizer: gradientItself.rule,
    })
    const lines = warningsOf(() => {
      for (const x of [1, 2]) {
        const before = weight.dataSync()[0]
        const { values } = step.run(target([x, x]), { key: [0, 0], rate: gradientItself.rate, step: 1 })
        nearNumber(values.loss, 2 * x * before, 1e-4)
        nearNumber(weight.dataSync()[0], before - 2 * x, 1e-3)
      }
    })
    assert.equal(lines.length, engine === 'native' ? 1 : 0)
    for (const line of lines)
      assert.match(line, /operation by operation, slower: it reads the values of a tensor/)
    step.dispose()
    weight.dispose()
  })
})
