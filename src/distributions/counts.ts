import * as tf from '@tensorflow/tfjs'
import { ArgumentError, requirePositive } from '../base/errors'
import type { OptionDefaults } from '../base/options'
import type { CountEncoding, Likelihood } from './likelihood'

/** Options of every likelihood of counts. */
export interface CountOptions {
  /**
   * Rows are of several depths (library sizes, exposures): η is the log-rate of a row whose total is this
   * number, and a row x has the rates e^η Σ_d x_d / depth. What has no x (decode, sample, witness) speaks of
   * a row of this depth. None by default: then η is the log-rate of every row.
   */
  depth?: number
  /** How counts enter the encoder: `'log1p'`, as log(1 + x) (default), or `'counts'`, as they are. */
  encode?: CountEncoding
}

/** Their defaults. */
export const COUNT_OPTIONS = {
  depth: undefined,
  encode: 'log1p',
} satisfies OptionDefaults<CountOptions>

/** Throws unless these are a depth and an encoding. */
export function requireCountOptions({ depth, encode }: CountOptions): void {
  if (depth !== undefined) requirePositive('depth', depth)
  if (encode !== undefined && encode !== 'log1p' && encode !== 'counts')
    throw new ArgumentError('encode', encode, "'log1p' or 'counts'", 'The default suits all counts.')
}

/** Kinds of data that counts are. */
export const COUNTED: Likelihood['accepts'] = ['count', 'binary']

/**
 * Logarithm of the data's mean, of rows of the reference depth where there is one; kept from −∞ where a
 * feature was never counted.
 */
export const logMean =
  (depth?: number) =>
  (mean: Float32Array): Float32Array => {
    const total = mean.reduce((sum, m) => sum + m, 0)
    const scale = depth === undefined || !(total > 0) ? 1 : depth / total
    return mean.map((m) => Math.log(Math.max(m, 0.01) * scale))
  }

/** η of rows as deep as x: η + log(Σ_d x_d / depth), a row of no counts taken for one of a single count. */
export function atDepthOf(x: tf.Tensor, eta: tf.Tensor, depth?: number): tf.Tensor {
  if (depth === undefined) return eta
  const total = tf.maximum(tf.sum(x, -1, true), 1)
  return tf.add(eta, tf.log(tf.div(total, depth)))
}
