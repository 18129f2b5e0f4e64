import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { loop } from '../../src/compute/loop'
import { nativeBackend } from '../../src/compute/backend'
import { sgd } from '../../src/compute/optimizers'
import { EvaluationStep, TrainingStep } from '../../src/compute/step'
import { Parameters } from '../../src/compute/parameters'
import { lstm } from '../../src/layers/lstm'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'

const width = 3

/** s ← tanh(s + 2 x_t) ⊙ w, c ← c + 1; rows s and x_t − c, from the first row or the last. */
function expected(x: number[], w: number[], turns: number, reversed: boolean) {
  let s = new Array<number>(width).fill(0.5)
  let c = 0
  const [outputs, differences] = [new Array<number>(x.length), new Array<number>(x.length)]
  for (let k = 0; k < turns; k++) {
    const t = reversed ? turns - 1 - k : k
    s = s.map((value, i) => Math.tanh(value + 2 * x[t * width + i]) * w[i])
    c++
    s.forEach((value, i) => {
      outputs[t * width + i] = value
      differences[t * width + i] = x[t * width + i] - c
    })
  }
  return { s, c, outputs, differences }
}

onEachEngine('a loop', (engine) => {
  for (const turns of [1, 2, 16, 17, 60])
    for (const reversed of [false, true])
      it(`hands its state on and stacks its rows: ${turns} turns${reversed ? ', from the last' : ''}`, () =>
        expectNoLeaks(() => {
          const random = new Random(1)
          const [x, w] = [random.normals(turns * width), random.normals(width)]
          const weight = tf.tidy(() => tf.variable(tf.tensor1d(w)))
          const step = new EvaluationStep(({ rows }) => {
            const { state, rows: made } = loop({
              turns,
              reversed,
              state: [tf.fill([width], 0.5), tf.scalar(0), weight],
              each: [rows],
              turn: ([s, c, same], [row]) => {
                // The weight comes from outside, as a state that stays and as it is.
                const next = tf.mul(tf.tanh(tf.add(s, tf.mul(row, 2))), same)
                const count = tf.add(c, tf.div(weight, weight).max())
                return { state: [next, count, same], rows: [next, tf.sub(row, count)] }
              },
            })
            return { s: state[0], c: state[1], same: state[2], outputs: made[0], differences: made[1] }
          })
          const { s, c, outputs, differences } = expected(x, w, turns, reversed)
          // A second run must not depend on what the recording computed.
          for (let run = 0; run < 2; run++) {
            const found = step.run({ rows: { values: Float32Array.from(x), shape: [turns, width] } }, [0, 0])
            near(found.s.values, s, 1e-5, 's')
            near(found.c.values, [c], 1e-6, 'c')
            near(found.same.values, w, 1e-7, 'same')
            near(found.outputs.values, outputs, 1e-5, 'outputs')
            near(found.differences.values, differences, 1e-5, 'differences')
            assert.deepEqual(found.outputs.shape, [turns, width])
          }
          step.dispose()
          weight.dispose()
        }))

  it('gives the same bits as turns that follow each other', () =>
    expectNoLeaks(() => {
      const random = new Random(2)
      const [x, w] = [Float32Array.from(random.normals(17 * 8)), random.normals(64)]
      const step = new EvaluationStep(({ rows }) => {
        const made = loop({
          turns: rows.shape[0],
          state: [tf.zeros([2, 8]), tf.ones([2, 8])],
          each: [rows],
          turn([h, c], [row]) {
            const p = tf.addN([
              tf.matMul(h as tf.Tensor2D, tf.tensor2d(w, [8, 8])),
              tf.expandDims(row, 0).tile([2, 1]),
            ])
            const cell = tf.add(tf.mul(tf.sigmoid(p), c), tf.tanh(p))
            const output = tf.mul(tf.sigmoid(p), tf.tanh(cell))
            return { state: [output, cell], rows: [output] }
          },
        })
        return { h: made.rows[0] }
      })
      const outputs = (turns: number) => [
        ...step.run({ rows: { values: x.subarray(0, turns * 8), shape: [turns, 8] } }, [0, 0]).h.values,
      ]
      // Sixteen turns stand in the graph one after the other, seventeen are a loop.
      assert.deepEqual(outputs(17).slice(0, 16 * 16), outputs(16))
      step.dispose()
    }))

  if (engine === 'native')
    it('makes a graph whose size does not grow with the turns', (t) =>
      expectNoLeaks(() => {
        const backend = nativeBackend()!
        const load = backend.loadSavedModelMetaGraph.bind(backend)
        const sizes: number[] = []
        t.mock.method(backend, 'loadSavedModelMetaGraph', (folder: string, tags: string) => {
          sizes.push(statSync(path.join(folder, 'saved_model.pb')).size)
          return load(folder, tags)
        })
        const parameters = Parameters.from(1)
        const layer = lstm(parameters, 'l', { inputs: 4, hidden: 8 })
        const step = new TrainingStep({
          variables: parameters.variables,
          optimizer: sgd(),
          varied: true,
          loss: ({ x }) => ({ loss: tf.mean(tf.square(layer.apply(x).h)) }),
        })
        for (const [i, time] of [40, 400].entries()) {
          const x = { values: new Float32Array(time * 4), shape: [time, 1, 4] }
          step.run({ x }, { key: [1, i], rate: 0.1, step: i + 1 })
        }
        // The graph of each length; the one with the weights is loaded once, after the first.
        const [short, , long] = sizes
        assert.equal(sizes.length, 3)
        // The numbers of the turns in two loops, and the ones of the mean's gradient; a turn would be some
        // thousand bytes.
        assert.ok(long - short < 50 * 360, `${short} and ${long} bytes`)
        step.dispose()
        parameters.dispose()
      }))
})
