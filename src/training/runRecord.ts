import { cpus, release, totalmem } from 'node:os'
import * as tf from '@tensorflow/tfjs'
import { isTexts, type ModelData } from '../data/modelData'
import { engineInfo } from '../compute/engine'
import type { Model } from '../models/model'
import { ownVersion } from '../platform/places'
import { plainRecipe, type OwnPart, type Recipe } from '../base/provenance'
import { sha256 } from '../storage/checksummedJson'
import type { Settled } from './options'

/** What decides the numbers of a run, as JSON: another value in any of these is another run. Functions stand as their source text. */
export function settingsOf(model: Model, train: ModelData, o: Settled): Record<string, unknown> {
  const { optimizer } = o
  return {
    model: plainRecipe(model) ?? model.kind,
    weights: Object.fromEntries(
      [...model.parameters.variables].map(([name, weight]) => [name, weight.shape]),
    ),
    train: dataOf(train),
    validation: o.validation && dataOf(o.validation),
    epochs: o.epochs,
    batchSize: o.batchSize,
    seed: o.seed,
    optimizer: { name: optimizer.name, rate: said(optimizer.rate), ...withoutRate(optimizer.scalars(0, 1)) },
    klWeight: said(o.klWeight),
    // The ELBO is what runs maximised that were recorded before there was a choice.
    objective: o.objective.name === 'elbo' ? undefined : recorded(o.objective),
    schedule: o.schedule && recorded(o.schedule),
    clipNorm: o.clipNorm,
    earlyStopping: o.earlyStopping,
    keepBest: o.keepBest,
    initializeOutput: o.initializeOutput,
  }
}

const recorded = (fix: { name: string }): unknown => plainRecipe(fix) ?? fix.name

const said = (setting: number | ((progress: number) => number)): number | string =>
  typeof setting === 'function' ? sampled(setting) : setting

/** A schedule by its values at 0, 0.01 … 0.99: its source would not tell two rates apart. */
const sampled = (schedule: (progress: number) => number): string =>
  sha256(Array.from({ length: 100 }, (_, i) => schedule(i / 100)).join()).slice(0, 16)

const withoutRate = (scalars: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(scalars).filter(([name]) => name !== 'rate'))

const dataOf = (data: ModelData): Record<string, unknown> => {
  const { name, size, source } = data
  if (!isTexts(data)) {
    const { shape, values, x } = data
    return { name, size, shape, values, sha256: sha256(bytesOf(x)), source }
  }
  const { documents, vocabulary } = data
  // Lengths first: the same words cut elsewhere are other texts.
  const lengths = Int32Array.from(documents, ({ length }) => length)
  const sum = sha256(bytesOf(lengths), ...documents.map(bytesOf), vocabulary.words.join('\n'))
  return { name, size, words: vocabulary.size, sha256: sum, source }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** How everything that entered a run is made again, and where its model stood: what repeats it. */
export interface RunRecipes {
  train: Recipe | OwnPart
  validation?: Recipe | OwnPart
  optimizer: Recipe | OwnPart
  klWeight: number | Recipe | OwnPart
  objective: Recipe | OwnPart
  schedule?: Recipe | OwnPart
  /** Steps of the model before: 0 for a new one. */
  modelSteps: number
}

/** How everything that enters a run is made, beside the model, which its settings hold. */
export function recipesOf(model: Model, train: ModelData, o: Settled): RunRecipes {
  const of = (made: object): Recipe | OwnPart => plainRecipe(made) ?? { own: true }
  return {
    train: of(train),
    validation: o.validation && of(o.validation),
    optimizer: of(o.optimizer),
    klWeight: typeof o.klWeight === 'number' ? o.klWeight : of(o.klWeight),
    objective: of(o.objective),
    schedule: o.schedule && of(o.schedule),
    modelSteps: model.steps,
  }
}

/** What else is worth knowing of a run: engine with threads, versions, machine. */
export function surroundings(): Record<string, unknown> {
  const { engine, version, threads } = engineInfo()!
  return {
    engine: { engine, version, threads },
    versions: { lidvae: ownVersion(), node: process.versions.node, tfjs: tf.version['tfjs-core'] },
    machine: {
      cpu: cpus()[0]?.model.trim(),
      cores: cpus().length,
      memory: totalmem(),
      system: `${process.platform} ${release()} ${process.arch}`,
    },
    created: new Date().toISOString(),
  }
}

/** What is not as it was when the run began, in words, if it can change the numbers. */
export function changedSurroundings(
  before: { engine: string; threads?: object } | undefined,
): string | undefined {
  const now = engineInfo()!
  if (!before) return undefined
  if (before.engine !== now.engine)
    return `it began on the ${before.engine} engine, this is the ${now.engine} one`
  const [a, b] = [before.threads, now.threads].map((threads) => JSON.stringify(threads))
  if (a !== b)
    return `it began with threads ${a}, these are ${b}; \`await lid.ready({ run })\` takes the recorded ones`
  return undefined
}
