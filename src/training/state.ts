import type { SlotValues } from '../compute/optimizers'
import type { Model } from '../models/model'
import type { EpochRow } from './history'
import type { ScheduleState } from './schedules'
import type { ConvergenceState } from './untilConverged'

/** The position of a training, between two steps. */
export interface Position {
  /** Steps done in this run. */
  step: number
  /** Epochs completed in this run. */
  epoch: number
  /** Batches done in the current epoch. */
  batch: number
  /** Data points used in the current epoch. */
  count: number
  /** The state of the schedule, if there is one. */
  schedule?: ScheduleState
  /** The state of the rule by which it converges, if there is one. */
  until?: ConvergenceState
  /** Sums over these data points of what the steps reported. */
  sums: Record<string, number | number[]>
  /** Learning rate of the last step. */
  rate: number
  /** KL weight of the last step. */
  klWeight: number
  /** The model's own count of steps, on which random draws depend. */
  modelSteps: number
  /** Its count of epochs, on which the order of the data depends. */
  modelEpochs: number
  /** Rows of the history so far. */
  rows: EpochRow[]
  /** Wall-clock seconds so far. */
  seconds: number
  /** The best epoch so far, where best weights are kept or training may stop early. */
  best?: { epoch: number; loss: number }
  /** True when nothing is left to do. */
  finished: boolean
}

/**
 * A training between two steps: position, weights, the optimiser's state, and the weights of the best epoch.
 */
export interface Checkpoint {
  /** Its position. */
  position: Position
  /** The model's weights by name. */
  weights: Record<string, Float32Array>
  /** The optimiser's state: for each slot by name the numbers of every weight, in the weights' order. */
  slots?: SlotValues
  /** The weights of the best epoch, if kept. */
  best?: Record<string, Float32Array>
}

/** The initial position of a new run of this model. */
export const startingPosition = (model: Model): Position => ({
  step: 0,
  epoch: 0,
  batch: 0,
  count: 0,
  sums: {},
  rate: 0,
  klWeight: 0,
  modelSteps: model.steps,
  modelEpochs: model.epochs,
  rows: [],
  seconds: 0,
  finished: false,
})

/** Adds `weight` times what a step reported. */
export function addReport(
  sums: Position['sums'],
  report: Record<string, number | readonly number[]>,
  weight: number,
): void {
  for (const [name, value] of Object.entries(report)) {
    if (typeof value === 'number') sums[name] = ((sums[name] as number | undefined) ?? 0) + value * weight
    else {
      const before = (sums[name] as number[] | undefined) ?? value.map(() => 0)
      sums[name] = before.map((sum, i) => sum + value[i] * weight)
    }
  }
}

/** Means of what was added, over `count`. */
export const meansOf = (sums: Position['sums'], count: number): Record<string, number | number[]> =>
  Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [
      name,
      typeof sum === 'number' ? sum / count : sum.map((each) => each / count),
    ]),
  )
