import { warn } from '../base/note'
import type { ModelData } from '../data/modelData'
import { engineInfo } from '../compute/engine'
import type { Model } from '../models/model'
import type { EpochRow } from './history'

/** What is known when a training begins or resumes. */
export interface TrainingBegin {
  /** The model, trained in place. */
  readonly model: Model
  /** Its data. */
  readonly train: ModelData
  /** Held-out data, if given. */
  readonly validation?: ModelData
  /** Passes over the data, in total. */
  readonly epochs: number
  /** Steps in total. */
  readonly steps: number
  /** Steps per epoch. */
  readonly stepsAnEpoch: number
  /** Steps done before, where it resumes. */
  readonly step: number
  /** Epochs done before. */
  readonly rows: readonly EpochRow[]
}

/** The panel in which a quantity is drawn. */
export interface Panel {
  /** Its title. */
  readonly title: string
  /** The unit of its vertical axis. */
  readonly unit: string
  /** Start of the axis; the least value by default. */
  readonly from?: number
  /** End of the axis; the greatest value by default. */
  readonly to?: number
}

/**
 * One number during a training: a point of a line in a panel. So the custom quantities of a training scheme
 * reach every display.
 */
export interface Reading {
  /** Where it is drawn. */
  readonly panel: Panel
  /** Which line of the panel it belongs to. */
  readonly line: string
  /** Its value, in the panel's unit. */
  readonly value: number
}

/** One step, measured on its batch; nats per data point. */
export interface StepSeen {
  /** Its number, from 1. */
  readonly step: number
  /** −(reconstruction − klWeight · (klZ + klW)). */
  readonly loss: number
  /** E_q log p(x|z). */
  readonly reconstruction: number
  /** KL of z from its prior. */
  readonly klZ: number
  /** The same for each unit. */
  readonly klUnits: readonly number[]
  /** KL of w from its prior; 0 without w. */
  readonly klW: number
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number
  /** Weight of the KL terms. */
  readonly klWeight: number
  /** Learning rate. */
  readonly rate: number
  /** Further quantities of the training scheme, such as its inner steps. */
  readonly readings?: readonly Reading[]
}

/** How a call of `fit` ended. */
export interface TrainingEnd {
  /** Steps done. */
  readonly step: number
  /** True before the last epoch. */
  readonly stopped: boolean
  /** Wall-clock seconds. */
  readonly seconds: number
  /** Epochs done. */
  readonly rows: readonly EpochRow[]
  /** The error, where it failed. */
  readonly error?: unknown
}

/**
 * Follows a training, for a display. Called between steps: slow calls slow the training down, and change
 * nothing else.
 */
export interface FitObserver {
  /** Before the first step. */
  begin?: (training: TrainingBegin) => void
  /** After each step. */
  step?: (seen: StepSeen) => void
  /** After each epoch and its validation. */
  epoch?: (row: EpochRow) => void
  /** At the end, a stop or a failure. */
  end?: (outcome: TrainingEnd) => void | Promise<void>
}

/** The options that decide how a training is shown. */
export interface Wanted {
  readonly verbose: boolean
  readonly live: boolean
}

let live: () => FitObserver | undefined = () => undefined

/** Makes the live display of a training; undefined where only lines can be printed. */
export function showTrainingWith(make: () => FitObserver | undefined): void {
  live = make
}

/** The default display of a training. */
export const usualObserver = (wanted: Wanted): FitObserver =>
  wanted.verbose ? ((wanted.live ? live() : undefined) ?? lines()) : {}

/** Prints one line per epoch. */
function lines(): FitObserver {
  let begin: TrainingBegin | undefined
  return {
    begin: (training) => void (begin = training),
    epoch: (row) => console.log(formatEpoch(begin!, row)),
  }
}

const formatEpoch = ({ model, epochs }: TrainingBegin, row: EpochRow): string =>
  `${model.kind}  epoch ${row.epoch}/${epochs}  loss ${row.loss.toFixed(2)} nats per data point` +
  (row.validationLoss === undefined ? '' : `, validation ${row.validationLoss.toFixed(2)}`) +
  `  (KL z ${row.klZ.toFixed(2)}${model.components > 1 ? `, w ${row.klW.toFixed(2)}` : ''})` +
  `  ${row.seconds.toFixed(0)} s, ${engineInfo()?.engine}`

/** The same observer, except that its failure is reported once and ends the display, not the training. */
export function carefully(observer: FitObserver): FitObserver {
  let broken = false
  const failed = (error: unknown) => {
    broken = true
    warn(`the display of the training failed, the training continues: ${String(error)}`)
  }
  const guarded =
    <T extends unknown[]>(call: ((...args: T) => void) | undefined) =>
    (...args: T): void => {
      if (broken) return
      try {
        call?.(...args)
      } catch (error) {
        failed(error)
      }
    }
  return {
    begin: guarded(observer.begin),
    step: guarded(observer.step),
    epoch: guarded(observer.epoch),
    end: async (outcome) => {
      if (broken) return
      try {
        await observer.end?.(outcome)
      } catch (error) {
        failed(error)
      }
    },
  }
}
