import type * as tf from '@tensorflow/tfjs'
import type { ModelData } from '../data/modelData'
import { adam, asRule, type Optimizer } from '../compute/optimizers'
import { ArgumentError, requireInteger, requirePositive, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { Model } from '../models/model'
import { requireModel } from '../models/requireModel'
import type { EpochRow, History } from './history'
import { elboObjective, tryObjective, type Objective } from './objective'
import type { FitObserver } from './observer'
import type { TrainingSchedule } from './schedules'
import { stepDecay } from './schedule'
import type { Convergence } from './untilConverged'

/** When training ends before the last epoch. */
export interface EarlyStopping {
  /** Epochs without a better validation loss after which it ends. */
  patience: number
  /** By how much a loss must be lower to count as better, in nats per data point; 0 by default. */
  minimumGain?: number
}

/** Options of `fit`. `D` is what the data are, rows or texts. */
export interface FitOptions<D extends ModelData = ModelData> {
  /** Passes over the data, in all: a larger number extends a run in its folder. */
  epochs: number
  /** Data points per step; 100 by default. */
  batchSize?: number
  /**
   * By default `adam()` with the rate 1e-3, a fifth of it in the last 30 % of the steps; also an optimiser of
   * `tf.train`.
   */
  optimizer?: Optimizer | tf.Optimizer
  /**
   * Weight of the KL terms in the loss: a number, or a function of progress in [0, 1) such as
   * `lid.fixes.linearAnnealing()`; 1 by default, the ELBO.
   */
  klWeight?: number | ((progress: number, step: number) => number)
  /** What is maximised: the ELBO by default, or `lid.fixes.betaVae()`, `lid.fixes.freeBits()` … */
  objective?: Objective
  /**
   * The order in which weights are trained: all together by default, or `lid.fixes.lagging()`,
   * `lid.fixes.pretraining()`.
   */
  schedule?: TrainingSchedule
  /** Gradients are scaled down to this norm over all weights; no clipping by default. */
  clipNorm?: number
  /** Seed of batches, binarisation and sampling; 0 by default. */
  seed?: number
  /** Data on which the loss is evaluated after each epoch. */
  validation?: D
  /** Ends when the validation loss no longer decreases: `{ patience: 3 }`; needs `validation`. */
  earlyStopping?: EarlyStopping
  /**
   * Trains until converged, with a rate that falls where the validation ELBO no longer rises:
   * `lid.untilConverged()`; needs `validation`. `epochs` is then the most.
   */
  until?: Convergence
  /**
   * Leaves the model with the weights of the epoch with the least validation loss; with a `minimumGain` of
   * `earlyStopping`, of the last one that gained as much. Needs `validation`; false by default.
   */
  keepBest?: boolean
  /**
   * A folder for checkpoints: an interrupted run resumes there automatically and ends with the same bits; a
   * finished one is only read, or with more `epochs` extended, where no setting follows the share of all steps.
   */
  run?: string
  /**
   * Wall-clock seconds between two checkpoints; 30 by default. One is always written at the end and at a
   * stop.
   */
  checkpointEvery?: number
  /** The history of a stopped training of this model: resumes it, with the same options. */
  resume?: History
  /** Called after each epoch. */
  onEpoch?: (row: EpochRow) => void | Promise<void>
  /** Called after each step, with the loss in nats per data point. */
  onStep?: (step: number, loss: number) => void
  /** Ends training between two steps; the model stays usable. */
  signal?: AbortSignal
  /**
   * Starts the output bias at the data's mean (for texts: at the frequency of each token), and an encoder of
   * counts at the mean of log(1 + x), for a model not yet trained; true by default, for plain and
   * identifiable models.
   */
  initializeOutput?: boolean
  /** Shows the progress; true by default. False shows and prints nothing. */
  verbose?: boolean
  /**
   * Shows the progress live: in a notebook a chart, in a terminal a line; true by default. False prints one
   * line per epoch everywhere.
   */
  live?: boolean
  /** Follows the training, in place of the usual display. It changes no bit of the training. */
  observer?: FitObserver
}

/** The options with their defaults, as `fit` is called with them. */
const withDefaults = (options: FitOptions) =>
  resolveOptions(
    'fit',
    options,
    {
      epochs: undefined,
      batchSize: 100,
      optimizer: adam({ rate: stepDecay(1e-3) }),
      klWeight: 1,
      objective: elboObjective(),
      schedule: undefined,
      clipNorm: undefined,
      seed: 0,
      validation: undefined,
      earlyStopping: undefined,
      until: undefined,
      keepBest: false,
      run: undefined,
      checkpointEvery: 30,
      resume: undefined,
      onEpoch: undefined,
      onStep: undefined,
      signal: undefined,
      initializeOutput: undefined,
      verbose: true,
      live: true,
      observer: undefined,
    },
    '{ epochs: 8 }',
  )

/** The options with their defaults, the optimizer as a rule. */
export type ResolvedFitOptions = Omit<ReturnType<typeof withDefaults>, 'optimizer'> & {
  readonly optimizer: Optimizer
}

/** When to stop early, with its defaults. */
export const resolveEarlyStopping = (earlyStopping: NonNullable<FitOptions['earlyStopping']>) =>
  resolveOptions('earlyStopping', earlyStopping, { patience: undefined, minimumGain: 0 }, '{ patience: 3 }')

/** Checks the options of `fit` and fills in the defaults. */
export function resolveFitOptions(model: Model, train: ModelData, options: FitOptions): ResolvedFitOptions {
  const given = withDefaults(options)
  requireModel(model)
  const resolved: ResolvedFitOptions = { ...given, optimizer: asRule(given.optimizer) }
  const { klWeight, clipNorm, validation, earlyStopping, run, resume, optimizer } = resolved
  requireInteger('epochs', resolved.epochs)
  requireInteger('batchSize', resolved.batchSize)
  requireInteger('seed', resolved.seed, 0)
  requirePositive('checkpointEvery', resolved.checkpointEvery, true)
  if (typeof klWeight === 'number') requirePositive('klWeight', klWeight, true)
  if (clipNorm !== undefined) requirePositive('clipNorm', clipNorm)
  if (earlyStopping) {
    const { patience, minimumGain } = resolveEarlyStopping(earlyStopping)
    requireInteger('earlyStopping.patience', patience)
    requirePositive('earlyStopping.minimumGain', minimumGain, true)
  }
  requireFixes(model, resolved)
  model.conditional.requireFit(train, 'train')
  if (validation) model.conditional.requireFit(validation, 'validation')
  requireUntil(resolved)
  const watcher = earlyStopping
    ? 'earlyStopping'
    : resolved.until
      ? 'until'
      : resolved.keepBest
        ? 'keepBest'
        : undefined
  if (watcher && !validation)
    throw new ArgumentError(
      watcher,
      options[watcher],
      'used together with validation data',
      'Add validation: test.',
    )
  if (run !== undefined && resume)
    throw new ArgumentError(
      'resume',
      resume,
      'omitted if run is given',
      'A run folder resumes automatically.',
    )
  if (resume && !resume.checkpoint)
    throw new ArgumentError(
      'resume',
      unquoted('that of a finished training'),
      'the history of a stopped training',
      'To train further, call fit without resume.',
    )
  if ((run !== undefined || resume) && optimizer.apply)
    throw new ArgumentError(
      'optimizer',
      optimizer.name,
      'an optimiser whose state can be saved (Adam, RMSProp, momentum, SGD)',
      'Use one of these, or train without run and resume.',
    )
  return resolved
}

/** Throws where the rule of convergence is none, or there are two rules for the end. */
function requireUntil({ until, earlyStopping }: ResolvedFitOptions): void {
  if (until === undefined) return
  if (typeof until.evaluation !== 'function')
    throw new ArgumentError('until', until, 'a rule', 'Write, say, until: lid.untilConverged().')
  if (earlyStopping)
    throw new ArgumentError('earlyStopping', earlyStopping, 'omitted with until', 'Either ends the training.')
}

/**
 * Throws where an objective or a schedule is invalid, does not apply to the model, or lacks what it needs.
 */
function requireFixes(model: Model, { objective, schedule, validation, klWeight }: ResolvedFitOptions): void {
  if (typeof (objective.ofParts ?? objective.on) !== 'function')
    throw new ArgumentError(
      'objective',
      objective,
      'an objective',
      'Write, say, objective: lid.fixes.betaVae({ beta: 0.2 }).',
    )
  if (schedule !== undefined && typeof schedule.begin !== 'function')
    throw new ArgumentError('schedule', schedule, 'a schedule', 'Write, say, schedule: lid.fixes.lagging().')
  tryObjective(objective, model)
  for (const [argument, fix] of Object.entries({ objective, schedule })) {
    const reason = fix?.refusal?.(model)
    if (reason)
      throw new ArgumentError(argument, fix!.name, `one that works with a ${model.kind}`, `${reason}.`)
  }
  if (schedule?.needsInformation && !validation)
    throw new ArgumentError(
      'schedule',
      schedule.name,
      'used together with validation data',
      'Add validation: test.',
    )
  if (objective.fixedKlWeight && klWeight !== 1)
    throw new ArgumentError('klWeight', klWeight, `1 with ${objective.name}`)
}
