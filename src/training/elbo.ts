import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import { Draws } from '../engine/draws'
import { EvaluationStep, type LossFunction, type ReadTensor } from '../engine/step'
import { streamKey } from '../engine/streams'
import { ArgumentError } from '../errors'
import type { Model } from '../models/model'

/** The negative ELBO with weighted KL, as a function of tensors: means over the batch, nats. */
export function elboLoss(model: Model, train: DataSet): LossFunction {
  const binarise = needsBinarisation(model, train)
  return ({ x: rows, klWeight, binarisation }, draws) => {
    const x = binarise ? binarize(rows, new Draws(binarisation)) : rows
    const terms = model.elboTerms(x, draws)
    const reconstruction = tf.mean(terms.reconstruction)
    const klUnits = tf.mean(terms.klZ, 0)
    const klZ = tf.sum(klUnits)
    const klW = tf.mean(terms.klW)
    const loss = tf.sub<tf.Scalar>(tf.mul(klWeight, tf.add(klZ, klW)), reconstruction)
    return { loss, reconstruction, klZ, klW, klUnits }
  }
}

/** True when the model's likelihood is of binary data and these are intensities. */
export const needsBinarisation = (model: Model, data: DataSet): boolean =>
  data.values === 'intensity' && model.likelihood.name === 'bernoulli'

/** Ones with probability the intensity. */
const binarize = (x: tf.Tensor, draws: Draws): tf.Tensor =>
  tf.cast(tf.less(draws.uniform('x', x.shape), x), 'float32')

/** Throws unless the data can be data of this model. */
export function requireFit(model: Model, data: DataSet, argument: string): void {
  if (typeof (data as DataSet | undefined)?.dim !== 'number')
    throw new ArgumentError(
      argument,
      data,
      'a DataSet',
      'Give train or test of what a loader returns, or new lid.DataSet(…).',
    )
  if (data.dim !== model.dim)
    throw new ArgumentError(
      argument,
      data.dim,
      `rows of ${model.dim} numbers, the likelihood's width`,
      'Build the model with a likelihood of the width of the data.',
    )
  if (!model.likelihood.accepts.includes(data.values))
    throw new ArgumentError(
      argument,
      `${data.values} values`,
      `${model.likelihood.accepts.join(' or ')} values for a ${model.likelihood.name} likelihood`,
      'Use another likelihood, or turn the data into such values.',
    )
}

/** Starts the output bias where the likelihood's mean is the data's mean, so that the first steps are not spent on it. */
export function setOutputToMean(model: Model, train: DataSet): void {
  const { bias } = model.decoder
  if (!bias) return
  const mean = new Float64Array(train.dim)
  for (let i = 0; i < train.x.length; i++) mean[i % train.dim] += train.x[i] / train.size
  // NaN in the data is named at its batch; put into a weight it would be blamed on the weight.
  if (!mean.every(Number.isFinite)) return
  const eta = model.likelihood.etaOfMean(Float32Array.from(mean))
  tf.tidy(() => bias.assign(tf.tensor(eta, bias.shape)))
}

/** Evaluation images: binarised once, from the stored seed, where the likelihood asks for it. */
export const evaluationData = (model: Model, data: DataSet): DataSet =>
  needsBinarisation(model, data) ? data.binarized() : data

/** Validation data with the step that evaluates them, recorded once for all epochs. */
export class Validation {
  private readonly fixed: DataSet
  private readonly step: EvaluationStep<'parts'>

  constructor(
    model: Model,
    data: DataSet,
    private readonly seed: number,
  ) {
    this.fixed = evaluationData(model, data)
    this.step = new EvaluationStep(({ x }, draws) => {
      const terms = model.elboTerms(x, draws)
      return { parts: tf.stack([tf.sum(terms.reconstruction), tf.sum(terms.klZ), tf.sum(terms.klW)]) }
    })
  }

  /** The loss and its parts, KL weight 1, one draw a data point, the same draws each time; undefined when it was stopped. */
  async run(signal?: AbortSignal): Promise<Record<string, number> | undefined> {
    const { fixed } = this
    const sums = { validationReconstruction: 0, validationKlZ: 0, validationKlW: 0 }
    const chunk = 500
    const calls = Array.from({ length: Math.ceil(fixed.size / chunk) }, (_, i) => {
      const rows = fixed.slice(i * chunk, Math.min((i + 1) * chunk, fixed.size))
      const key = [streamKey(this.seed, 'sampling', 'validation'), i * chunk] as const
      return { inputs: { x: { values: rows.x, shape: [rows.size, rows.dim] } }, key }
    })
    if (signal?.aborted) return undefined
    const goesOn = async (): Promise<boolean> => {
      await new Promise((resolve) => setImmediate(resolve))
      return !signal?.aborted
    }
    const add = ({ parts }: Record<'parts', ReadTensor>): void => {
      const [reconstruction, klZ, klW] = parts.values
      sums.validationReconstruction += reconstruction / fixed.size
      sums.validationKlZ += klZ / fixed.size
      sums.validationKlW += klW / fixed.size
    }
    if (!(await this.step.runAll(calls, add, goesOn))) return undefined
    return {
      validationLoss: sums.validationKlZ + sums.validationKlW - sums.validationReconstruction,
      ...sums,
    }
  }

  /** Frees the step. */
  dispose(): void {
    this.step.dispose()
  }
}
