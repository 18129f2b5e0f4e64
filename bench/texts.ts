import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { TextSet } from '../src/data/text/textSet'
import { Vocabulary } from '../src/data/text/vocabulary'
import { Draws, drawKey } from '../src/compute/draws'
import { adam } from '../src/compute/optimizers'
import { Parameters } from '../src/compute/parameters'
import { uniforms } from '../src/compute/philox'
import { TrainingStep, type LossFunction } from '../src/compute/step'
import { lstm } from '../src/layers/lstm'
import type { Model } from '../src/models/model'
import { lidsvae, svae } from '../src/models/text/builders'
import { injectiveHead } from '../src/models/text/head'
import { elboLoss } from '../src/training/elbo'
import { readLayout, readNumbers, type Layout } from './layout'
import type { Check } from './protocol'
import { writeNumbers, writeWeights } from './reference'
import type { Spec, TextSpec } from './spec'

const SEED = 1
/** Sequences of the check: their gradients are as telling as a batch's, and quicker. */
const CHECKED = 2
/** Gradients are clipped to this norm, as the authors do. */
const CLIP = 5

/** A work on sequences: its weights, its loss in training, and the same without dropout at given noise. */
interface TextWork {
  parameters: Parameters
  train: LossFunction
  check: (x: tf.Tensor) => tf.Scalar
}

const checkDraws = (): Draws => new Draws(drawKey(SEED, 0))

/** Words that stand for none: only how many there are matters. */
function vocabularyOf({ words }: TextSpec): Vocabulary {
  const names = Array.from({ length: words }, (_, i) => ['<s>', '</s>', '_UNK'][i] ?? `w${i}`)
  return Vocabulary.from(names, new Array<number>(words).fill(1))
}

function buildText(spec: Spec, text: TextSpec): TextWork {
  if (spec.model === 'lstm') {
    const parameters = Parameters.from(SEED)
    const layer = lstm(parameters, 'lstm', { inputs: text.embedding, hidden: spec.hidden })
    const loss = (x: tf.Tensor): tf.Scalar => tf.mean(tf.square(layer.apply(tf.transpose(x, [1, 0, 2])).h))
    return { parameters, train: ({ x }) => ({ loss: loss(x) }), check: loss }
  }
  const vocabulary = vocabularyOf(text)
  const { hidden, latent } = spec
  const common = { vocabulary, latent, hidden, embedding: text.embedding, dropout: text.dropout, seed: SEED }
  const { width, projection, hidden: ofHead } = text.head
  const head = injectiveHead({ width, projection, hidden: ofHead, hiddenLatent: ofHead })
  const model: Model = spec.model === 'svae' ? svae(common) : lidsvae({ ...common, head })
  const none = new TextSet({ name: 'none', vocabulary, documents: [Int32Array.of(2)], source: 'benchmark' })
  const loss = elboLoss(model, none)
  return {
    parameters: model.parameters,
    train: (inputs, draws) => loss({ ...inputs, klWeight: tf.scalar(1) }, draws),
    check: (x) => {
      const { reconstruction, klZ } = model.elboTerms(tf.cast(x, 'int32'), checkDraws())
      return tf.sub(tf.mean<tf.Scalar>(tf.sum(klZ, 1)), tf.mean(reconstruction))
    },
  }
}

/** Shape of a sequence: of numbers, or of words, `<s>` and `</s>` included. */
const shapeOf = ({ model }: Spec, { length, embedding }: TextSpec): number[] =>
  model === 'lstm' ? [length, embedding] : [length + 1]

/** Sequences drawn from a seed: numbers in [−1, 1), or words. */
function draw(spec: Spec, text: TextSpec, count: number): Float32Array {
  const shape = shapeOf(spec, text)
  const u = uniforms(SEED, 7, count * shape.reduce((a, b) => a * b, 1))
  if (spec.model === 'lstm') return u.map((x) => 2 * x - 1)
  const at = (i: number): number => i % shape[0]
  return u.map((x, i) =>
    at(i) === 0 ? 0 : at(i) === shape[0] - 1 ? 1 : 2 + Math.floor(x * (text.words - 2)),
  )
}

/** What a work computes at the check's sequences, with the check's noise and without dropout. */
function check({ parameters, check }: TextWork, x: Float32Array, shape: number[]): Check {
  return tf.tidy(() => {
    const { variables } = parameters
    const { value, grads } = tf.variableGrads(() => check(tf.tensor(x, shape)), [...variables.values()])
    const norms = [...variables].map(([name, w]) => [name, lengthOf(grads[w.name])])
    return { value: value.dataSync()[0], norms: Object.fromEntries(norms) as Record<string, number> }
  })
}

/** ‖x‖ in doubles: of millions of squares added up one by one in float32 the last count for too little. */
const lengthOf = (x: tf.Tensor): number =>
  Math.sqrt((x.dataSync() as Float32Array).reduce((sum, value) => sum + value ** 2, 0))

/** Writes the reference of a work on sequences. */
export function writeTextReference(spec: Spec, text: TextSpec, folder: string, checked: boolean): Layout {
  mkdirSync(folder, { recursive: true })
  const work = buildText(spec, text)
  const { parameters } = work
  try {
    const shape = shapeOf(spec, text)
    const x = draw(spec, text, spec.images)
    writeNumbers(folder, 'x.bin', x)
    const layout: Layout = { weights: writeWeights(parameters, {}, folder), x: [spec.images, ...shape] }
    if (checked) {
      const some = draw(spec, text, CHECKED)
      const noise = [CHECKED, 1, spec.latent]
      writeNumbers(folder, 'check-x.bin', some)
      const values = tf.tidy(() => checkDraws().normal('z', noise).dataSync() as Float32Array)
      writeNumbers(folder, 'check-noise.bin', values)
      layout.check = { x: [CHECKED, ...shape], noise, ...check(work, some, [CHECKED, ...shape]) }
    }
    writeFileSync(path.join(folder, 'layout.json'), JSON.stringify(layout))
    return layout
  } finally {
    parameters.dispose()
  }
}

/**
 * A work on sequences in this process: what it computes at the check, and a training step over the sequences in turn.
 */
export function textTask(
  spec: Spec,
  text: TextSpec,
  folder: string,
): { built: { parameters: number } & Partial<Check>; task: () => number } {
  const layout = readLayout(folder)
  const work = buildText(spec, text)
  const { parameters } = work
  const found =
    layout.check && check(work, readNumbers(folder, 'check-x.bin', layout.check.x), layout.check.x)
  const all = readNumbers(folder, 'x.bin', layout.x)
  const [count, ...shape] = layout.x
  const size = all.length / count
  const step = new TrainingStep({
    variables: parameters.variables,
    loss: work.train,
    optimizer: adam(),
    clipNorm: CLIP,
  })
  const batches = Math.floor(count / spec.batch)
  let done = 0
  const task = (): number => {
    const start = (done % batches) * spec.batch
    const rows = all.subarray(start * size, (start + spec.batch) * size)
    const values = spec.model === 'lstm' ? rows : Int32Array.from(rows)
    const inputs = { x: { values, shape: [spec.batch, ...shape] } }
    return step.run(inputs, { key: [1, done], rate: 1e-3, step: ++done }).values.loss
  }
  return { built: { parameters: parameters.count, ...found }, task }
}
