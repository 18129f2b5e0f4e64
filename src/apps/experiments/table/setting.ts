import type { ModelData } from '../../../data/modelData'
import type { EvaluateOptions } from '../../../metrics/evaluation'
import type { Model } from '../../../models/model'
import type { PriorBuilder } from '../../../models/prior'
import type { Wiring } from '../../../models/text/autoregressive'
import type { FitOptions } from '../../../training/options'

/**
 * The sizes of every experiment: about a minute a model on 2 cores, about ten minutes, and the authors'
 * sizes.
 */
export const sizes = ['quick', 'local', 'paper'] as const
export type Size = (typeof sizes)[number]

/** Data as every method of a row group gets them. */
export interface TableData {
  readonly train: ModelData
  /** Held-out data that a method may look at while it trains: none of `test`. */
  readonly validation: ModelData
  /** Held-out data that the metrics are measured on. */
  readonly test: ModelData
  /** Checksum of the files, or of the generated data. */
  readonly checksum: string
}

/** What a method changes in a model of the pair. */
export interface Change {
  prior?: PriorBuilder
  wiring?: Wiring
}

/**
 * One data set at one size: which models, trained how, measured on what about which variable. All methods
 * share it.
 */
export interface Setting {
  /** Description of the models of the rows. */
  readonly models: string
  /** The variable that the row's metrics are about. */
  readonly variable: 'w' | 'z'
  /**
   * How the models differ in kind from those of the paper's row, if they do: AU, KL and MI are about another
   * variable there.
   */
  readonly unlikePaper?: string
  /** True for texts. */
  readonly texts?: boolean
  load(onNote: (line: string) => void): Promise<TableData>
  /** Either model of the fair pair. */
  build(which: 'plain' | 'lid', seed: number, data: TableData, change?: Change): Model
  readonly fit: FitOptions
  readonly evaluate: EvaluateOptions
  /**
   * Epochs of the methods that get three times plain's wall clock: as many as took about that long, so that a
   * record can be made again on any machine.
   */
  readonly epochsInThreefoldTime?: Readonly<Record<string, number>>
}
