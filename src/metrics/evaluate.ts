import * as tf from '@tensorflow/tfjs'
import { sampled, sampledRows } from '../data/sampled'
import { pieces, scatter, wordsOf, type ModelData } from '../data/modelData'
import { requireEngine } from '../compute/engine'
import { memoryError } from '../compute/memory'
import { missingOperationError } from '../compute/missingOperation'
import { evaluateOnce, EvaluationStep, type ReadTensor } from '../compute/step'
import { streamKey } from '../compute/streams'
import { requireInteger } from '../base/errors'
import { type ResolvedOptions, resolveOptions } from '../base/options'
import { counted, withConsoleSummary } from '../base/consoleSummary'
import { rowsAtOnce } from '../models/conditional'
import type { Model } from '../models/model'
import { requireModel } from '../models/requireModel'
import { Work } from '../platform/cancellation'
import { evaluationData } from '../models/evaluationData'
import { requireAtRest } from '../models/underWay'
import { momentsOfZ } from '../models/posterior'
import { componentTerms } from './givenW'
import { EVALUATE_OPTIONS, type EvaluateOptions, type Evaluation } from './evaluation'
import { moreDraws } from './moreDraws'
import { noiseOf } from '../models/noise'
import { withPoints } from './points'

const emptyBase = (length: number): { mean: Float32Array; sd: Float32Array; z: Float32Array } => ({
  mean: new Float32Array(length),
  sd: new Float32Array(length),
  z: new Float32Array(length),
})

/**
 * Runs a model over held-out data once and stores everything that the metrics need: posteriors q(w, z|x), the
 * parts of the ELBO, draws of z with their importance weights p(x|z) p(z|w) / q(z|x), and likelihoods p(x|z)
 * of draws from the prior.
 * Where doubling the draws still changes log p(x), a sample of the data points gets more, at most 64 times as
 * many.
 *
 * @param model a model.
 * @param data rows of the model's dimension (intensities are binarised once, from their content and a stored
 *   seed), or texts over the model's vocabulary; `size` of them, drawn at random by the seed.
 * @param options `{ samples = 50, priorSamples = 20, size = 1000, seed = 0, binarize = true, signal }`.
 * @returns arrays for `activeUnits`, `kl`, `mutualInformation`, `logLikelihood`, `flatness` …
 * @throws ArgumentError if the data have a different dimension or kind, or the model is being trained (its
 *   `onEpoch` may evaluate it); the signal's reason if it is aborted; StoppedError at Stop or Ctrl-C.
 * @example
 * const evaluation = await lid.evaluate(model, test)
 * lid.logLikelihood(evaluation)
 * evaluation.points.orderby('logLikelihood').print() // the least likely data points first
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
    throw memoryError(
      missingOperationError(error, 'this evaluation'),
      'this evaluation',
      'Use a smaller size or fewer samples.',
    )
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
  const chosen = sampledRows(data.size, options.size, seed)
  const rows = evaluationData(model, sampled(data, options.size, seed), options.binarize)
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
    fromPrior: { logMean: new Float64Array(size), logMeanOfHalves: new Float64Array(size) },
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
      fromPriorLog: logMeanExp(fromPrior),
      fromPriorHalves: halves(fromPrior),
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
  let more: Evaluation['more']
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
      put(out.fromPrior.logMean, 'fromPriorLog')
      put(out.fromPrior.logMeanOfHalves, 'fromPriorHalves')
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
    more = await moreDraws(model, rows, { size, samples, components, priorSamples, ...out }, seed, between)
  } finally {
    step.dispose()
    stepGivenW.dispose()
    work.end()
  }
  const words = wordsOf(rows)
  const noise = noiseOf(model, rows)
  const evaluation = withPoints({
    model: model.kind,
    size,
    rows: chosen,
    samples,
    latent,
    components,
    branches,
    ...out,
    ...(more && { more }),
    ...(noise && { noise }),
    ...(model.steps === 0 && model.parameters.count > 0 && model.parameters.atStart && { untrained: true }),
    klIsSampled: model.klIsSampled,
    given: drawsGivenW ? given : { samples, mean: out.mean, sd: out.sd, z: out.z, logRatio: out.logRatio },
    priorSamples,
    priorMean: prior.mean.values,
    priorSd: prior.sd.values,
    labels: rows.labels,
    ...(words && { words }),
  })
  return withConsoleSummary(evaluation, formatEvaluation)
}

/** log-mean-exp over the draws, `[batch, samples]` → `[batch]`. */
const logMeanExp = (log: tf.Tensor): tf.Tensor => tf.sub(tf.logSumExp(log, 1), Math.log(log.shape[1]!))

/** The same over each half of the draws, averaged; of one draw that itself. */
function halves(log: tf.Tensor): tf.Tensor {
  const [batch, samples] = log.shape
  const half = samples >> 1
  if (half === 0) return logMeanExp(log)
  const [left, right] = [0, half].map((start) => logMeanExp(tf.slice(log, [0, start], [batch, half])))
  return tf.div(tf.add(left, right), 2)
}

const formatEvaluation = ({ model, size, samples, latent, components }: Evaluation): string =>
  `Evaluation of ${model}: ${counted(size, 'data point')}, ${samples} draws each, ${counted(latent, 'unit')} of z` +
  `${components > 1 ? `, ${components} components of w` : ''}; for lid.kl, lid.flatness, lid.diagnoseEvaluation …`
