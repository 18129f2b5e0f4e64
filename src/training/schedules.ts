import type { StepReport } from '../compute/step'
import type { Model } from '../models/model'
import type { Series } from './series'

/** Where a schedule stands, plain numbers that a checkpoint can hold. */
export type ScheduleState = Record<string, number | boolean>

/** A part of the weights: those of q, or those of the generative model. */
export type TrainedPart = 'encoder' | 'decoder'

/** What a schedule can do: steps of gradient descent of all weights, or of one part. */
export interface StepActions {
  /** On the batch at hand. */
  readonly train: (only?: TrainedPart) => StepReport
  /** On another batch of this epoch, drawn by chance. @param counter how many such steps were taken before */
  readonly trainAnother: (counter: number, only?: TrainedPart) => StepReport
}

/** What a schedule is told at the end of an epoch. */
export interface EpochSeen {
  /** Epochs done. */
  readonly epoch: number
  /** Mutual information on the validation data, nats, where the schedule asks for it. */
  readonly information?: number
}

/** In which order which weights are trained. */
export interface TrainingSchedule {
  /** Its name, `'lagging'` … */
  readonly name: string
  /** Quantities of its own that it reports. */
  readonly series?: readonly Series[]
  /** True when it decides by mutual information on validation data. */
  readonly needsInformation?: boolean
  /** Why it cannot train this model, in a line; undefined where it can. */
  refusal?(model: Model): string | undefined
  /** Where it starts. */
  begin(): ScheduleState
  /** The weight of the KL at this state, given that of the options. */
  klWeight?(state: ScheduleState, given: number): number
  /** Deals with one batch; changes the state in place. The report returned counts as the step's. */
  step?(state: ScheduleState, actions: StepActions): StepReport
  /** Ends an epoch; changes the state in place. @returns `'reset decoder'` when the decoder shall start anew. */
  epoch?(state: ScheduleState, seen: EpochSeen): 'reset decoder' | void
}
