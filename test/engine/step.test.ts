import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { adam, sgd } from '../../src/engine/optimizers'
import {
  evaluateOnce,
  EvaluationStep,
  TrainingStep,
  type LossFunction,
  type StepReport,
} from '../../src/engine/step'
import { AdamReference } from '../support/adamReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'

const variableOf = (values: number[]): tf.Variable => tf.tidy(() => tf.variable(tf.tensor1d(values)))
/** Adam that moves by about the gradient itself: with a huge ε, rate · g/(|g| + ε) is g. */
const gradientItself = { rule: adam({ beta1: 0, beta2: 0, epsilon: 1e6 }), rate: 1e6 }

/** ½ Σ (w − x)², and its gradient w − x. */
const pull =
  (weight: tf.Variable): LossFunction =>
  ({ x }) => {
    const loss = tf.mul<tf.Scalar>(0.5, tf.sum(tf.square(tf.sub(weight, x))))
    return { loss, total: tf.sum(weight) }
  }
const target = (values: number[]) => ({ x: { values: Float32Array.from(values), shape: [values.length] } })

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
  for (const traced of [true, false]) {
    const title = traced ? 'as it comes' : 'operation by operation'

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

    it(`never gives a weight a value that is not finite, when only one gradient is not: ${title}`, () =>
      expectNoLeaks(() => {
        const [fine, broken] = [variableOf([1]), variableOf([0])]
        const step = new TrainingStep({
          variables: new Map([
            ['fine', fine],
            ['broken', broken],
          ]),
          // √w has the value 0 at 0 and no finite slope.
          loss: () => ({ loss: tf.add<tf.Scalar>(tf.sum(tf.square(fine)), tf.sum(tf.sqrt(broken))) }),
          optimizer: adam(),
          traced,
        })
        const report = step.run({}, { key: [1, 0], rate: 0.1, step: 1 })
        assert.equal(report.updated, false)
        assert.equal(report.values.loss, 1)
        assert.deepEqual([...broken.dataSync()], [0])
        assert.ok(Number.isFinite(fine.dataSync()[0]))
        step.dispose()
        tf.dispose([fine, broken])
      }))

    it(`leaves the weights and the moments alone when something is not finite: ${title}`, () =>
      expectNoLeaks(() => {
        const weight = variableOf([1, 2])
        const rule = adam()
        const step = new TrainingStep({
          variables: new Map([['w', weight]]),
          loss: pull(weight),
          optimizer: rule,
          traced,
        })
        const reference = new AdamReference([1, 2], rule)
        const run = (x: number[], number: number): StepReport =>
          step.run(target(x), { key: [1, number], rate: 0.1, step: number })
        run([0, 0], 1)
        reference.apply([1, 2], 0.1, 1)
        for (const bad of [NaN, Infinity]) {
          const report = run([bad, 0], 2)
          assert.equal(report.updated, false)
          assert.equal(Number.isFinite(report.values.loss), false)
          near(weight.dataSync(), reference.weights, 1e-6)
        }
        const gradient = [...reference.weights]
        assert.equal(run([0, 0], 2).updated, true)
        reference.apply(gradient, 0.1, 2)
        near(weight.dataSync(), reference.weights, 1e-6)
        step.dispose()
        weight.dispose()
      }))

    it(`clips the gradient to a norm over all weights, and reports the norm before: ${title}`, () => {
      for (const [clipNorm, factor] of [
        [100, 1],
        [1, 1 / 5],
      ]) {
        const [a, b] = [variableOf([3]), variableOf([4])]
        const variables = new Map([
          ['a', a],
          ['b', b],
        ])
        const step = new TrainingStep({
          variables,
          loss: () => ({ loss: tf.mul(0.5, tf.add(tf.sum(tf.square(a)), tf.sum(tf.square(b)))) }),
          optimizer: gradientItself.rule,
          clipNorm,
          traced,
        })
        const report = step.run({}, { key: [0, 0], rate: gradientItself.rate, step: 1 })
        nearNumber(report.gradientNorm, 5, 1e-6)
        near([...a.dataSync(), ...b.dataSync()], [3 - 3 * factor, 4 - 4 * factor], 1e-4)
        step.dispose()
        tf.dispose([a, b])
      }
    })

    it(`honours weights assigned by hand, and leaves clones as they were: ${title}`, () =>
      expectNoLeaks(() => {
        const [weight, other] = [variableOf([1, 2]), variableOf([7])]
        const rule = adam()
        const variables = new Map([
          ['w', weight],
          ['other', other],
        ])
        const loss: LossFunction = ({ x }) => ({
          loss: tf.add(
            tf.mul(0.5, tf.sum(tf.square(tf.sub(weight, x)))),
            tf.mul(0.5, tf.sum(tf.square(other))),
          ),
        })
        const step = new TrainingStep({ variables, loss, optimizer: rule, traced })
        const [reference, second] = [new AdamReference([1, 2], rule), new AdamReference([7], rule)]
        const run = (number: number): void => {
          const gradients = [[...reference.weights], [...second.weights]]
          step.run(target([0, 0]), { key: [1, number], rate: 0.1, step: number })
          reference.apply(gradients[0], 0.1, number)
          second.apply(gradients[1], 0.1, number)
        }
        run(1)
        tf.tidy(() => weight.assign(tf.tensor1d([5, -5])))
        reference.weights.splice(0, 2, 5, -5)
        run(2)
        const clone = weight.clone()
        const value = [...reference.weights]
        run(3)
        run(4)
        tf.tidy(() => weight.assign(tf.mul(weight, 2)))
        reference.weights.forEach((w, i) => (reference.weights[i] = 2 * w))
        near(weight.dataSync(), reference.weights, 1e-5)
        run(5)
        near(weight.dataSync(), reference.weights, 1e-5)
        near(other.dataSync(), second.weights, 1e-5)
        near(clone.dataSync(), value, 1e-5, 'clone')
        step.dispose()
        near(weight.dataSync(), reference.weights, 1e-5)
        tf.dispose([weight, other, clone])
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

  it('gives back inputs, weights, constants and other types as they are, without leaving the graph', (t) => {
    const warn = t.mock.method(console, 'warn', () => undefined)
    expectNoLeaks(() => {
      const weight = variableOf([1, 2])
      const step = new EvaluationStep(({ x }) => ({
        x,
        weight,
        zeros: tf.zeros([2, 3]),
        whole: tf.tensor1d([3, 4], 'int32'),
        truth: tf.greater(x, 0.5),
      }))
      for (let i = 0; i < 2; i++) {
        const out = step.run({ x: { values: Float32Array.of(0, 1), shape: [2] } }, [1, 1])
        assert.deepEqual(Array.from(out.x.values), [0, 1])
        assert.deepEqual(Array.from(out.weight.values), [1, 2])
        assert.deepEqual(
          [out.zeros.shape, Array.from(out.zeros.values)],
          [
            [2, 3],
            [0, 0, 0, 0, 0, 0],
          ],
        )
        assert.deepEqual(Array.from(out.whole.values), [3, 4])
        assert.deepEqual(Array.from(out.truth.values), [0, 1])
      }
      step.dispose()
      weight.dispose()
    })
    assert.equal(warn.mock.callCount(), 0)
  })

  it('evaluates with the weights as they stand, inputs of any shape, and a draw a key', () =>
    expectNoLeaks(() => {
      const weight = variableOf([1, 2])
      const step = new EvaluationStep(({ x, factor }, draws) => ({
        y: tf.mul(factor, tf.add(x, weight)),
        noise: draws.normal('z', [2]),
      }))
      const run = (rows: number, key: [number, number] = [1, 1]) =>
        step.run({ x: { values: new Float32Array(2 * rows).fill(1), shape: [rows, 2] }, factor: 3 }, key)
      const once = run(1)
      assert.deepEqual(
        [once.y.shape, Array.from(once.y.values)],
        [
          [1, 2],
          [6, 9],
        ],
      )
      assert.deepEqual(run(2).y.shape, [2, 2])
      assert.deepEqual(run(1).noise, once.noise)
      assert.notDeepEqual(run(1, [1, 2]).noise, once.noise)
      tf.tidy(() => weight.assign(tf.tensor1d([5, 6])))
      assert.deepEqual(Array.from(run(1).y.values), [18, 21])
      const kept = run(1).y.values
      run(1, [4, 4])
      assert.deepEqual(Array.from(kept), [18, 21], 'what was read stays')
      step.dispose()
      weight.dispose()
    }))

  it('evaluates once, alike', () =>
    expectNoLeaks(() => {
      const { y, z } = evaluateOnce(
        ({ x }, draws) => ({ y: tf.square(x), z: draws.uniform('u', [2, 2]) }),
        { x: { values: Float32Array.of(1, 2, 3), shape: [3] } },
        [2, 3],
      )
      assert.deepEqual([Array.from(y.values), y.shape, z.shape], [[1, 4, 9], [3], [2, 2]])
      assert.deepEqual(Object.keys(evaluateOnce(() => ({ one: tf.ones([1]) }))), ['one'])
    }))

  // Six shapes: four share a graph with the weights, further ones are graphs of their own.
  it('takes inputs of any number of shapes, with the same bits whichever came first', () =>
    expectNoLeaks(() => {
      const order = [1, 2, 3, 4, 5, 6, 5, 1, 6, 6, 2]
      /** Trains by inputs of these sizes; with others before, so that each size has another graph. */
      const train = (before: number[]): { losses: number[]; weights: number[]; slots: number[] } => {
        const weight = variableOf([3, -2, 0.5])
        const unused = variableOf([7])
        const step = new TrainingStep({
          variables: new Map([
            ['w', weight],
            ['unused', unused],
          ]),
          loss: ({ x }) => {
            const rows = tf.reshape(x, [-1, 3])
            return { loss: tf.mean<tf.Scalar>(tf.square(tf.sub(tf.tanh(weight), rows))), sum: tf.sum(weight) }
          },
          optimizer: sgd({ momentum: 0.5 }),
          clipNorm: 1,
        })
        const run = (size: number, seed: number, rate: number, number: number): number => {
          const values = Float32Array.from(new Random(seed).normals(3 * size))
          const report = step.run({ x: { values, shape: [size, 3] } }, { key: [1, 0], rate, step: number })
          assert.equal(report.updated, true)
          return report.values.loss
        }
        for (const size of before) {
          // Nothing moves by infinity.
          const values = new Float32Array(3 * size).fill(Infinity)
          step.run({ x: { values, shape: [size, 3] } }, { key: [1, 0], rate: 0.1, step: 1 })
        }
        const losses = order.map((size, i) => run(size, i, 0.1, i + 1))
        assert.equal(step.traced, engine === 'native')
        const slots = Object.values(step.slots()!).flatMap((each) => each.flatMap((x) => Array.from(x)))
        step.dispose()
        const weights = [...weight.dataSync()]
        assert.deepEqual([...unused.dataSync()], [7])
        tf.dispose([weight, unused])
        return { losses, weights, slots }
      }
      const found = train([])
      assert.ok(new Set(found.losses).size === order.length)
      const slow = expectedSteps(order)
      near(found.losses, slow.losses, 1e-5, 'losses')
      near(found.weights, slow.weights, 1e-5, 'weights')
      assert.deepEqual(train([6, 5, 4]), found)
    }))

  it('leaves the weights alone when a gradient from a graph of its own is not finite', () =>
    expectNoLeaks(() => {
      const weight = variableOf([1, 2])
      const step = new TrainingStep({
        variables: new Map([['w', weight]]),
        loss: ({ x }) => ({ loss: tf.mean<tf.Scalar>(tf.mul(tf.reshape(x, [-1, 2]), weight)) }),
        optimizer: sgd(),
      })
      for (const [i, size] of [1, 2, 3, 4, 5, 6].entries()) {
        const values = new Float32Array(2 * size).fill(size === 6 ? Infinity : 0)
        const report = step.run({ x: { values, shape: [size, 2] } }, { key: [1, i], rate: 1, step: i + 1 })
        assert.equal(report.updated, size !== 6)
      }
      step.dispose()
      assert.deepEqual([...weight.dataSync()], [1, 2])
      weight.dispose()
    }))
})

/** The steps of the test above in doubles: momentum SGD on the mean of (tanh w − x)², clipped to norm 1. */
function expectedSteps(order: number[]): { losses: number[]; weights: number[] } {
  const weights = [3, -2, 0.5]
  const velocity = [0, 0, 0]
  const losses = order.map((size, seed) => {
    const x = new Random(seed).normals(3 * size)
    const errors = x.map((value, i) => Math.tanh(weights[i % 3]) - value)
    const gradient = [0, 0, 0]
    errors.forEach((error, i) => {
      gradient[i % 3] += (2 * error * (1 - Math.tanh(weights[i % 3]) ** 2)) / x.length
    })
    const scale = Math.min(1, 1 / Math.hypot(...gradient))
    gradient.forEach((g, i) => {
      velocity[i] = 0.5 * velocity[i] + scale * g
      weights[i] -= 0.1 * velocity[i]
    })
    return errors.reduce((sum, error) => sum + error * error, 0) / x.length
  })
  return { losses, weights }
}
