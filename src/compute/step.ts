import { warn } from '../base/note'
import * as tf from '@tensorflow/tfjs'
import { tensorFlowThreads } from '../platform/environment'
import { Draws } from './draws'
import { gradientsOf, type LossAndGradients, type Reported } from './gradients'
import { graphs, TraceError, type EvaluationGraph, type StepOutputs, type TrainingGraph } from './graphs'
import { sumOfSquares } from './kernels/elementwise'
import { createOptimizerState, type Optimizer, type OptimizerState, type SlotValues } from './optimizers'
import { tidied } from './tidied'
import { turn } from '../platform/turn'

/** Inputs of a step: batches with their shape, int32 keys of random draws, or scalars. */
export type StepInputs = Record<string, { values: Float32Array | Int32Array; shape: number[] } | number>

/** What a training step computes from tensors alone: a loss, and scalars or vectors to report. */
export type LossFunction = (inputs: Record<string, tf.Tensor>, draws: Draws) => Reported

/** The same with a custom gradient, for losses that reverse mode alone does not differentiate as intended. */
export type GradientFunction = (
  inputs: Record<string, tf.Tensor>,
  draws: Draws,
  variables: tf.Variable[],
) => LossAndGradients

export interface TrainingStepOptions {
  /** The weights it trains, by name. */
  variables: Map<string, tf.Variable>
  loss: LossFunction
  /** The loss's gradient, if it is not that of reverse mode. */
  gradients?: GradientFunction
  /** Parts of the weights that a call can train separately: the names of each. */
  parts?: Record<string, (name: string) => boolean>
  optimizer: Optimizer
  /** Gradients are scaled down to this norm over all weights; none by default. */
  clipNorm?: number
  /** Record the step as a TensorFlow graph where the engine can; true by default. */
  traced?: boolean
  /** Inputs have many shapes, like texts of many lengths; false by default. */
  varied?: boolean
  /** The optimiser's state from which training resumes; zeros by default. */
  slots?: SlotValues
}

/** Settings of one call. */
export interface StepCall {
  /** Key and counter of the step's random draws. */
  key: readonly [number, number]
  rate: number
  /** The update's number, from 1. */
  step: number
  /** Train only this part of the weights; all of them by default. */
  only?: string
}

/** What a step reports: the scalars of its loss function, and the norm of the gradient. */
export interface StepReport {
  /** The numbers of its loss function, the loss among them. */
  values: Record<string, number> & { loss: number }
  /** The vectors of its loss function, where it has any. */
  vectors: Record<string, number[]>
  /** Norm of the gradient before clipping. */
  gradientNorm: number
  /**
   * False when loss or gradient was not finite: the weights concerned were not updated, none of them if it
   * was the loss.
   */
  updated: boolean
}

/**
 * A training step: a pure function of batch, key, rates and weights, and an update of the weights. On the
 * native engine it is recorded once for each shape of its inputs and runs as a TensorFlow graph; on the
 * others, and when it cannot be recorded, it runs operation by operation. Nothing may be drawn or read in
 * JavaScript inside the loss function.
 */
export class TrainingStep {
  private readonly variables: tf.Variable[]
  private graph?: TrainingGraph
  private state?: OptimizerState
  private reported: { name: string; shape: number[] }[] = []
  private start?: SlotValues

  constructor(private readonly options: TrainingStepOptions) {
    this.variables = [...options.variables.values()]
    this.start = options.slots
    if (options.traced !== false && !options.optimizer.apply)
      this.graph = graphs()?.training(this.variables, options.optimizer, options.slots, options.varied)
  }

  /** The optimiser's state as numbers; undefined before the first step of a run that starts at zero. */
  slots(): SlotValues | undefined {
    return this.graph?.readSlots() ?? this.state?.read() ?? this.start
  }

  /** True while steps run as a graph. */
  get traced(): boolean {
    return this.graph !== undefined
  }

  /** Runs the step once. */
  run(inputs: StepInputs, call: StepCall): StepReport {
    const numbers = tidied(() => {
      const tensors = { ...asTensors(inputs), key: tf.tensor1d([...call.key], 'int32') }
      return this.runGraph(tensors, call) ?? this.runEagerly(tensors, call)
    })
    return this.readReport(numbers)
  }

  /** Indices of the weights that a call trains. */
  private trained(only: string | undefined): number[] {
    const names = [...this.options.variables.keys()]
    const isIn = only === undefined ? () => true : this.options.parts![only]
    return names.flatMap((name, i) => (isIn(name) ? [i] : []))
  }

  private readReport(numbers: Float32Array): StepReport {
    const values: Record<string, number> = {}
    const vectors: Record<string, number[]> = {}
    let at = 0
    for (const { name, shape } of this.reported)
      if (shape.length === 0) values[name] = numbers[at++]
      else vectors[name] = Array.from(numbers.subarray(at, (at += tf.util.sizeFromShape(shape))))
    return {
      values: values as StepReport['values'],
      vectors,
      gradientNorm: numbers[at],
      updated: numbers.every(Number.isFinite),
    }
  }

  private runGraph(
    tensors: Record<string, tf.Tensor>,
    { rate, step, only }: StepCall,
  ): Float32Array | undefined {
    if (!this.graph) return undefined
    try {
      return this.graph.run(tensors, () => this.compute(tensors, only), rate, step, only)
    } catch (error) {
      if (!(error instanceof TraceError)) throw error
      warn(`this training step runs operation by operation, slower: ${error.message}.`)
      this.start = this.slots()
      this.graph.dispose()
      this.graph = undefined
      return undefined
    }
  }

  private runEagerly(tensors: Record<string, tf.Tensor>, { rate, step, only }: StepCall): Float32Array {
    this.state ??= createOptimizerState(this.options.optimizer, this.variables, this.start)
    const { report, gradients, trained } = this.compute(tensors, only)
    const numbers = report.dataSync() as Float32Array
    if (numbers.every(Number.isFinite)) this.state.apply(gradients, rate, step, trained)
    return numbers
  }

  /** Loss, gradient and report, as tensors. */
  private compute(tensors: Record<string, tf.Tensor>, only?: string): StepOutputs {
    const { key, ...inputs } = tensors
    const trained = this.trained(only)
    const variables = trained.map((i) => this.variables[i])
    const draws = new Draws(key)
    const { reported, gradients: found } = this.options.gradients
      ? this.options.gradients(inputs, draws, variables)
      : gradientsOf(() => this.options.loss(inputs, draws), variables)
    this.reported = Object.entries(reported).map(([name, { shape }]) => ({ name, shape }))
    const gradients = variables.map((v) => found[v.name] ?? tf.zerosLike(v))
    const squares = gradients.map(sumOfSquares)
    const norm = tf.sqrt(tf.addN(squares))
    const values = tf.concat(Object.values(reported).map((tensor) => tf.reshape(tensor, [-1])))
    const report = tf.concat([values, tf.reshape(norm, [1])])
    for (const tensor of Object.values(reported)) tensor.dispose()
    const { clipNorm } = this.options
    const scale = clipNorm && tf.minimum(1, tf.div(clipNorm, norm))
    const forwards = tf.all(tf.isFinite(values))
    return {
      report,
      // A gradient scaled by the norm of all is as finite as all of them.
      finite: squares.map((square) => tf.logicalAnd(forwards, tf.isFinite(scale ? norm : square))),
      gradients: scale ? gradients.map((g) => tf.mul(g, scale)) : gradients,
      trained,
    }
  }

  /** Frees the optimiser's state and the graphs; the weights stay. */
  dispose(): void {
    this.graph?.dispose()
    this.state?.dispose()
  }
}

/** A function of tensors that an evaluation calls many times. */
export type EvaluationFunction<K extends string> = (
  inputs: Record<string, tf.Tensor>,
  draws: Draws,
) => Record<K, tf.Tensor>

/** The arguments of an evaluation. */
export interface EvaluationCall {
  inputs: StepInputs
  key: readonly [number, number]
}

/** How many evaluations run in parallel: if each operation uses one thread, as many as there are threads. */
function lanes(): number {
  const { intra, inter } = tensorFlowThreads()
  return intra === '1' ? Math.min(4, Math.max(1, Number(inter ?? 1))) : 1
}

/** Calls from which on it pays to record a second graph, of several calls at once. */
const MANY = 8

/** The shapes of a call's inputs. */
const shapesOf = (inputs: StepInputs): string =>
  Object.values(inputs)
    .map((input) => (typeof input === 'number' ? '' : input.shape.join()))
    .join(' ')

/** Numbers read from a tensor. */
export type ReadTensor = { values: Float32Array; shape: number[] }

/**
 * A function of tensors that runs on numbers many times, without gradients: recorded as a TensorFlow graph on
 * the native engine.
 */
export class EvaluationStep<K extends string> {
  private graph?: EvaluationGraph

  constructor(private readonly f: EvaluationFunction<K>) {
    this.graph = graphs()?.evaluation()
  }

  /** Runs the function once and reads its outputs. */
  run(inputs: StepInputs, key: readonly [number, number]): Record<K, ReadTensor> {
    return tidied(() => {
      const tensors = { ...asTensors(inputs), key: tf.tensor1d([...key], 'int32') }
      const outputs = this.runGraph(tensors) ?? this.compute(tensors)
      const read = {} as Record<K, ReadTensor>
      for (const name of Object.keys(outputs) as K[])
        read[name] = { values: outputs[name].dataSync() as Float32Array, shape: outputs[name].shape }
      return read
    })
  }

  /**
   * Runs the function on several inputs, in one graph as many in parallel as there are threads between
   * operations, where there are many: the results are those of `run` on each, up to the rounding of float32,
   * since TensorFlow rewrites the sums of a larger graph in another order.
   *
   * @param use takes the outputs of call `i`; calls come in order. @param between is awaited after each
   *   graph; `false` ends the run.
   * @returns false if it was ended that way
   */
  async runAll(
    calls: readonly EvaluationCall[],
    use: (outputs: Record<K, ReadTensor>, i: number) => void,
    between: () => Promise<unknown> = turn,
  ): Promise<boolean> {
    const width = this.graph && calls.length >= MANY ? lanes() : 1
    for (let start = 0, group: typeof calls; start < calls.length; start += group.length) {
      group = calls.slice(start, start + width)
      // Only for one shape: texts of several lengths would make a graph for each combination.
      const other = group.findIndex(({ inputs }) => shapesOf(inputs) !== shapesOf(group[0].inputs))
      if (other > 0) group = group.slice(0, other)
      if (group.length === 1 || !this.graph) use(this.run(group[0].inputs, group[0].key), start)
      else this.runSideBySide(group).forEach((outputs, i) => use(outputs, start + i))
      if ((await between()) === false && start + group.length < calls.length) return false
    }
    return true
  }

  private runSideBySide(calls: readonly EvaluationCall[]): Record<K, ReadTensor>[] {
    return tidied(() => {
      const tensors = Object.fromEntries(
        calls.flatMap(({ inputs, key }, lane) =>
          Object.entries({ ...asTensors(inputs), key: tf.tensor1d([...key], 'int32') }).map(
            ([name, tensor]) => [`lane${lane}_${name}`, tensor],
          ),
        ),
      )
      const ofLane = (lane: number): Record<string, tf.Tensor> =>
        Object.fromEntries(
          Object.entries(tensors)
            .filter(([name]) => name.startsWith(`lane${lane}_`))
            .map(([name, tensor]) => [name.slice(`lane${lane}_`.length), tensor]),
        )
      const outputs = this.record(tensors, () =>
        Object.fromEntries(
          calls.flatMap((_, lane) =>
            Object.entries<tf.Tensor>(this.compute(ofLane(lane))).map(([name, tensor]) => [
              `${lane}/${name}`,
              tensor,
            ]),
          ),
        ),
      )
      if (!outputs) return calls.map(({ inputs, key }) => this.run(inputs, key))
      return calls.map((_, lane) => {
        const mine = Object.entries(outputs).filter(([name]) => name.startsWith(`${lane}/`))
        return Object.fromEntries(
          mine.map(([name, tensor]) => [
            name.slice(`${lane}/`.length),
            { values: tensor.dataSync() as Float32Array, shape: tensor.shape },
          ]),
        ) as Record<K, ReadTensor>
      })
    })
  }

  private compute({ key, ...inputs }: Record<string, tf.Tensor>): Record<K, tf.Tensor> {
    return this.f(inputs, new Draws(key))
  }

  private runGraph(tensors: Record<string, tf.Tensor>): Record<K, tf.Tensor> | undefined {
    return this.record(tensors, () => this.compute(tensors))
  }

  private record<T extends Record<string, tf.Tensor>>(
    tensors: Record<string, tf.Tensor>,
    f: () => T,
  ): T | undefined {
    try {
      return this.graph?.run(tensors, f) as T | undefined
    } catch (error) {
      if (!(error instanceof TraceError)) throw error
      warn(`this evaluation runs operation by operation, slower: ${error.message}.`)
      this.dispose()
      this.graph = undefined
      return undefined
    }
  }

  /** Frees the graphs. */
  dispose(): void {
    this.graph?.dispose()
  }
}

/** Runs a function of tensors on numbers once, operation by operation, and reads its outputs. */
export function evaluateOnce<K extends string>(
  f: EvaluationFunction<K>,
  inputs: StepInputs = {},
  key: readonly [number, number] = [0, 0],
): Record<K, ReadTensor> {
  return tidied(() => {
    const outputs = f(asTensors(inputs), new Draws(tf.tensor1d([...key], 'int32')))
    const read = {} as Record<K, ReadTensor>
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
