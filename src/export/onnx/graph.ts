import type * as tf from '@tensorflow/tfjs'
import { ArgumentError, unquoted } from '../../base/errors'
import { graphModelOf } from '../graphModel'
import { NotWritten } from '../operations'
import { onnxOf, type OnnxGraph } from './convert'
import type { OnnxFile } from './proto'

/** Writes one file of an exported model. */
export type Write = (name: string, file: Omit<OnnxFile, 'metadata'>) => void

/** The axis of rows, of any length. */
export const BATCH = 'batch'

/** A function of rows as an ONNX graph. */
export function graphOf(
  part: string,
  f: (rows: tf.Tensor) => tf.Tensor,
  widths: { from: number; to: number },
  names: { input: string; output: string },
): OnnxGraph {
  try {
    return onnxOf(graphModelOf(f, widths, names))
  } catch (error) {
    if (!(error instanceof NotWritten)) throw error
    throw new ArgumentError(
      part,
      unquoted(error.message),
      'made of operations that ONNX has',
      'Write that part with others: sums, products, tf.matMul, activations.',
    )
  }
}
