import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { stepFlops } from '../../bench/flops'
import { specOf, type Spec } from '../../bench/spec'
import { onEachEngine } from '../support/engines'
import { elboLoss } from '../../src/training/elbo'
import { buildModel } from '../../bench/reference'
import { DataSet } from '../../src/data/dataset'
import { Draws, drawKey } from '../../src/compute/draws'

const tiny = (spec: Spec): Spec => ({ ...spec, hidden: 12, hiddenLatent: 6, latent: 5, batch: 7 })

onEachEngine('operations of a step', (engine) => {
  // WASM runs every product through one kernel, whose shapes tfjs reports; native splits them further.
  if (engine !== 'wasm') return
  it('are those of the matrix products that a plain model really runs', async () => {
    for (const name of ['vae-step', 'gmvae-step'] as const) {
      const spec = tiny(specOf(name, 'recipe'))
      const model = buildModel(spec)
      const x = new DataSet({
        name: 'x',
        x: new Float32Array(spec.batch * spec.dim).fill(1),
        shape: [spec.dim],
        values: 'binary',
        source: 'made by a test',
      })
      const { kernels } = await tf.profile(() =>
        tf.tidy(() => {
          const rows = tf.tensor2d(x.x, [x.size, x.dim])
          tf.variableGrads(
            () => elboLoss(model, x)({ x: rows, klWeight: tf.scalar(1) }, new Draws(drawKey(1, 0))).loss,
            [...model.parameters.variables.values()],
          )
          return tf.scalar(0)
        }),
      )
      const run = kernels
        .filter(({ name: kernel }) => kernel === 'BatchMatMul')
        .map(({ inputShapes, outputShapes }) => {
          const [a] = inputShapes
          const size = outputShapes[0].reduce((p, q) => p * q, 1)
          const [rows, columns] = outputShapes[0].slice(-2)
          const inner = a.reduce((p, q) => p * q, 1) / (a.includes(rows) ? rows : columns)
          return 2 * size * inner
        })
      model.dispose()
      // Also the gradient of the data, which nobody asked for, is a product that tfjs may run.
      const ofData = 2 * spec.batch * spec.hidden * spec.dim * (spec.components > 1 ? 2 : 1)
      const total = run.reduce((p, q) => p + q, 0)
      assert.ok(
        [stepFlops(spec), stepFlops(spec) + ofData].includes(total),
        `${name}: ${total}, counted ${stepFlops(spec)}`,
      )
    }
  })
})

describe('operations of a step on texts', () => {
  const text = {
    words: 20,
    length: 3,
    embedding: 4,
    dropout: 0.5,
    head: { width: 8, projection: 5, hidden: 6 },
  }
  const sizes = { hidden: 7, latent: 2, batch: 5, text }
  // 3 steps of 5 rows: inputs to gates, and the step before to gates, forwards and two ways back.
  const ofInputs = 6 * 15 * 4 * 28
  const ofStates = 6 * 15 * 7 * 28
  const encoder = ofInputs + ofStates + 6 * 5 * 7 * 4

  it('are the hand-counted products: the layer alone, whose inputs need no gradient', () =>
    assert.equal(stepFlops({ ...specOf('lstm', 'recipe'), ...sizes }), (4 / 6) * ofInputs + ofStates))

  it('are the hand-counted products: svae', () => {
    const decoder = 6 * 5 * 2 * 7 + ofInputs + ofStates + 6 * 5 * 2 * 28
    const head = 6 * 15 * 7 * 19
    assert.equal(stepFlops({ ...specOf('svae-step', 'recipe'), ...sizes }), encoder + decoder + head)
  })

  it('are the hand-counted products: lidsvae', () => {
    const map = (rows: number, dim: number) => 12 * rows * dim * 12 + 12 * rows * 6 * 6
    const beta = 6 * 15 * 7 * 8 + 8 * 7 * 8 * 7
    const second = map(15, 8) - 6 * (15 - 7) * 8 * 12 + 6 * 15 * 7 * 12
    const head = 6 * 15 * 7 * 5 + map(15, 7) + beta + second + 6 * 15 * 8 * 19
    assert.equal(
      stepFlops({ ...specOf('lidsvae-step', 'recipe'), ...sizes }),
      encoder + ofInputs + ofStates + head,
    )
  })
})

describe('operations of an identifiable step', () => {
  it('are the hand-counted products', () => {
    const spec: Spec = {
      ...specOf('lidvae-step', 'authors'),
      dim: 20,
      hidden: 3,
      hiddenLatent: 4,
      latent: 2,
      batch: 5,
    }
    const map = (rows: number, dim: number, hidden: number) =>
      12 * rows * dim * 2 * hidden + 12 * rows * hidden * hidden
    const encoder = 4 * 5 * 20 * 3 + 6 * 5 * 3 * 3 + 6 * 5 * 3 * 4
    const beta = 6 * 5 * 2 * 20 + 8 * 2 * 20 * 2
    // β g1 has rank 2, so three products with A of g2 go over 2 rows instead of 5, and three small ones are added.
    const second = map(5, 20, 3) - 6 * (5 - 2) * 20 * 6 + 6 * 5 * 2 * 6
    assert.equal(stepFlops(spec), encoder + map(5, 2, 4) + beta + second)
  })

  it('grow with the components where every one has a decoder pass', () => {
    const spec = specOf('lidmvae-step', 'recipe')
    assert.ok(stepFlops({ ...spec, inference: 'K passes' }) > 5 * stepFlops(spec))
  })
})
