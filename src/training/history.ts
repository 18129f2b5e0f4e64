import { table } from 'arquero'
import type ColumnTable from 'arquero/dist/types/table/column-table'
import { counted, withConsoleSummary } from '../base/consoleSummary'
import type { ModelKind } from '../models/model'
import type { Checkpoint } from './state'

/** One epoch of training; losses and their parts in nats per data point. */
export interface EpochRow {
  /** Epochs done, from 1. */
  epoch: number
  /** Steps done. */
  step: number
  /** Mean training loss; with the default objective −(reconstruction − klWeight · (klZ + klW)). */
  loss: number
  /** E_q log p(x|z). */
  reconstruction: number
  /** KL(q(z|x) ‖ p(z)), summed over the units of z. */
  klZ: number
  /** The same for each unit of z. */
  klUnits: readonly number[]
  /** KL(q(w|x) ‖ p(w)); 0 without w. */
  klW: number
  /** The same on the validation data, KL weight 1; absent without validation data. */
  validationLoss?: number
  /** E_q log p(x|z) on the validation data. */
  validationReconstruction?: number
  /** KL of z on the validation data. */
  validationKlZ?: number
  /** KL of w on the validation data. */
  validationKlW?: number
  /** Mutual information on the validation data, nats, where a schedule depends on it. */
  validationInformation?: number
  /** Weight of the KL terms at the last step. */
  klWeight: number
  /** Learning rate at the last step. */
  rate: number
  /** Mean norm of the gradient before clipping. */
  gradientNorm: number
  /** Wall-clock seconds since training began. */
  seconds: number
}

/** What `fit` returns. */
export interface History {
  /** Which builder made the model. */
  readonly model: ModelKind
  /** One row per epoch. */
  readonly rows: readonly EpochRow[]
  /** The rows as an arquero table, one column per quantity. */
  readonly table: ColumnTable
  /** True when it was stopped before the last epoch. */
  readonly stopped: boolean
  /** Wall-clock seconds it took, validation included. */
  readonly seconds: number
  /** Milliseconds per training step, median over the steps of this call; NaN when it took none. */
  readonly stepMs: number
  /**
   * The epoch with the least validation loss, where `keepBest` or `earlyStopping` needs it; with `minimumGain`
   * the last one that gained as much.
   */
  readonly best?: { readonly epoch: number; readonly loss: number }
  /** True where the rule of `until` ended it: it has converged, before the most epochs. */
  readonly converged?: boolean
  /**
   * The state from which a stopped training resumes:
   * `fit(model, train, { …the same options, resume: history })`; absent when it is finished.
   */
  readonly checkpoint?: Checkpoint
}

/** Rows as an arquero table, numbers only; columns missing from every row are left out. */
export function historyTable(rows: readonly EpochRow[]): ColumnTable {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (name) => name !== 'klUnits',
  ) as (keyof EpochRow)[]
  return table(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])) as never)
}

/** The history, printed as its result: the last epoch's loss and its parts. */
export const withHistorySummary = (history: History): History => withConsoleSummary(history, formatHistory)

function formatHistory({ rows, stopped, seconds, stepMs, best, converged }: History): string {
  const last = rows.at(-1)
  if (!last) return `History: no epoch yet${stopped ? ', stopped' : ''}`
  const { epoch, step, loss, reconstruction, klZ, klW, validationLoss } = last
  const number = (value: number): string => value.toFixed(2)
  const pace = Number.isNaN(stepMs) ? '' : `, ${stepMs.toFixed(1)} ms per step`
  const w = klW === 0 ? '' : ` and ${number(klW)} of w`
  const validation = validationLoss === undefined ? '' : `; validation loss ${number(validationLoss)}`
  const least = best ? `, least ${number(best.loss)} in epoch ${best.epoch}` : ''
  return [
    `History: ${counted(epoch, 'epoch')}, ${counted(step, 'step')} in ${seconds.toFixed(1)} s${pace}${stopped ? '; stopped' : converged ? '; converged' : ''}`,
    `  last epoch, nats per data point: loss ${number(loss)}, reconstruction ${number(reconstruction)}, KL ${number(klZ)} of z${w}${validation}${least}`,
    '  .table has one row per epoch: history.table.print()',
  ].join('\n')
}
