import type { ModelData } from '../data/modelData'
import { engineInfo } from '../compute/engine'
import type { Model } from '../models/model'
import type { EpochRow } from './history'

/** What is known when a training begins or goes on. */
export interface TrainingBegin {
  /** The model, trained in place. */
  readonly model: Model
  /** Its data. */
  readonly train: ModelData
  /** Held-out data, where there are any. */
  readonly validation?: ModelData
  /** Passes over the data, in all. */
  readonly epochs: number
  /** Steps in all. */
  readonly steps: number
  /** Steps an epoch. */
  readonly stepsAnEpoch: number
  /** Steps done before, where it goes on. */
  readonly step: number
  /** Epochs done before. */
  readonly rows: readonly EpochRow[]
}

/** Where a quantity is drawn: the words above its panel, with the unit. */
export interface Panel {
  /** The words above it. */
  readonly title: string
  /** The unit of its vertical axis. */
  readonly unit: string
  /** The axis begins there; at the least value without. */
  readonly from?: number
  /** And ends there; at the greatest value without. */
  readonly to?: number
}

/** One number on its way through a training: a point of a line in a panel. What a training scheme measures of its own reaches every display so. */
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
  /** The same unit by unit. */
  readonly klUnits: readonly number[]
  /** KL of w from its prior; 0 without w. */
  readonly klW: number
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number
  /** Weight of the KL terms. */
  readonly klWeight: number
  /** Learning rate. */
  readonly rate: number
  /** What the training scheme measures beside these, such as its inner steps. */
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
  /** What ended it, where it failed. */
  readonly error?: unknown
}

/** Told how a training goes, for a display. Called between steps: what takes long there makes the training last longer, and changes nothing else. */
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

/** What of the options decides how a training is shown. */
export interface Wanted {
  readonly verbose: boolean
  readonly live: boolean
}

let live: () => FitObserver | undefined = () => undefined

/** Says how a training is shown as it happens; undefined where only lines can be printed. */
export function showTrainingWith(make: () => FitObserver | undefined): void {
  live = make
}

/** The display of a training that names no other. */
export const usualObserver = (wanted: Wanted): FitObserver =>
  wanted.verbose ? ((wanted.live ? live() : undefined) ?? lines()) : {}

/** A line an epoch. */
function lines(): FitObserver {
  let begin: TrainingBegin | undefined
  return {
    begin: (training) => void (begin = training),
    epoch: (row) => console.log(sayEpoch(begin!, row)),
  }
}

const sayEpoch = ({ model, epochs }: TrainingBegin, row: EpochRow): string =>
  `${model.kind}  epoch ${row.epoch}/${epochs}  loss ${row.loss.toFixed(2)} nats a data point` +
  (row.validationLoss === undefined ? '' : `, validation ${row.validationLoss.toFixed(2)}`) +
  `  (KL z ${row.klZ.toFixed(2)}${model.components > 1 ? `, w ${row.klW.toFixed(2)}` : ''})` +
  `  ${row.seconds.toFixed(0)} s, ${engineInfo()?.engine}`

/** The same observer, except that a failure of its own is said once and ends the display, not the training. */
export function carefully(observer: FitObserver): FitObserver {
  let broken = false
  const failed = (error: unknown) => {
    broken = true
    console.warn(`lidvae: the display of the training failed, training goes on: ${String(error)}`)
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
