import type { ModelData } from '../../../data/modelData'
import type { EvaluateOptions } from '../../../metrics/evaluation'
import type { Model } from '../../../models/model'
import type { PriorBuilder } from '../../../models/prior'
import type { Wiring } from '../../../models/text/autoregressive'
import type { FitOptions } from '../../../training/options'
import type { UntilConvergedOptions } from '../../../training/untilConverged'
import type { InjectiveOptions } from '../../../models/decoder'

/**
 * The sizes of every experiment: about a minute a model on 2 cores, about ten minutes, and the authors'
 * sizes.
 */
export const sizes = ['quick', 'local', 'paper'] as const
export type Size = (typeof sizes)[number]

/**
 * The rule by which every training of the table ends, stated in advance. Five evaluations without a rise lower the
 * rate to a fifth, twice; five more end it. A rise of less than 0.05 nat, the bias that evaluations may leave, counts
 * as none: at low rates the error of the paired difference is far less, and training would creep on.
 */
export const RULE: UntilConvergedOptions = { patience: 5, drops: 2, factor: 0.2, gain: 0.05 }

/** The same in a minute, for `quick`. */
export const QUICK_RULE: UntilConvergedOptions = { patience: 2, drops: 1, factor: 0.2, gain: 0.05 }

/** More epochs than any training needs: an end there is said. */
export const MOST_EPOCHS = 500

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
  injective?: InjectiveOptions
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
  /** Units of that variable, of which AU is a share. */
  readonly units?: number
  /** True for texts. */
  readonly texts?: boolean
  load(onNote: (line: string) => void): Promise<TableData>
  /** Either model of the fair pair. */
  build(which: 'plain' | 'lid', seed: number, data: TableData, change?: Change): Model
  /** How every method is trained; `epochs` is the most. */
  readonly fit: FitOptions
  /** The rule by which every method's training ends. */
  readonly until: UntilConvergedOptions
  readonly evaluate: EvaluateOptions
  /** Epochs of the records of the earlier rule, where there are any. */
  readonly earlierEpochs?: number
}
