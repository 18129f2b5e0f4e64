/**
 * TensorFlow.js as it comes, as a peer of the benchmark: backend `tensorflow` or `wasm` as the argument,
 * commands on standard input.
 */
import * as tf from '@tensorflow/tfjs'
import { loadNative } from '../src/compute/native/native'
import { matmulRate } from './matmul'
import { PlainModel } from './plainModel'
import { peakMemory, serve, timed, type Check } from './protocol'
import { readLayout, readNumbers, type Layout } from './layout'
import type { Spec } from './spec'

let task: (() => number) | undefined

function readWeights(
  layout: Layout,
  folder: string,
): { all: Map<string, tf.Tensor>; trained: Map<string, tf.Variable> } {
  const all = new Map<string, tf.Tensor>()
  const trained = new Map<string, tf.Variable>()
  for (const { name, shape, offset, kind } of layout.weights) {
    if (kind === 'free') continue
    const tensor = tf.tensor(readNumbers(folder, 'weights.bin', shape, offset), shape)
    if (kind !== 'fixed') trained.set(name, tf.variable(tensor))
    all.set(name, trained.get(name) ?? tensor)
  }
  return { all, trained }
}

function build(spec: Spec, folder: string): { parameters: number } & Partial<Check> {
  const layout = readLayout(folder)
  const { all, trained } = readWeights(layout, folder)
  const model = new PlainModel(spec, all)
  const x = tf.tensor2d(readNumbers(folder, 'x.bin', layout.x), layout.x as [number, number])
  task = { step: trainingStep, likelihood: evaluation, epoch }[spec.task](spec, model, x, trained)
  const parameters = [...trained.values()].reduce((sum, { size }) => sum + size, 0)
  return { parameters, ...(layout.check && check(spec, model, trained, layout.check, folder)) }
}

function check(
  spec: Spec,
  model: PlainModel,
  trained: Map<string, tf.Variable>,
  at: NonNullable<Layout['check']>,
  folder: string,
): Check {
  return tf.tidy(() => {
    const x = tf.tensor(readNumbers(folder, 'check-x.bin', at.x), at.x)
    const noise = tf.tensor(readNumbers(folder, 'check-noise.bin', at.noise), at.noise)
    if (spec.task === 'likelihood')
      return { value: tf.mean(model.importance(x, tf.squeeze(noise, [2]))).dataSync()[0] }
    const { value, grads } = tf.variableGrads(
      () => model.loss(x, tf.squeeze(noise, [1])),
      [...trained.values()],
    )
    const norms = [...trained].map(([name, w]) => [name, tf.norm(grads[w.name]).dataSync()[0]])
    return { value: value.dataSync()[0], norms: Object.fromEntries(norms) as Record<string, number> }
  })
}

type Tasks = (
  spec: Spec,
  model: PlainModel,
  images: tf.Tensor2D,
  trained: Map<string, tf.Variable>,
) => () => number

/** A step of tfjs's own Adam. */
function stepper(model: PlainModel, trained: Map<string, tf.Variable>, spec: Spec): (x: tf.Tensor) => number {
  const optimizer = tf.train.adam(1e-3)
  return (x) => {
    const loss = optimizer.minimize(() => model.loss(x, tf.randomNormal([x.shape[0], spec.latent])), true, [
      ...trained.values(),
    ])!
    const [value] = loss.dataSync()
    loss.dispose()
    return value
  }
}

const trainingStep: Tasks = (spec, model, images, trained) => {
  const step = stepper(model, trained, spec)
  const batches = Math.floor(images.shape[0] / spec.batch)
  let done = 0
  return () =>
    tf.tidy(() => step(tf.slice(images, [(done++ % batches) * spec.batch, 0], [spec.batch, spec.dim])))
}

const epoch: Tasks = (spec, model, images, trained) => {
  const step = stepper(model, trained, spec)
  return () => {
    const order = tf.util.createShuffledIndices(images.shape[0])
    let sum = 0
    for (let start = 0; start < order.length; start += spec.batch)
      sum += tf.tidy(() => {
        const rows = order.slice(start, start + spec.batch)
        const x = tf.gather(images, tf.tensor1d(Int32Array.from(rows), 'int32'))
        return rows.length * step(tf.cast(tf.less(tf.randomUniform(x.shape), x), 'float32'))
      })
    return sum / order.length
  }
}

const evaluation: Tasks = (spec, model, images) => () => {
  let sum = 0
  for (let start = 0; start < images.shape[0]; start += spec.chunk)
    sum += tf.tidy(() => {
      const rows = Math.min(spec.chunk, images.shape[0] - start)
      const x = tf.slice(images, [start, 0], [rows, spec.dim])
      return tf.sum(model.importance(x, tf.randomNormal([rows, spec.samples, spec.latent]))).dataSync()[0]
    })
  return sum / images.shape[0]
}

async function main(): Promise<void> {
  const backend = process.argv[2]
  if (backend === 'tensorflow') loadNative()
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only the backend that is asked for is loaded.
  else require('@tensorflow/tfjs-backend-wasm')
  await tf.setBackend(backend)
  await tf.ready()
  await serve({
    build: ({ spec, folder }) => build(spec, folder),
    run: ({ count }) => {
      if (!task) throw new Error('nothing is built')
      return timed(count, task)
    },
    memory: () => ({ mb: peakMemory() }),
    matmul: () => ({ gflops: matmulRate(1024) }),
    versions: () => ({ tfjs: tf.version['tfjs-core'] }),
  })
}

void main()
