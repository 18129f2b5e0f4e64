import { removeFolder, temporaryFolder } from '../../platform/fileSystem'
import path from '../../platform/path'
import { isData } from '../../data/origin'
import type { ModelData } from '../../data/modelData'
import { ArgumentError, DataError, StoppedError } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { buildModel } from '../load'
import type { Model } from '../../models/model'
import { CUSTOM, handMadeIn, type HandMade, type Provenance } from '../../base/provenance'
import { fit } from '../../training/fit'
import type { History } from '../../training/history'
import { resolveFitOptions, type FitOptions } from '../../training/options'
import { readRun, type RunRecord } from '../../training/runFolder'
import { settingsOf, type RunProvenance } from '../../training/runRecord'
import { conditionsOf, differencesOf, lastOf } from './differences'
import { makePart } from '../makePart'

/** What came of a training that was made again. */
export interface Rerun {
  /** True where history and weights are the recorded ones, bit for bit. */
  readonly same: boolean
  /** What is not the same, in words. */
  readonly differences: readonly string[]
  /** What was other when the run was recorded and can change digits: engine, threads, versions, processor. */
  readonly conditions: readonly string[]
  /** The history of the training made now. */
  readonly history: History
}

/**
 * Makes a training again from its run folder, data, model and settings as recorded there, and compares: θ_T
 * and the history must be the same, bit for bit, on the same engine, threads, versions and machine. The
 * folder is only read.
 *
 * @param folder a folder that `lid.fit` wrote (its option `run`), of a training that is finished.
 * @param options `{ verbose = false, signal }`.
 * @returns whether it is the same; if not, what differs, and which conditions were others.
 * @throws DataError for a folder that is none, a training that is not finished, parts made by hand (no file
 *   can hold them) or not registered here (`lid.registerPart`), or data that are others now; StoppedError
 *   when it was stopped.
 * @example
 * await lid.ready({ run: 'runs/first' }) // the threads recorded there
 * const { same, differences } = await lid.experiments.rerun('runs/first')
 */
export async function rerun(
  folder: string,
  options: { verbose?: boolean; signal?: AbortSignal } = {},
): Promise<Rerun> {
  const { verbose, signal } = resolveOptions('rerun', options, { verbose: false, signal: undefined })
  if (typeof folder !== 'string' || folder === '')
    throw new ArgumentError('folder', folder, 'a path', "Name a run's folder, say 'runs/first'.")
  const run = readRun(path.join(folder, 'run.json'))
  if (!run) throw new DataError(`${folder} is no run: it has no run.json. Name a folder that lid.fit wrote.`)
  const before = lastOf(folder)
  if (!before.position.finished)
    throw new DataError(`${folder} is not finished: nothing to compare with yet. Train it to its end first.`)
  const provenance = requireProvenance(folder, run)
  const train = await makeData('the data', provenance.train)
  const validation = provenance.validation && (await makeData('the validation data', provenance.validation))
  const fitOptions: FitOptions = { ...fitOptionsOf(run, provenance), validation }
  const model = buildModel(run.settings.model as Provenance, path.join(folder, 'run.json'))
  let scratch: string | undefined
  const ending = new AbortController()
  const stop = (): void => ending.abort(signal?.reason)
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    requireSame(folder, run, model, train, fitOptions)
    scratch = temporaryFolder('lidvae-rerun-')
    const place = path.join(scratch, 'run')
    const { step } = before.position
    // No further than one step beyond the recorded end: a folder may say any number of epochs.
    let isBeyond = false
    const onStep = (now: number): void => {
      isBeyond = now > step
      if (isBeyond) ending.abort()
    }
    const history = await fit(model, train, {
      ...fitOptions,
      run: place,
      verbose,
      signal: ending.signal,
      onStep,
    })
    if (history.stopped && !isBeyond) throw new StoppedError('The rerun was stopped; nothing was compared.')
    const differences = isBeyond
      ? [`it goes on after step ${step}, where the recorded training ended`]
      : differencesOf(before, lastOf(place))
    const conditions = conditionsOf(run, readRun(path.join(place, 'run.json'))!)
    return { same: differences.length === 0, differences, conditions, history }
  } finally {
    signal?.removeEventListener('abort', stop)
    model.dispose()
    if (scratch !== undefined) removeFolder(scratch)
  }
}

function requireProvenance(folder: string, { recipes: provenance, settings }: RunRecord): RunProvenance {
  if (!provenance)
    throw new DataError(
      `${folder} was recorded by a version that did not keep where its data came from. Make a new run.`,
    )
  if (provenance.modelSteps > 0)
    throw new DataError(
      `${folder} went on with a model that had ${provenance.modelSteps} steps behind it, which the folder does not hold. Repeat the training from its beginning.`,
    )
  if (typeof settings.model !== 'object' || handMadeIn(settings.model).length > 0)
    throw new DataError(`the model of ${folder} has parts made by hand, which no file can hold. ${BY_HAND}`)
  return provenance
}

const BY_HAND =
  'Run what made it again, with another folder; parts from a builder that lid.registerPart knows can be made again.'

/** Makes an optimizer, objective, schedule or data; `what` is it in the run, for errors. */
const make = (what: string, provenance: Provenance | HandMade): unknown =>
  makePart(provenance, (part) => {
    if (part === undefined)
      return new DataError(`${what} of that run was made by hand, which no file can hold. ${BY_HAND}`)
    return part.startsWith(CUSTOM)
      ? new DataError(
          `${what} of that run is a '${part}', which is not registered here. Rerun it where it is: lid.registerPart('${part.slice(CUSTOM.length)}', builder), then lid.experiments.rerun(folder).`,
        )
      : new DataError(
          `${what} of that run is a '${part}', which this version does not know. Use the version it was made with.`,
        )
  })

async function makeData(what: string, provenance: Provenance | HandMade): Promise<ModelData> {
  const made = await make(what, provenance)
  if (isData(made)) return made as ModelData
  throw new DataError(`${what} of that run cannot be made as recorded. Use the version it was made with.`)
}

/** What `fit` was called with, but for the data. */
function fitOptionsOf({ settings }: RunRecord, provenance: RunProvenance): FitOptions {
  const { epochs, batchSize, seed, clipNorm, earlyStopping, keepBest, initializeOutput } =
    settings as unknown as FitOptions
  const { klWeight, optimizer, objective, schedule, until } = provenance
  return {
    epochs,
    batchSize,
    seed,
    clipNorm,
    earlyStopping,
    keepBest,
    initializeOutput,
    klWeight: (typeof klWeight === 'number'
      ? klWeight
      : make('the klWeight', klWeight)) as FitOptions['klWeight'],
    optimizer: make('the optimizer', optimizer) as FitOptions['optimizer'],
    objective: make('the objective', objective) as FitOptions['objective'],
    schedule: schedule && (make('the schedule', schedule) as FitOptions['schedule']),
    until: until && (make('the rule of convergence', until) as FitOptions['until']),
  }
}

/** Fails before hours of training where something is not as recorded, data by their checksum. */
function requireSame(
  folder: string,
  { settings }: RunRecord,
  model: Model,
  train: ModelData,
  options: FitOptions,
): void {
  const now = JSON.parse(
    JSON.stringify(settingsOf(model, train, resolveFitOptions(model, train, options))),
  ) as Record<string, unknown>
  for (const name of new Set([...Object.keys(settings), ...Object.keys(now)])) {
    if (withoutSource(settings[name]) === withoutSource(now[name])) continue
    const [place, ...values] = firstDifference(name, settings[name], now[name])
    const [a, b] = values.map((value) => shortened(withoutSource(value) ?? 'nothing'))
    const isData = name === 'train' || name === 'validation'
    throw new DataError(
      isData
        ? `the data of ${folder} (${place}) are others now: recorded ${a}, found ${b}. Bring back the data of that run.`
        : `${place} of ${folder} cannot be made as recorded: ${a} became ${b}. Use the version it was made with.`,
    )
  }
}

const shortened = (json: string): string => (json.length > 80 ? `${json.slice(0, 77)}…` : json)

/** Where two settings differ first, and what stands there: of a whole model, the one weight that is another. */
function firstDifference(place: string, a: unknown, b: unknown): [string, unknown, unknown] {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject(a) || !isObject(b)) return [place, a, b]
  const key = [...new Set([...Object.keys(a), ...Object.keys(b)])].find(
    (one) => one !== 'source' && withoutSource(a[one]) !== withoutSource(b[one]),
  )
  return key === undefined ? [place, a, b] : firstDifference(`${place}.${key}`, a[key], b[key])
}

/** The same data from another place are the same. */
const withoutSource = (value: unknown): string | undefined =>
  JSON.stringify(value, (key, inside: unknown) => (key === 'source' ? undefined : inside))
