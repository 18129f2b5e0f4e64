import type * as tf from '@tensorflow/tfjs'
import { nativeBackend } from './backend'
import type { Optimizer, SlotValues } from './optimizers'

/** A step that cannot become a graph: which operation, and why. */
export class TraceError extends Error {}

/** What a step computes before the weights move. */
export interface StepOutputs {
  /** The numbers it reports, `[n]`. */
  report: tf.Tensor
  /** For each weight, true when the loss and the weight's gradient are finite: else it is not updated. */
  finite: tf.Tensor[]
  gradients: tf.Tensor[]
  /** The indices of these weights among all. */
  trained: number[]
}

/** Training steps over one set of variables, as graphs. */
export interface TrainingGraph {
  /**
   * Runs the step once; records it first when inputs of these shapes are new.
   *
   * @throws TraceError when it cannot be recorded.
   */
  run(
    inputs: Record<string, tf.Tensor>,
    compute: () => StepOutputs,
    rate: number,
    step: number,
    only?: string,
  ): Float32Array
  /** The optimizer's state; undefined before the first step. */
  readSlots(): SlotValues | undefined
  dispose(): void
}

/** A function of tensors as graphs. */
export interface EvaluationGraph {
  /** @throws TraceError when it cannot be recorded. */
  run(inputs: Record<string, tf.Tensor>, f: () => Record<string, tf.Tensor>): Record<string, tf.Tensor>
  dispose(): void
}

/** A loop over the rows of tensors, which each turn adds to. */
export interface Loop {
  turns: number
  /** What a turn hands to the next, before the first. */
  state: tf.Tensor[]
  /** Tensors `[turns, …]` of which each turn gets a row. */
  each: tf.Tensor[]
  /** From the last row to the first; false by default. */
  reversed?: boolean
  /**
   * In a graph, always a loop, each turn after the one before has ended: what turns hold is then held once.
   * False by default.
   */
  oneByOne?: boolean
  /** One turn: the state after it, and a row for each output. */
  turn: (state: tf.Tensor[], each: tf.Tensor[]) => LoopOutputs
}

/** The state after the last turn, and the rows of all of them, `[turns, …]`. */
export interface LoopOutputs {
  state: tf.Tensor[]
  rows: tf.Tensor[]
}

/** How an engine that can run graphs runs steps and evaluations. */
export interface Graphs {
  training(
    variables: tf.Variable[],
    optimizer: Optimizer,
    slots?: SlotValues,
    varied?: boolean,
  ): TrainingGraph
  evaluation(): EvaluationGraph
  /**
   * True while a function is being recorded: its operations will run side by side wherever none needs the
   * other.
   */
  isRecording(): boolean
  /** A loop as a part of the graph that is being recorded, whose size does not grow with the turns. */
  loop(loop: Loop): LoopOutputs
}

let given: Graphs | undefined

/** Hands in the graphs of the native engine, as it starts. */
export function useGraphs(graphs: Graphs): void {
  given = graphs
}

/** The graphs of the engine in use; undefined where it has none. */
export const graphs = (): Graphs | undefined => (nativeBackend() ? given : undefined)

/** True while a function is being recorded as a graph. */
export const isRecording = (): boolean => given?.isRecording() ?? false

/** The loop as a part of the graph that is being recorded. */
export const recordedLoop = (loop: Loop): LoopOutputs => given!.loop(loop)
