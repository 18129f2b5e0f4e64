import * as tf from '@tensorflow/tfjs'
import { tensorFlowThreads } from '../platform/environment'
import { isRecording } from './graphs'

let besideOthers = false

/** True while many independent products are computed: none needs to be split to keep two cores busy. */
export const areBesideOthers = (): boolean => besideOthers

/** Computes independent products, one for each of `xs`. */
export function sideBySide<X, Y>(xs: readonly X[], f: (x: X, i: number) => Y): Y[] {
  const before = besideOthers
  besideOthers = xs.length > 1 || before
  try {
    return xs.map(f)
  } finally {
    besideOthers = before
  }
}

/**
 * In a graph a chain of operations keeps one core busy when each runs on one thread. True if work of so many
 * floating-point operations is worth splitting in two, so that both halves run in parallel.
 */
export function worthHalving(flops: number): boolean {
  const { intra, inter } = tensorFlowThreads()
  return isRecording() && !besideOthers && intra === '1' && Number(inter) > 1 && flops > 4e7
}

/**
 * Tensors of equally many rows, split by rows into parts that are worth running in parallel: one part, or
 * two.
 */
export function inRows(tensors: readonly tf.Tensor[], flops: number): tf.Tensor[][] {
  const rows = tensors[0].shape[0]
  if (rows < 64 || !worthHalving(flops)) return [[...tensors]]
  const half = Math.ceil(rows / 2)
  const cut = tensors.map((x) => tf.split(x, [half, rows - half]))
  return [0, 1].map((part) => cut.map((x) => x[part]))
}

/** The matrix product of two rank-2 tensors, typed for tensors whose rank the compiler does not know. */
export const matMul = (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor2D =>
  tf.matMul(a, b, transposeA, transposeB)

/**
 * `x` split into equal pieces along its last axis; one piece is `x` itself (tfjs cannot differentiate a split
 * into one).
 */
export const pieces = (x: tf.Tensor, count: number): tf.Tensor[] =>
  count === 1 ? [x] : tf.split(x, count, x.rank - 1)
