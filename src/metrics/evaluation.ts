import * as tf from '@tensorflow/tfjs'
import { pieces, scatter, wordsOf, type ModelData } from '../data/modelData'
import { requireEngine } from '../compute/engine'
import { sayMemory } from '../compute/memory'
import { evaluateOnce, EvaluationStep, type ReadTensor } from '../compute/step'
import { streamKey } from '../compute/streams'
import { requireInteger } from '../base/errors'
import { type OptionDefaults, type ResolvedOptions, resolveOptions } from '../base/options'
import { counted, printedAs } from '../base/consoleSummary'
import { rowsAtOnce } from '../models/conditional'
import type { Model, ModelKind } from '../models/model'
import { requireModel } from '../models/requireModel'
import { Work } from '../platform/cancellation'
import { evaluationData } from '../models/evaluationData'
import { requireAtRest } from '../models/underWay'
import { momentsOfZ } from '../models/posterior'
import { componentTerms, type GivenW } from './givenW'

/** Options of `evaluate` and `diagnose`. */
export interface EvaluateOptions {
  /** Draws of z per data point for importance weighting; 50 by default. */
  samples?: number
  /** Draws of z from the prior per data point, for flatness; 20 by default. */
  priorSamples?: number
  /** Number of data points, from the start of the data; 1000 by default. */
  size?: number
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
  seed: 0,
  signal: undefined,
} satisfies OptionDefaults<EvaluateOptions>

/** The data from which all metrics are computed: plain arrays in row-major order. */
export interface Evaluation {
  /** Kind of model: the name of its builder. */
  readonly model: ModelKind
  /** N, number of data points. */
  readonly size: number
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
  /** Draws of z from q, `[N, S, J, latent]`. */
  readonly z: Float32Array
  /** log p(x|z) p(z|w)/q(z|x) at these draws, `[N, S, K]`, nats. */
  readonly logRatio: Float32Array
  /**
   * Separate draws for each component; the draws above if q(z|x, w) depends on w or there is one component.
   */
  readonly given: GivenW
  /**
   * With a flow, q before the flow: moments `[N, J, latent]`, and one draw of z₀ per data point and branch,
   * of the same shape.
   */
  readonly base?: { readonly mean: Float32Array; readonly sd: Float32Array; readonly z: Float32Array }
  /** Mean over draws of the prior of log p(x|z), `[N]`. */
  readonly priorLogLikelihood: Float64Array
  /** Draws of the prior per data point. */
  readonly priorSamples: number
  /** Means of the components of the prior, `[K, latent]`. */
  readonly priorMean: Float32Array
  /** Their standard deviations, `[K, latent]`. */
  readonly priorSd: Float32Array
  /** The labels of the data points, `[N]`, if the data have labels. */
  readonly labels?: Int32Array
  /** Number of tokens of each text, including `</s>`, `[N]`; only for texts. */
  readonly words?: Int32Array
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

const emptyBase = (length: number): { mean: Float32Array; sd: Float32Array; z: Float32Array } => ({
  mean: new Float32Array(length),
  sd: new Float32Array(length),
  z: new Float32Array(length),
})

/**
 * Runs a model over held-out data once and stores everything that the metrics need: posteriors q(w, z|x), the
 * parts of the ELBO, draws of z with their importance weights p(x|z) p(z|w) / q(z|x), and likelihoods p(x|z)
 * of draws from the prior.
 *
 * @param model a model.
 * @param data rows of the model's dimension (intensities are binarised once, from the stored seed), or texts
 *   over the model's vocabulary.
 * @param options `{ samples = 50, priorSamples = 20, size = 1000, seed = 0, signal }`.
 * @returns arrays for `activeUnits`, `kl`, `mutualInformation`, `logLikelihood`, `flatness` …
 * @throws ArgumentError if the data have a different dimension or kind, or the model is being trained (its
 *   `onEpoch` may evaluate it); the signal's reason if it is aborted; StoppedError at Stop or Ctrl-C.
 * @example
 * const evaluation = await lid.evaluate(model, test)
 * lid.logLikelihood(evaluation)
 */
export async function evaluate<D extends ModelData>(
  model: Model<D>,
  data: D,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const resolved = resolveOptions('evaluate', options, EVALUATE_OPTIONS)
  try {
    return await evaluated(model, data, resolved)
  } catch (error) {
    throw sayMemory(error, 'this evaluation', 'Use a smaller size or fewer samples.')
  }
}

async function evaluated(
  model: Model,
  data: ModelData,
  options: ResolvedOptions<EvaluateOptions, typeof EVALUATE_OPTIONS>,
): Promise<Evaluation> {
  const { samples, priorSamples, seed, signal } = options
  requireEngine('evaluate')
  requireModel(model)
  requireAtRest(model, { orWaiting: true })
  requireInteger('samples', samples)
  requireInteger('priorSamples', priorSamples)
  requireInteger('size', options.size)
  requireInteger('seed', seed, 0)
  model.conditional.requireFit(data, 'data')
  const rows = evaluationData(model, data).take(options.size)
  const { size } = rows
  const { latent, components } = model
  const { branches, flow } = model.posterior
  const prior = evaluateOnce(() => model.prior.moments(), {}, [0, 0])
  const out = {
    mean: new Float32Array(size * branches * latent),
    sd: new Float32Array(size * branches * latent),
    logW: new Float32Array(size * components),
    reconstruction: new Float64Array(size),
    klZ: new Float32Array(size * latent),
    klW: new Float64Array(size),
    z: new Float32Array(size * samples * branches * latent),
    logRatio: new Float32Array(size * samples * components),
    priorLogLikelihood: new Float64Array(size),
    ...(flow && { base: emptyBase(size * branches * latent) }),
  }
  const key = streamKey(seed, 'sampling', 'evaluation')
  // If one normal is used for all components, about as many decoder passes as for p(x).
  const drawsGivenW = branches < components ? Math.max(2, Math.ceil(samples / components)) : 0
  const given = {
    samples: drawsGivenW,
    mean: new Float32Array(drawsGivenW && size * components * latent),
    sd: new Float32Array(drawsGivenW && size * components * latent),
    z: new Float32Array(size * drawsGivenW * components * latent),
    logRatio: new Float32Array(size * drawsGivenW * components),
  }
  const rowsEach = Math.max(samples * branches, priorSamples, drawsGivenW * components)
  const step = new EvaluationStep((inputs, draws): Record<string, tf.Tensor> => {
    const { mean, sd, logW } = momentsOfZ(model.posterior, inputs.x)
    const before = model.posterior.encode(inputs.x)
    const { klZ, klW } = model.elboTerms(inputs.x, draws)
    const { logRatio, logLikelihood, z, base } = model.importanceTerms(inputs.x, draws, samples)
    const fromPrior = model.priorLogLikelihood(inputs.x, draws, priorSamples)
    return {
      mean,
      sd,
      logW,
      klZ,
      klW,
      logRatio,
      z,
      fit: tf.mean(logLikelihood, 1),
      fromPrior: tf.mean(fromPrior, 1),
      // Mutual information needs one draw of z₀ per data point.
      ...(flow && {
        baseMean: before.mean,
        baseSd: before.sd,
        base: tf.slice(base, [0, 0, 0, 0], [-1, 1, -1, -1]),
      }),
    }
  })
  const stepGivenW = new EvaluationStep(({ x }, draws) => componentTerms(model, x, draws, drawsGivenW))
  const work = new Work('evaluate', signal)
  try {
    const parts = pieces(rows, (shape) => rowsAtOnce(model.conditional, shape, rowsEach))
    let start = 0
    const calls = parts.map(({ x, size: count }) => {
      const counter = start
      start += count
      return { inputs: { x }, key: [key, counter] as const }
    })
    const between = () => work.pause()
    await between()
    const keep = (read: Record<string, ReadTensor>, index: number): void => {
      const part = parts[index]
      const put = (into: Float32Array | Float64Array, name: string): void =>
        scatter(into, read[name].values, into.length / size, part)
      for (const name of ['mean', 'sd', 'logW', 'klZ', 'klW', 'z', 'logRatio'] as const) put(out[name], name)
      put(out.priorLogLikelihood, 'fromPrior')
      if (flow) {
        put(out.base!.mean, 'baseMean')
        put(out.base!.sd, 'baseSd')
        put(out.base!.z, 'base')
      }
      for (let i = 0; i < part.size; i++)
        for (let j = 0; j < branches; j++) {
          const q = branches === 1 ? 1 : Math.exp(read.logW.values[i * components + j])
          out.reconstruction[part.indices[i]] += q * read.fit.values[i * branches + j]
        }
    }
    await step.runAll(calls, keep, between)
    const keepGivenW = (read: Record<string, ReadTensor>, index: number): void => {
      for (const name of ['mean', 'sd', 'z', 'logRatio'] as const)
        scatter(given[name], read[name].values, given[name].length / size, parts[index])
    }
    if (drawsGivenW) await stepGivenW.runAll(calls, keepGivenW, between)
  } finally {
    step.dispose()
    stepGivenW.dispose()
    work.end()
  }
  const words = wordsOf(rows)
  const evaluation: Evaluation = {
    model: model.kind,
    size,
    samples,
    latent,
    components,
    branches,
    ...out,
    klIsSampled: model.klIsSampled,
    given: drawsGivenW ? given : { samples, mean: out.mean, sd: out.sd, z: out.z, logRatio: out.logRatio },
    priorSamples,
    priorMean: prior.mean.values,
    priorSd: prior.sd.values,
    labels: rows.labels,
    ...(words && { words }),
  }
  return printedAs(evaluation, sayEvaluation)
}

const sayEvaluation = ({ model, size, samples, latent, components }: Evaluation): string =>
  `Evaluation of ${model}: ${counted(size, 'data point')}, ${samples} draws each, ${counted(latent, 'unit')} of z` +
  `${components > 1 ? `, ${components} components of w` : ''}; for lid.kl, lid.flatness, lid.diagnoseEvaluation …`
