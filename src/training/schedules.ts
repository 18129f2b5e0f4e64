import type { StepReport } from '../compute/step'
import type { Model } from '../models/model'
import type { Series } from './series'

/** The state of a schedule, plain numbers that a checkpoint can hold. */
export type ScheduleState = Record<string, number | boolean>

/** A part of the weights: those of q, or those of the generative model. */
export type TrainedPart = 'encoder' | 'decoder'

/** What a schedule can do: steps of gradient descent of all weights, or of one part. */
export interface StepActions {
  /** On the current batch. */
  readonly train: (only?: TrainedPart) => StepReport
  /** On another, random batch of this epoch. @param counter number of such steps taken before */
  readonly trainAnother: (counter: number, only?: TrainedPart) => StepReport
}

/** What a schedule is told at the end of an epoch. */
export interface EpochSeen {
  /** Epochs done. */
  readonly epoch: number
  /** Mutual information on the validation data, nats, where the schedule asks for it. */
  readonly information?: number
}

/** The order in which weights are trained. */
export interface TrainingSchedule {
  /** Its name, `'lagging'` … */
  readonly name: string
  /** Custom quantities that it reports. */
  readonly series?: readonly Series[]
  /** True when it depends on mutual information on validation data. */
  readonly needsInformation?: boolean
  /** Why it cannot train this model, in one line; undefined where it can. */
  refusal?(model: Model): string | undefined
  /** Its initial state. */
  begin(): ScheduleState
  /** The weight of the KL at this state, given that of the options. */
  klWeight?(state: ScheduleState, given: number): number
  /** Trains on one batch; changes the state in place. The report returned counts as the step's. */
  step?(state: ScheduleState, actions: StepActions): StepReport
  /** Ends an epoch; changes the state in place. @returns `'reset decoder'` when the decoder must be reset. */
  epoch?(state: ScheduleState, seen: EpochSeen): 'reset decoder' | void
}
