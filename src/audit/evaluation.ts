import type { Evaluation } from '../metrics/evaluation'
import { withPoints } from '../metrics/points'
import type { Noise } from '../models/noise'
import type { ComponentWeights } from './components'
import type { AuditPrior } from './prior'
import { isJoint, termsOf, type MeasuredRows, type Terms } from './terms'

/** A model of any framework and its data points, without the draws. */
export interface MeasuredModel {
  readonly size: number
  readonly rows?: Uint32Array
  readonly prior: AuditPrior
  /** J: 1, or K where q(z|x, w) depends on w; 1 by default. */
  readonly branches?: number
  /** q(w|x) of a mixture. */
  readonly w?: ComponentWeights
  /** Moments of q(z|x), `[N, J, latent]`. */
  readonly mean: Float32Array
  readonly sd: Float32Array
  readonly samples: number
  /** C, separate draws for each component; 0 by default. */
  readonly samplesGivenW?: number
  /** Draws per data point of the prior; 0 by default. */
  readonly priorSamples?: number
  /** All draws of q(z|x), `[N, S, J, latent]`, again. */
  readonly redraw: () => Float32Array
  /** All draws for each component, `[N, C, K, latent]`, again. */
  readonly redrawGivenW?: () => Float32Array
  readonly noise?: Noise
  readonly labels?: Int32Array
  readonly words?: Int32Array
}

/** The record behind every metric, and which parts of it could not be had. */
export interface AuditEvaluation {
  /** Fields of what is missing are absent, against its type. */
  readonly evaluation: Evaluation
  /** True if log p(x|z) is known at draws of q, and log p(z). */
  readonly hasLikelihood: boolean
  /** True if log p(x|z) is known at draws of the prior. */
  readonly hasPriorLikelihood: boolean
  /** True if KL is known. */
  readonly hasKl: boolean
  /** True if it is known of each unit. */
  readonly hasKlOfUnits: boolean
  /** q(w|x) where w is not part of the record: log p(x|w) cannot be had. */
  readonly w?: ComponentWeights
  /** Mean and standard deviation of each unit of the prior, all components together, `[latent]`. */
  readonly prior: Pick<AuditPrior, 'mean' | 'sd' | 'isMixture'>
}

/**
 * The same record that `evaluate` makes of a model of this library, from some data points at a time: of their draws
 * only what the metrics need is kept, so that the memory does not grow with S.
 *
 * @param batches all data points in order.
 */
export async function evaluationOf(
  model: MeasuredModel,
  batches: Iterable<MeasuredRows> | AsyncIterable<MeasuredRows>,
): Promise<AuditEvaluation> {
  const { size, prior, mean, sd, samples, branches = 1, w } = model
  const { latent, isNormal } = prior
  const terms: Partial<Terms> = {}
  let joint: ComponentWeights | undefined
  for await (const rows of batches) {
    joint = isJoint(rows, prior) ? w : undefined
    gather(terms, size, rows, await termsOf(rows, prior))
  }
  const { first, klZ, klW, reconstruction, logRatio, logMean, logMeanOfHalves, priorLogLikelihood } = terms
  const record = {
    model: 'audited model' as const,
    size,
    ...(model.rows && { rows: model.rows }),
    samples,
    latent,
    ...(joint ?? { components: 1, logW: new Float32Array(size) }),
    branches,
    mean,
    sd,
    base: { mean, sd, z: first! },
    ...(klZ && { klZ, klW, klIsSampled: !joint && !isNormal }),
    ...(reconstruction && { reconstruction, logRatio }),
    ...givenOf(model, terms),
    ...(priorLogLikelihood && {
      priorLogLikelihood,
      priorSamples: model.priorSamples,
      fromPrior: { logMean, logMeanOfHalves },
    }),
    ...extrasOf(model),
    priorMean: joint ? prior.balls.mean : prior.mean,
    priorSd: joint ? prior.balls.sd : prior.sd,
  }
  const hasLikelihood = reconstruction !== undefined
  return {
    evaluation: withPoints(withDraws(record, model.redraw) as unknown as Omit<Evaluation, 'points'>),
    hasLikelihood,
    hasPriorLikelihood: hasLikelihood && priorLogLikelihood !== undefined,
    hasKl: klZ !== undefined,
    hasKlOfUnits: klZ !== undefined && (prior.isMixture || latent === 1),
    ...(w && !joint && { w }),
    prior,
  }
}

/** The draws for each component, or those of q where they are the same, without the draws themselves. */
function givenOf({ mean, sd, samples, samplesGivenW = 0, ...model }: MeasuredModel, terms: Partial<Terms>) {
  const { givenMean, givenSd, givenLogRatio, logRatio, shiftMean, shiftLogFactor } = terms
  if (!shiftMean) return {}
  const shifts = { mean: shiftMean, logFactor: shiftLogFactor! }
  const given = givenMean
    ? withDraws(
        { samples: samplesGivenW, mean: givenMean, sd: givenSd, logRatio: givenLogRatio, shifts },
        model.redrawGivenW!,
      )
    : withDraws({ samples, mean, sd, logRatio, shifts }, model.redraw)
  return { given }
}

/** Gives a record its draws, made whenever they are read. */
const withDraws = <T extends object>(record: T, z: () => Float32Array): T & { readonly z: Float32Array } =>
  Object.defineProperty(record, 'z', { get: z, enumerable: true }) as T & { readonly z: Float32Array }

/** Puts what is kept of some data points into the arrays of all, which the first of them make. */
function gather(into: Partial<Terms>, size: number, rows: MeasuredRows, terms: Terms): void {
  const all = into as Record<string, Float32Array | Float64Array>
  for (const [name, values] of Object.entries(terms) as [string, Float32Array | Float64Array][]) {
    const width = values.length / rows.size
    all[name] ??= new (values.constructor as Float32ArrayConstructor)(size * width)
    all[name].set(values, rows.start * width)
  }
}

const extrasOf = ({ noise, labels, words }: MeasuredModel) => ({
  ...(noise && { noise }),
  ...(labels && { labels }),
  ...(words && { words }),
})
