import * as tf from '@tensorflow/tfjs'
import { isTexts, type ModelData } from '../data/modelData'
import { engineInfo } from '../compute/engine'
import type { Model } from '../models/model'
import { whyNotSaved } from '../models/save'
import { ownVersion } from '../platform/places'
import {
  handMadeIn,
  provenanceOf,
  recordedProvenance,
  type HandMade,
  type Provenance,
} from '../base/provenance'
import { sha256 } from '../platform/hash'
import { machine, nodeVersion } from '../platform/machine'
import type { ResolvedFitOptions } from './options'
import type { StepSchedule } from './schedule'

/**
 * What decides the numbers of a run, as JSON: a difference in any value makes another run. Functions are
 * recorded as their source text.
 */
export function settingsOf(model: Model, train: ModelData, o: ResolvedFitOptions): Record<string, unknown> {
  const { optimizer } = o
  return {
    model: provenanceOf(model) ?? model.kind,
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
    // Runs recorded before there was a choice maximised the ELBO.
    objective: o.objective.name === 'elbo' ? undefined : recorded(o.objective),
    schedule: o.schedule && recorded(o.schedule),
    clipNorm: o.clipNorm,
    earlyStopping: o.earlyStopping,
    until: o.until && recorded(o.until),
    keepBest: o.keepBest,
    initializeOutput: o.initializeOutput,
  }
}

const recorded = (fix: { name: string }): unknown => provenanceOf(fix) ?? fix.name

type Setting = (progress: number, step: number) => number

const said = (setting: number | Setting): number | string => {
  if (typeof setting !== 'function') return setting
  const { over } = setting as Partial<StepSchedule>
  return over ? `${sampled(over.schedule)} over ${over.steps} steps` : sampled(setting)
}

/** A schedule by its values at 0, 0.01 … 0.99: its source does not distinguish two rates. */
const sampled = (schedule: Setting): string =>
  sha256(Array.from({ length: 100 }, (_, i) => schedule(i / 100, i)).join()).slice(0, 16)

const withoutRate = (scalars: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(scalars).filter(([name]) => name !== 'rate'))

const dataOf = (data: ModelData): Record<string, unknown> => {
  const { name, size, source } = data
  if (!isTexts(data)) {
    const { shape, values, x } = data
    return { name, size, shape, values, sha256: sha256(bytesOf(x)), source }
  }
  const { documents, vocabulary } = data
  // Lengths first: the same tokens divided differently are other texts.
  const lengths = Int32Array.from(documents, ({ length }) => length)
  const sum = sha256(bytesOf(lengths), ...documents.map(bytesOf), vocabulary.tokens.join('\n'))
  return { name, size, words: vocabulary.size, sha256: sum, source }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** The provenance of everything that entered a run, and the steps its model had: what a rerun needs. */
export interface RunProvenance {
  train: Provenance | HandMade
  validation?: Provenance | HandMade
  optimizer: Provenance | HandMade
  klWeight: number | Provenance | HandMade
  objective: Provenance | HandMade
  schedule?: Provenance | HandMade
  until?: Provenance | HandMade
  /** Steps of the model before the run: 0 for a new one. */
  modelSteps: number
}

/** The provenance of everything that enters a run, except the model's, which the settings hold. */
export const runProvenance = (model: Model, train: ModelData, o: ResolvedFitOptions): RunProvenance => ({
  train: recordedProvenance(train),
  validation: o.validation && recordedProvenance(o.validation),
  optimizer: recordedProvenance(o.optimizer),
  klWeight: typeof o.klWeight === 'number' ? o.klWeight : recordedProvenance(o.klWeight),
  objective: recordedProvenance(o.objective),
  schedule: o.schedule && recordedProvenance(o.schedule),
  until: o.until && recordedProvenance(o.until),
  modelSteps: model.steps,
})

/** Why a run can be resumed but not rerun from its folder alone, in one line; undefined where it can. */
export function notRerun(model: Model, { modelSteps, ...parts }: RunProvenance): string | undefined {
  const unsaved = whyNotSaved(model)
  const byHand = handMadeIn({ model: recordedProvenance(model), ...parts })
  if (byHand.length > 0)
    return `this run can be resumed${unsaved ? '' : ' and loaded'}, but not rerun, since no file can hold what was made by hand: ${byHand.join(', ')}`
  if (modelSteps > 0)
    return `this run can be resumed and loaded, but not rerun: the model was already trained for ${modelSteps} steps`
  return unsaved && `this run can be resumed, but not loaded or rerun. ${unsaved}`
}

/** Further facts of a run: engine with threads, versions, machine. */
export function surroundings(): Record<string, unknown> {
  const { engine, version, threads } = engineInfo()!
  return {
    engine: { engine, version, threads },
    versions: { lidvae: ownVersion(), node: nodeVersion(), tfjs: tf.version['tfjs-core'] },
    machine: machine(),
    created: new Date().toISOString(),
  }
}

/** A description of what differs from the beginning of the run, if it can change the numbers. */
export function changedSurroundings(
  before: { engine: string; threads?: object } | undefined,
): string | undefined {
  const now = engineInfo()!
  if (!before) return undefined
  if (before.engine !== now.engine)
    return `it began on the ${before.engine} engine, this is the ${now.engine} one`
  const [a, b] = [before.threads, now.threads].map((threads) => JSON.stringify(threads))
  if (a !== b)
    return `it began with threads ${a}, now there are ${b}; \`await lid.ready({ run })\` uses the recorded ones`
  return undefined
}
