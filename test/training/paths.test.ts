import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs'
import { after, before, describe, it } from 'node:test'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { startEngine, type EngineName } from '../../src/compute/engine'
import { adam, sgd, type Optimizer } from '../../src/compute/optimizers'
import { uniforms } from '../../src/compute/philox'
import { TrainingStep } from '../../src/compute/step'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { elboLoss } from '../../src/training/elbo'
import { nativeIsTested } from '../support/engines'

/** The three ways a step runs: as a graph, operation by operation on native TensorFlow, and on WASM. */
const paths = [
  { name: 'traced', engine: 'native', traced: true },
  { name: 'native, operation by operation', engine: 'native', traced: false },
  { name: 'wasm', engine: 'wasm', traced: false },
] as const satisfies readonly { name: string; engine: EngineName; traced: boolean }[]

const DIM = 36
const BATCH = 20
const x = uniforms(3, 0, BATCH * DIM)
const data = new DataSet({ name: 'noise', x, shape: [DIM], values: 'intensity', source: 'a test' })
const options = { likelihood: bernoulli(DIM), latent: 4, hidden: 24, seed: 2 }
const builders: Record<string, () => Model> = {
  vae: () => vae(options),
  lidvae: () => lidvae(options),
  gmvae: () => gmvae({ ...options, components: 3 }),
  lidmvae: () => lidmvae({ ...options, components: 3 }),
  'lidmvae, K decoder passes': () => lidmvae({ ...options, components: 3, posterior: 'q(w|x) q(z|x,w)' }),
}

type Weights = Map<string, Float32Array>

const weightsOf = (model: Model): Weights =>
  new Map([...model.parameters.variables].map(([name, v]) => [name, v.dataSync().slice() as Float32Array]))

function setWeights(model: Model, weights: Weights): void {
  for (const [name, v] of model.parameters.variables)
    tf.tidy(() => v.assign(tf.tensor(weights.get(name) as Float32Array, v.shape)))
}

interface Run {
  losses: number[]
  weights: Weights
}

/** A model and its step on one path, for as many updates as `use` asks for. */
async function onPath<T>(
  build: () => Model,
  path: (typeof paths)[number],
  optimizer: Optimizer,
  use: (model: Model, update: (counter: number, number: number) => number) => T,
): Promise<T> {
  await startEngine({ engine: path.engine, quiet: true })
  const model = build()
  const { variables } = model.parameters
  const step = new TrainingStep({ variables, loss: elboLoss(model, data), optimizer, traced: path.traced })
  const found = use(model, (counter, number) => {
    const { values, updated } = step.run(
      {
        x: { values: x, shape: [BATCH, DIM] },
        klWeight: 0.7,
        binarisation: { values: Int32Array.of(11, counter), shape: [2] },
      },
      { key: [12, counter], rate: optimizer.rate as number, step: number },
    )
    assert.ok(updated)
    assert.equal(step.traced, path.traced)
    return values.loss
  })
  step.dispose()
  model.dispose()
  return found
}

const RATE = 1e-2
const rule = adam({ rate: RATE })
const STEPS = 100
/** Updates after which gradients are compared. */
const COMPARED = [0, 10, STEPS]

/** A training from the model's own start, with its weights wherever gradients are compared. */
const freeRun = (build: () => Model, path: (typeof paths)[number]) =>
  onPath(build, path, rule, (model, update) => {
    const weights = new Map([[0, weightsOf(model)]])
    const losses: number[] = []
    for (let i = 1; i <= STEPS; i++) {
      losses.push(update(i, i))
      if (COMPARED.includes(i)) weights.set(i, weightsOf(model))
    }
    return { losses, weights }
  })

/** One plain step of rate 1 from each of the weights: it leaves the gradient behind, as their difference. */
const plainSteps = (build: () => Model, path: (typeof paths)[number], from: Map<number, Weights>) =>
  onPath(build, path, sgd({ rate: 1 }), (model, update) => {
    const runs = new Map<number, Run>()
    for (const [at, weights] of from) {
      setWeights(model, weights)
      const losses = [update(at + 1, 1)]
      runs.set(at, { losses, weights: weightsOf(model) })
    }
    return runs
  })

/** What `work` gives on each path. They are taken one after the other: an engine is the whole process's. */
async function onEachPath<T>(work: (path: (typeof paths)[number]) => Promise<T>): Promise<T[]> {
  const found: T[] = []
  for (const path of paths) found.push(await work(path))
  return found
}

/**
 * How much two gradients differ, relative to the norm of the first, from one plain step at rate 1 from the
 * same weights.
 */
function gradientError(from: Weights, a: Weights, b: Weights): number {
  let worst = 0
  for (const [name, start] of from) {
    const [x, y] = [a.get(name) as Float32Array, b.get(name) as Float32Array]
    let norm = 0
    let difference = 0
    start.forEach((w, i) => {
      norm += (w - x[i]) ** 2
      difference += (x[i] - y[i]) ** 2
    })
    worst = Math.max(worst, Math.sqrt(difference / Math.max(norm, 1e-12)))
  }
  return worst
}

describe(
  'the paths of a training step',
  { skip: nativeIsTested() ? false : 'the native engine is missing' },
  () => {
    after(() => startEngine({ engine: 'wasm', quiet: true }))

    for (const [name, build] of Object.entries(builders)) {
      let free: Awaited<ReturnType<typeof freeRun>>[]
      let plain: Awaited<ReturnType<typeof plainSteps>>[]
      before(async () => {
        free = await onEachPath((path) => freeRun(build, path))
        plain = await onEachPath((path) => plainSteps(build, path, free[0].weights))
      })

      for (const at of COMPARED)
        it(`${name}: loss and gradients agree after ${at} steps`, () => {
          const weights = free[0].weights.get(at)!
          const [traced, ...others] = plain.map((runs) => runs.get(at)!)
          others.forEach((other, i) => {
            const what = paths[i + 1].name
            const loss = Math.abs(other.losses[0] - traced.losses[0]) / Math.abs(traced.losses[0])
            assert.ok(loss < 1e-5, `${what}: losses differ by ${loss}`)
            const gradient = gradientError(weights, traced.weights, other.weights)
            assert.ok(gradient < 1e-4, `${what}: gradients differ by ${gradient} of their norm`)
          })
        })

      it(`${name}: free-running losses agree after ${STEPS} steps, and one path repeats itself bit for bit`, async () => {
        const last = free.map(({ losses }) => losses[STEPS - 1])
        for (const loss of last)
          assert.ok(Math.abs(loss - last[0]) / Math.abs(last[0]) < 1e-3, `losses ${last.join(', ')}`)
        assert.deepEqual(await freeRun(build, paths[0]), free[0])
      })
    }
  },
)
