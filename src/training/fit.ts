import { warn } from '../base/note'
import type { DataSet } from '../data/dataset'
import { isTexts, type ModelData } from '../data/modelData'
import { describeLengths } from '../data/text/textBatches'
import { requireEngine } from '../compute/engine'
import { memoryError } from '../compute/memory'
import { missingOperationError } from '../compute/missingOperation'
import type { Model } from '../models/model'
import { mostSpread } from '../models/expectedActive'
import { excessNoise, noiseOf, type Noise } from '../models/noise'
import { heardOut, unlessLeaving, Work } from '../platform/cancellation'
import { isFinished, requireExtension } from './extension'
import type { History } from './history'
import { resolveFitOptions, type FitOptions, type ResolvedFitOptions } from './options'
import { RunFolder } from './runFolder'
import { Stepper } from './stepper'
import { changedSurroundings, notRerun, runProvenance, settingsOf, surroundings } from './runRecord'
import type { Checkpoint } from './state'
import { Training } from './training'
import { alone } from '../models/underWay'

/**
 * Trains a model by gradient ascent on the ELBO: the loss is −(E_q log p(x|z) − klWeight · (KL_z + KL_w)),
 * features summed, data points averaged, in nats.
 *
 * @param model from a builder; trained in place. Calling `fit` again continues from its current state.
 * @param train data whose rows have the likelihood's dimension, or texts over the model's vocabulary;
 *   intensities are binarised afresh each epoch for a Bernoulli likelihood. Batches of texts are of equal
 *   length, the last of each length may be smaller.
 * @param options
 *   `{ epochs, batchSize = 100, optimizer, klWeight = 1, objective, schedule, clipNorm, seed = 0, validation,
 *   earlyStopping, until, keepBest = false, run, checkpointEvery = 30, resume, onEpoch, onStep, signal,
 *   initializeOutput = true, verbose = true, live = true, observer }`; see `FitOptions`.
 *   `objective` is what is maximised, the ELBO by default; `schedule` the order in which weights are trained,
 *   all together by default; `checkpointEvery` the seconds between two checkpoints in `run`;
 *   `initializeOutput` whether the output bias of a new model starts at the data's mean.
 *   In a notebook a chart shows the progress, elsewhere a line. Stop or Ctrl-C ends it after the current
 *   step, and the model stays usable; SIGTERM and SIGHUP also end the process, after that step and its
 *   checkpoint. With `run`, a folder, an interrupted training resumes automatically and ends with the bits of
 *   an uninterrupted one. With more `epochs` than before, the run in that folder is extended, and ends with the bits
 *   of one of so many epochs; rate and KL weight must then be numbers or go by steps (`lid.optimizers.overSteps`).
 * @returns the history: one row per epoch as an arquero table, whether it was stopped, seconds, milliseconds
 *   per step.
 * @throws ArgumentError for data that do not fit the model, or a run folder with other settings, fewer epochs, or more
 *   where a setting follows the share of all steps; DataError
 *   for a folder that cannot be used; NumericalError at the first NaN or infinity, which names where it
 *   arose; StoppedError in a cell that was stopped twice.
 * @example
 * const history = await lid.fit(model, train, { epochs: 8, validation: test })
 * history.table.print()
 * @see Kingma & Welling 2014, eq. 10.
 */
export async function fit<D extends ModelData>(
  model: Model<D>,
  train: D,
  options: FitOptions<D>,
): Promise<History> {
  requireEngine('fit')
  // First, so that what is said of a wrong option does not wait for the model.
  const resolved = resolveFitOptions(model, train, options)
  return alone(model, async () => {
    const work = new Work('fit', resolved.signal)
    try {
      return await trainIn(model, train, { ...resolved, signal: work.signal })
    } catch (error) {
      throw memoryError(
        missingOperationError(error, 'a training step'),
        `a step of ${resolved.batchSize} data points`,
        'Use a smaller batchSize or smaller widths.',
      )
    } finally {
      await heardOut()
      work.end()
      await unlessLeaving()
    }
  })
}

async function trainIn(model: Model, train: ModelData, resolved: ResolvedFitOptions): Promise<History> {
  const lengths = isTexts(train) ? describeLengths(train, resolved.batchSize) : undefined
  if (lengths && resolved.verbose) console.log(`${model.kind}  ${lengths}`)
  const stepper = new Stepper(model, train, resolved)
  let folder: RunFolder | undefined
  try {
    folder = resolved.run === undefined ? undefined : new RunFolder(resolved.run, stepper.learnt)
    const found = folder ? findRun(folder, model, train, resolved) : resolved.resume?.checkpoint
    if (!found && resolved.verbose) warnOfNoise(model, train)
    const training = new Training(model, train, resolved, stepper, found, folder)
    try {
      return await training.run()
    } finally {
      training.dispose()
    }
  } finally {
    // First, since a lost engine cannot free its tensors.
    folder?.close()
    stepper.dispose()
  }
}

/** Once per training, since no training can change it. */
function warnOfNoise(model: Model, train: ModelData): void {
  const noise = noiseOf(model, train)
  const remark = noise && excessNoise(noise)
  if (remark) warn(`${remark}${isTexts(train) ? '' : certainCollapse(noise, train)}`)
}

/** What is certain of a fixed σ above the spread in every direction; '' of any other. */
function certainCollapse({ sigma, floor }: Noise, train: DataSet): string {
  const most = floor === undefined ? mostSpread(train) : Infinity
  if (sigma < most) return ''
  return ` It is even above ${Number(most.toPrecision(3))}, the data's spread along their main direction: a linear decoder then collapses wholly (lid.expectedActive).`
}

/** The newest checkpoint of a run with the same settings; undefined for a new run. */
function findRun(
  folder: RunFolder,
  model: Model,
  train: ModelData,
  resolved: ResolvedFitOptions,
): Checkpoint | undefined {
  const provenance = runProvenance(model, train, resolved)
  const record = { recipes: provenance, ...surroundings() }
  let extendedFrom: number | undefined
  let newest: Checkpoint | undefined
  const before = folder.agree(settingsOf(model, train, resolved), record, (epochs) => {
    newest = folder.newest()
    requireExtension(resolved, epochs, newest, folder.folder)
    extendedFrom = epochs
  })
  const reason = before ? undefined : notRerun(model, provenance)
  if (reason && resolved.verbose) console.log(`${model.kind}  ${reason}`)
  const found = before && (newest ?? folder.newest())
  const changed = found && changedSurroundings(before.engine)
  if (changed) warn(`${folder.folder}: ${changed}. The last digits of the results may differ.`)
  const more = extendedFrom === undefined ? '' : `: ${resolved.epochs} epochs in place of ${extendedFrom}`
  if (found && resolved.verbose)
    console.log(
      isFinished(found.position, resolved)
        ? `${model.kind}  finished before: read from ${folder.folder}`
        : `${model.kind}  resuming after step ${found.position.step}, from ${folder.folder}${more}`,
    )
  return found
}
