import type { DataSet } from '../data/dataset'
import { batches } from '../data/batches'
import { engineInfo, requireEngine } from '../engine/engine'
import { adam, type Optimizer } from '../engine/optimizers'
import { TrainingStep } from '../engine/step'
import { streamKey } from '../engine/streams'
import { ArgumentError, requireInteger, requirePositive } from '../errors'
import type { Model } from '../models/model'
import { historyTable, type EpochRow, type History } from './history'
import { elboLoss, requireFit, setOutputToMean, Validation } from './elbo'
import { explainNonFinite } from './nonFinite'
import { stepDecay } from './schedule'

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data. */
  epochs: number
  /** Data points a step; 100 by default. */
  batchSize?: number
  /** `adam()` with the rate 1e-3, a fifth of it in the last 30 % of the steps, by default. */
  optimizer?: Optimizer
  /** Weight of the KL terms in the loss: a number, or a function of progress in [0, 1); 1 by default, the ELBO. */
  klWeight?: number | ((progress: number) => number)
  /** Gradients are scaled down to this norm over all weights; none by default. */
  clipNorm?: number
  /** Seed of batches, binarisation and sampling; 0 by default. */
  seed?: number
  /** Data on which the loss is evaluated after each epoch. */
  validation?: DataSet
  /** Called after each epoch. */
  onEpoch?: (row: EpochRow) => void | Promise<void>
  /** Called after each step, with the loss in nats per data point. */
  onStep?: (step: number, loss: number) => void
  /** Ends training between two steps; the model stays usable. */
  signal?: AbortSignal
  /** Start the output bias at the data's mean, for a model not yet trained; true by default, for plain and identifiable models alike. */
  initializeOutput?: boolean
  /** Print a line an epoch; true by default. */
  verbose?: boolean
}

/**
 * Trains a model by gradient ascent on the ELBO: the loss is −(E_q log p(x|z) − klWeight · (KL_z + KL_w)), features summed, data points
 * averaged, in nats.
 *
 * @param model from a builder; trained in place. Calling `fit` again goes on from where it is.
 * @param train data whose rows have the likelihood's width; intensities are binarised afresh each epoch for a Bernoulli likelihood.
 * @param options `{ epochs, batchSize = 100, optimizer, klWeight = 1, clipNorm, seed = 0, validation, onEpoch, onStep, signal, verbose }`.
 * @returns the history: a row an epoch as an arquero table, whether it was stopped, seconds, milliseconds a step.
 * @throws ArgumentError for data that do not fit the model; NumericalError at the first NaN or infinity, saying where it arose.
 * @example
 * const history = await lid.fit(model, train, { epochs: 8, validation: test })
 * history.table.print()
 * @see Kingma & Welling 2014, eq. 10.
 */
export async function fit(model: Model, train: DataSet, options: FitOptions): Promise<History> {
  if (typeof options !== 'object')
    throw new ArgumentError('options', options, '{ epochs, … }', 'Say for how many epochs to train.')
  const { epochs, batchSize = 100, klWeight = 1, clipNorm, seed = 0, validation, verbose = true } = options
  const { optimizer = adam({ rate: stepDecay(1e-3) }), signal } = options
  requireEngine('fit')
  if (typeof optimizer.scalars !== 'function')
    throw new ArgumentError(
      'optimizer',
      optimizer,
      'adam(), rmsprop() or sgd()',
      'Give what one of these returns.',
    )
  requireInteger('epochs', epochs)
  requireInteger('batchSize', batchSize)
  requireInteger('seed', seed, 0)
  if (typeof klWeight === 'number') requirePositive('klWeight', klWeight, true)
  if (clipNorm !== undefined) requirePositive('clipNorm', clipNorm)
  requireFit(model, train, 'train')
  if (validation) requireFit(model, validation, 'validation')
  if (model.steps === 0 && options.initializeOutput !== false) setOutputToMean(model, train)

  const stepsAnEpoch = Math.ceil(train.size / batchSize)
  const total = epochs * stepsAnEpoch
  const sampling = streamKey(seed, 'sampling')
  const binarisation = streamKey(seed, 'binarisation')
  const step = new TrainingStep({
    variables: model.parameters.variables,
    loss: elboLoss(model, train),
    optimizer,
    clipNorm,
  })
  const validator = validation && new Validation(model, validation, seed)
  const rows: EpochRow[] = []
  const stepTimes: number[] = []
  const began = performance.now()
  const clock = pauses()
  let done = 0
  const stopped = (): boolean => signal?.aborted ?? false
  try {
    for (let epoch = 1; epoch <= epochs && !stopped(); epoch++) {
      const sums: Record<string, number> = {}
      let count = 0
      let rate = 0
      let weight = 0
      for (const batch of batches(train, { batchSize, seed, epoch: model.epochs })) {
        if (stopped()) break
        const progress = done / total
        rate = valueAt('rate', optimizer.rate, progress)
        weight = valueAt('klWeight', klWeight, progress)
        const stepBegan = performance.now()
        const report = step.run(
          {
            x: { values: batch.x, shape: [batch.size, train.dim] },
            klWeight: weight,
            binarisation: { values: Int32Array.of(binarisation, model.steps), shape: [2] },
          },
          { key: [sampling, model.steps], rate, step: done + 1 },
        )
        stepTimes.push(performance.now() - stepBegan)
        if (!report.updated) throw explainNonFinite(model, train, batch.x, report, done + 1, epoch, rate)
        done++
        model.steps++
        for (const [name, value] of Object.entries({ ...report.values, gradientNorm: report.gradientNorm }))
          sums[name] = (sums[name] ?? 0) + value * batch.size
        count += batch.size
        options.onStep?.(done, report.values.loss)
        await clock()
      }
      if (count === 0) break
      if (count === train.size) model.epochs++
      const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]))
      const row = {
        epoch,
        step: done,
        ...means,
        ...(validator && !stopped() ? await validator.run() : {}),
        klWeight: weight,
        rate,
        seconds: (performance.now() - began) / 1000,
      } as EpochRow
      rows.push(row)
      if (verbose) console.log(sayEpoch(model, row, epochs))
      await options.onEpoch?.(row)
    }
  } finally {
    step.dispose()
    validator?.dispose()
  }
  const seconds = (performance.now() - began) / 1000
  return { rows, table: historyTable(rows), stopped: done < total, seconds, stepMs: median(stepTimes) }
}

/** A setting as it stands at `progress`, checked: NaN from a schedule would go straight into the weights. */
function valueAt(
  argument: string,
  setting: number | ((progress: number) => number),
  progress: number,
): number {
  const value = typeof setting === 'function' ? setting(progress) : setting
  requirePositive(argument, value, true)
  return value
}

/** Lets signals, messages and timers through about twenty times a second. */
function pauses(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < 50) return
    await new Promise((resolve) => setImmediate(resolve))
    last = performance.now()
  }
}

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

const sayEpoch = (model: Model, row: EpochRow, epochs: number): string =>
  `${model.kind}  epoch ${row.epoch}/${epochs}  loss ${row.loss.toFixed(2)} nats a data point` +
  (row.validationLoss === undefined ? '' : `, validation ${row.validationLoss.toFixed(2)}`) +
  `  (KL z ${row.klZ.toFixed(2)}${model.components > 1 ? `, w ${row.klW.toFixed(2)}` : ''})` +
  `  ${row.seconds.toFixed(0)} s, ${engineInfo()?.engine}`
