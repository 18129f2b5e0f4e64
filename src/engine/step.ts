import * as tf from '@tensorflow/tfjs'
import { Draws } from './draws'
import { createOptimizerState, type Optimizer, type OptimizerState } from './optimizer'

/** Numbers that enter a step: batches with their shape, int32 keys of random draws, or scalars. */
export type StepInputs = Record<string, { values: Float32Array | Int32Array; shape: number[] } | number>

/** What a training step computes from tensors alone: a loss, and scalars to report. */
export type LossFunction = (
  inputs: Record<string, tf.Tensor>,
  draws: Draws,
) => { loss: tf.Scalar } & Record<string, tf.Tensor>

export interface TrainingStepOptions {
  /** The weights it trains, by name. */
  variables: Map<string, tf.Variable>
  loss: LossFunction
  optimizer: Optimizer
  /** Gradients are scaled down to this norm over all weights; none by default. */
  clipNorm?: number
}

/** One call's settings. */
export interface StepCall {
  /** Key and counter of the step's random draws. */
  key: readonly [number, number]
  rate: number
  /** The update's number, from 1. */
  step: number
}

/** What a step reports: the scalars of its loss function, and the norm of the gradient. */
export interface StepReport {
  values: Record<string, number>
  gradientNorm: number
  /** False when loss or gradient was not finite: the weights were left alone. */
  updated: boolean
}

/**
 * A training step: a pure function of batch, key, rates and weights, and an update of the weights. Nothing is drawn or read in JavaScript inside
 * the loss function.
 */
export class TrainingStep {
  private readonly variables: tf.Variable[]
  private readonly state: OptimizerState

  constructor(private readonly options: TrainingStepOptions) {
    this.variables = [...options.variables.values()]
    this.state = createOptimizerState(options.optimizer, this.variables)
  }

  /** Runs the step once. */
  run(inputs: StepInputs, { key, rate, step }: StepCall): StepReport {
    return tf.tidy(() => {
      const tensors = asTensors(inputs)
      const draws = new Draws(tf.tensor1d([...key], 'int32'))
      let reported: Record<string, tf.Tensor> = {}
      const { grads } = tf.variableGrads(() => {
        const outputs = this.options.loss(tensors, draws)
        reported = outputs
        for (const tensor of Object.values(outputs)) tf.keep(tensor)
        return outputs.loss
      }, this.variables)
      const gradients = this.variables.map((v) => grads[v.name] ?? tf.zerosLike(v))
      const norm = globalNorm(gradients)
      const names = Object.keys(reported)
      const numbers = tf.stack([...names.map((name) => reported[name]), norm]).dataSync()
      for (const tensor of Object.values(reported)) tensor.dispose()
      const gradientNorm = numbers[names.length]
      const updated = numbers.every(Number.isFinite)
      const { clipNorm } = this.options
      const scale = clipNorm && gradientNorm > clipNorm ? clipNorm / gradientNorm : 1
      if (updated)
        this.state.apply(scale === 1 ? gradients : gradients.map((g) => tf.mul(g, scale)), rate, step)
      return { values: Object.fromEntries(names.map((name, i) => [name, numbers[i]])), gradientNorm, updated }
    })
  }

  /** Frees the optimiser's state; the weights stay. */
  dispose(): void {
    this.state.dispose()
  }
}

/** Runs a function of tensors on numbers, without gradients, and reads its outputs. */
export function evaluateStep<K extends string>(
  f: (inputs: Record<string, tf.Tensor>, draws: Draws) => Record<K, tf.Tensor>,
  inputs: StepInputs,
  key: readonly [number, number],
): Record<K, { values: Float32Array; shape: number[] }> {
  return tf.tidy(() => {
    const outputs = f(asTensors(inputs), new Draws(tf.tensor1d([...key], 'int32')))
    const read = {} as Record<K, { values: Float32Array; shape: number[] }>
    for (const name of Object.keys(outputs) as K[])
      read[name] = { values: outputs[name].dataSync() as Float32Array, shape: outputs[name].shape }
    return read
  })
}

const asTensors = (inputs: StepInputs): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      typeof input === 'number' ? tf.scalar(input) : tf.tensor(input.values, input.shape),
    ]),
  )

const globalNorm = (gradients: tf.Tensor[]): tf.Tensor =>
  tf.sqrt(tf.addN(gradients.map((g) => tf.sum(tf.square(g)))))
