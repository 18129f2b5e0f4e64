import * as tf from '@tensorflow/tfjs'
import { pieces, type ModelData, type Points } from '../data/modelData'
import { Draws } from '../compute/draws'
import { EvaluationStep, type GradientFunction, type LossFunction, type ReadTensor } from '../compute/step'
import { streamKey } from '../compute/streams'
import { turn } from '../platform/turn'
import { rowsAtOnce } from '../models/conditional'
import { evaluationData, needsBinarisation } from '../models/evaluationData'
import type { Model } from '../models/model'
import { elboObjective, objectiveOn, type ObjectiveOn, type StepBatch } from './objective'

/**
 * The negative ELBO with weighted KL, or another objective, as a function of tensors: means over the batch,
 * nats.
 */
export function elboLoss(model: Model, train: ModelData, objective?: ObjectiveOn): LossFunction {
  const batch = batchOf(model, train)
  const { loss } = objective ?? objectiveOn(elboObjective(), model)
  return (inputs, draws) => loss(batch(inputs), draws)
}

/** The objective's custom gradient, where it has one. */
export function objectiveGradients(
  model: Model,
  train: ModelData,
  { gradients }: ObjectiveOn,
): GradientFunction | undefined {
  const batch = batchOf(model, train)
  return gradients && ((inputs, draws, variables) => gradients(batch(inputs), draws, variables))
}

/** The batch of a step; intensities are binarised where the likelihood needs it. */
function batchOf(model: Model, train: ModelData): (inputs: Record<string, tf.Tensor>) => StepBatch {
  const binarise = needsBinarisation(model, train)
  return ({ x: rows, weight, klWeight, binarisation }) => ({
    x: binarise ? binarize(rows, new Draws(binarisation)) : rows,
    weight,
    klWeight,
  })
}

/** Ones with probability the intensity. */
const binarize = (x: tf.Tensor, draws: Draws): tf.Tensor =>
  tf.cast(tf.less(draws.uniform('x', x.shape), x), 'float32')

/** Counts each data point as ten codes: 500 images per call, since no backward pass is needed. */
const CODES_A_ROW = 10

/** Validation data with the step that evaluates them, recorded once for all epochs. */
export class Validation {
  private readonly parts: Points[]
  private readonly size: number
  private readonly step: EvaluationStep<'parts' | 'losses'>
  /** Negative ELBO of each data point at the last run, where it was asked for; nats. */
  losses: number[] = []

  constructor(
    model: Model,
    data: ModelData,
    private readonly seed: number,
    eachPoint = false,
  ) {
    this.size = data.size
    this.parts = pieces(evaluationData(model, data), (shape) =>
      rowsAtOnce(model.conditional, shape, CODES_A_ROW),
    )
    this.step = new EvaluationStep(({ x, weight }, draws) => {
      const terms = model.elboTerms(x, draws)
      const sum = (rows: tf.Tensor) =>
        tf.sum(weight ? tf.mul(rows, tf.reshape(weight, [-1, ...rows.shape.slice(1).fill(1)])) : rows)
      const parts = tf.stack([sum(terms.reconstruction), sum(terms.klZ), sum(terms.klW)])
      const each = () => tf.sub(tf.add(tf.sum(terms.klZ, 1), terms.klW), terms.reconstruction)
      return (eachPoint ? { parts, losses: each() } : { parts }) as Record<'parts' | 'losses', tf.Tensor>
    })
  }

  /**
   * The loss and its parts, KL weight 1, one draw per data point, the same draws each time; undefined when it
   * was stopped.
   */
  async run(signal?: AbortSignal): Promise<Record<string, number> | undefined> {
    const { size } = this
    const sums = { validationReconstruction: 0, validationKlZ: 0, validationKlW: 0 }
    let start = 0
    const calls = this.parts.map(({ x, weight, size: count }) => {
      const key = [streamKey(this.seed, 'sampling', 'validation'), start] as const
      start += count
      return { inputs: { x, ...(weight && { weight: { values: weight, shape: [weight.length] } }) }, key }
    })
    if (signal?.aborted) return undefined
    const goesOn = async (): Promise<boolean> => {
      await turn()
      return !signal?.aborted
    }
    const found: number[] = []
    const add = ({ parts, losses }: { parts: ReadTensor; losses?: ReadTensor }, i: number): void => {
      const [reconstruction, klZ, klW] = parts.values
      // A piece may be filled up with rows that count nothing.
      if (losses) found.push(...losses.values.subarray(0, this.parts[i].size))
      sums.validationReconstruction += reconstruction / size
      sums.validationKlZ += klZ / size
      sums.validationKlW += klW / size
    }
    if (!(await this.step.runAll(calls, add, goesOn))) return undefined
    this.losses = found
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
