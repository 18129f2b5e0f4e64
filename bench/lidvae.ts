/** This library as an engine of the benchmark: `native` or `wasm` by LIDVAE_ENGINE, commands on standard input. */
import * as tf from '@tensorflow/tfjs'
import { DataSet } from '../src/data/dataset'
import { engineInfo, startEngine } from '../src/compute/engine'
import { adam } from '../src/compute/optimizers'
import { EvaluationStep, TrainingStep } from '../src/compute/step'
import type { Model } from '../src/models/model'
import { elboLoss } from '../src/training/elbo'
import { fit } from '../src/training/fit'
import { matmulRate } from './matmul'
import { peakMemory, serve, timed, type Check } from './protocol'
import { readLayout, readNumbers } from './layout'
import { buildModel, checkModel, importanceWeighted, writeReference } from './reference'
import type { Spec } from './spec'
import { textTask, writeTextReference } from './texts'

let task: (() => number | Promise<number>) | undefined

function build(spec: Spec, folder: string): { parameters: number } & Partial<Check> {
  if (spec.text) {
    const { built, task: steps } = textTask(spec, spec.text, folder)
    task = steps
    return built
  }
  const layout = readLayout(folder)
  const model = buildModel(spec)
  const x = new DataSet({
    name: 'images',
    x: readNumbers(folder, 'x.bin', layout.x),
    shape: [spec.dim],
    values: spec.task === 'epoch' ? 'intensity' : 'binary',
    source: folder,
  })
  let check: Partial<Check> = {}
  if (layout.check) {
    const values = readNumbers(folder, 'check-x.bin', layout.check.x)
    check = checkModel(model, spec, new DataSet({ ...x, x: values, values: 'binary' }))
  }
  task = { step: trainingStep, likelihood: evaluation, epoch: epochs }[spec.task](spec, model, x)
  return { parameters: model.parameters.count, ...check }
}

/** Steps over the images in turn. */
function trainingStep(spec: Spec, model: Model, images: DataSet): () => number {
  const step = new TrainingStep({
    variables: model.parameters.variables,
    loss: elboLoss(model, images),
    optimizer: adam(),
  })
  const batches = Math.floor(images.size / spec.batch)
  let done = 0
  return () => {
    const start = (done % batches) * spec.batch
    const x = images.x.subarray(start * spec.dim, (start + spec.batch) * spec.dim)
    const inputs = { x: { values: x, shape: [spec.batch, spec.dim] }, klWeight: 1 }
    const report = step.run(inputs, { key: [1, done], rate: 1e-3, step: ++done })
    return report.values.loss
  }
}

/** The mean importance-weighted log-likelihood of all images. */
function evaluation(spec: Spec, model: Model, images: DataSet): () => Promise<number> {
  const step = new EvaluationStep(({ x }, draws) => ({
    sum: tf.sum(importanceWeighted(model, x, draws, spec.samples)),
  }))
  // Half as many images at once as the peers, twice side by side.
  const chunk = Math.ceil(spec.chunk / 2)
  return async () => {
    let sum = 0
    const calls = Array.from({ length: Math.ceil(spec.images / chunk) }, (_, i) => {
      const rows = images.slice(i * chunk, Math.min((i + 1) * chunk, images.size))
      return { inputs: { x: { values: rows.x, shape: [rows.size, spec.dim] } }, key: [2, i * chunk] as const }
    })
    await step.runAll(calls, (out) => (sum += out.sum.values[0]))
    return sum / images.size
  }
}

/** Epochs of one long `fit`, which waits after each until the next is asked for. */
function epochs(spec: Spec, model: Model, images: DataSet): () => Promise<number> {
  let finished: (loss: number) => void = () => undefined
  let failed: (error: unknown) => void = () => undefined
  let next: () => void = () => undefined
  let started = false
  const start = () => {
    started = true
    const onEpoch = ({ loss }: { loss: number }) => {
      finished(loss)
      return new Promise<void>((resolve) => (next = resolve))
    }
    const options = { epochs: 1_000_000, batchSize: spec.batch, optimizer: adam(), verbose: false, onEpoch }
    fit(model, images, options).catch((error: unknown) => failed(error))
  }
  return () =>
    new Promise((resolve, reject) => {
      ;[finished, failed] = [resolve, reject]
      if (started) next()
      else start()
    })
}

async function main(): Promise<void> {
  await startEngine({ quiet: true })
  await serve({
    build: ({ spec, folder }) => build(spec, folder),
    run: ({ count }) => {
      if (!task) throw new Error('nothing is built')
      return timed(count, task)
    },
    memory: () => ({ mb: peakMemory() }),
    matmul: () => ({ gflops: matmulRate(1024) }),
    versions: () => {
      const { engine, version, threads } = engineInfo()!
      return {
        [engine === 'native' ? 'tensorflow' : 'tfjs']: version,
        ...(threads && {
          threads: `${threads.intra} within an operation, ${threads.inter} between operations`,
        }),
      }
    },
    reference: async ({ spec, folder, check }) => ({
      images: (spec.text
        ? writeTextReference(spec, spec.text, folder, check)
        : await writeReference(spec, folder, check)
      ).x[0],
    }),
  })
  // A fit that waits for its next epoch keeps nothing open, but says nothing either.
  process.exit(0)
}

void main()
