import type ColumnTable from 'arquero/dist/types/table/column-table'
import type { OptionDefaults } from '../base/options'
import type { ModelKind } from '../models/model'
import type { GivenW } from './givenW'
import type { Noise } from '../models/noise'

/** Options of `evaluate` and `diagnose`. */
export interface EvaluateOptions {
  /** Draws of z per data point for importance weighting; 50 by default. */
  samples?: number
  /** Draws of z from the prior per data point, for flatness; 20 by default. */
  priorSamples?: number
  /** Number of data points, drawn at random by the seed; 1000 by default, all where there are no more. */
  size?: number
  /**
   * Whether intensities are binarised where the likelihood is of binary data; true by default. With false it is
   * given the intensities as they are.
   */
  binarize?: boolean
  /** Seed of all draws; 0 by default. */
  seed?: number
  /** Aborts the evaluation with an error between two chunks. */
  signal?: AbortSignal
}

/** Their defaults. */
export const EVALUATE_OPTIONS = {
  samples: 50,
  priorSamples: 20,
  size: 1000,
  binarize: true,
  seed: 0,
  signal: undefined,
} satisfies OptionDefaults<EvaluateOptions>

/** How many times as many draws a data point gets at most where doubling them still changes log p(x). */
export const MOST_TIMES = 64

/** The draws behind log p(x), for an estimate's `estimator`. */
export const drawsOf = ({ samples }: { samples: number }): string =>
  `importance-weighted, ${samples} to ${MOST_TIMES * samples} draws`

/** Version of what is evaluated and how; records carry it, since its numbers are not those of another. */
export const EVALUATION_VERSION = 2

/** Which builder made an evaluated model; 'audited model' of one that this library did not make. */
export type EvaluatedKind = ModelKind | 'audited model'

/** The data from which all metrics are computed: plain arrays in row-major order. */
export interface Evaluation {
  /** Kind of model: the name of its builder, or 'audited model' of any other framework. */
  readonly model: EvaluatedKind
  /** N, number of data points. */
  readonly size: number
  /** Which data points of the data they are, `[N]`, ascending; absent where all were meant from the first on. */
  readonly rows?: Uint32Array
  /** S, draws per data point. */
  readonly samples: number
  /** Number of units of z. */
  readonly latent: number
  /** K, number of components; 1 without w. */
  readonly components: number
  /** J: 1, or K if q(z|x, w) depends on w. */
  readonly branches: number
  /** Means of q(z|x) or q(z|x, w), `[N, J, latent]`. */
  readonly mean: Float32Array
  /** Their standard deviations, `[N, J, latent]`. */
  readonly sd: Float32Array
  /** log q(w|x), `[N, K]`. */
  readonly logW: Float32Array
  /** E_q log p(x|z), `[N]`, nats. */
  readonly reconstruction: Float64Array
  /** KL of each unit of z from the prior, `[N, latent]`, nats. */
  readonly klZ: Float32Array
  /** KL of w from the prior, `[N]`, nats; zeros without w. */
  readonly klW: Float64Array
  /** True if the KL of z has no closed form and is estimated from one draw per data point. */
  readonly klIsSampled?: boolean
  /** Draws of z from q, `[N, S, J, latent]`; of an audited model not kept, but drawn again whenever this is read. */
  readonly z: Float32Array
  /** log p(x|z) p(z|w)/q(z|x) at these draws, `[N, S, K]`, nats. */
  readonly logRatio: Float32Array
  /**
   * Separate draws for each component; the draws above if q(z|x, w) depends on w or there is one component.
   */
  readonly given: GivenW
  /**
   * With a flow, q before the flow: moments `[N, J, latent]`, and one draw of z₀ per data point and branch,
   * of the same shape. Of an audited model q itself.
   */
  readonly base?: { readonly mean: Float32Array; readonly sd: Float32Array; readonly z: Float32Array }
  /** Mean over draws of the prior of log p(x|z), `[N]`. */
  readonly priorLogLikelihood: Float64Array
  /** Draws of the prior per data point. */
  readonly priorSamples: number
  /** log p(x) from the same draws: log-mean-exp of log p(x|z) over all, and averaged over two halves, `[N]`. */
  readonly fromPrior?: { readonly logMean: Float64Array; readonly logMeanOfHalves: Float64Array }
  /**
   * More draws of q for a sample of the data points, where doubling the draws still changed log p(x): which of the N,
   * and log p(x) from each block of `samples` draws alone; the first block is that of all data points.
   */
  readonly more?: { readonly points: Uint32Array; readonly blocks: readonly Float64Array[] }
  /** A Gaussian likelihood's σ beside the standard deviation of these data over their features, in the data's unit. */
  readonly noise?: Noise
  /** True where every weight of the model was as it started: it has not been trained. */
  readonly untrained?: boolean
  /** Means of the components of the prior, `[K, latent]`. */
  readonly priorMean: Float32Array
  /** Their standard deviations, `[K, latent]`. */
  readonly priorSd: Float32Array
  /** The labels of the data points, `[N]`, if the data have labels. */
  readonly labels?: Int32Array
  /** Number of tokens of each text, including `</s>`, `[N]`; only for texts. */
  readonly words?: Int32Array
  /**
   * One row per data point, for example to find anomalies: `row` in the data, `label` and `tokens` if known,
   * `logLikelihood` (importance-weighted with `samples` draws), `elbo`, `reconstruction`, `klZ` and `klW`, nats.
   */
  readonly points: ColumnTable
}

/** The part that needs only an encoder: sufficient for active units and mutual information. */
export type Encoded = Pick<
  Evaluation,
  | 'size'
  | 'samples'
  | 'latent'
  | 'components'
  | 'branches'
  | 'mean'
  | 'sd'
  | 'logW'
  | 'z'
  | 'base'
  | 'priorMean'
  | 'priorSd'
>
