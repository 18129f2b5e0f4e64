import * as tf from '@tensorflow/tfjs'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import type { DataSet } from '../data/dataset'
import { isTexts, type ModelData } from '../data/modelData'
import type { Dense } from '../layers/dense'
import type { Decoder } from './decoder'
import { isFullRank } from './injectiveChain'

/**
 * How far η moves at the start along a principal axis of the data's logarithms, as a share of their spread
 * before the Brenier maps, which stretch it two- or threefold.
 */
const SHARE = 0.2
/** Rows that the axes are found of: enough for directions, and few enough to wait for. */
const ROWS = 300

/**
 * Starts a decoder of log-rates where the first steps are finite and lead somewhere: η(0) at η₀, and β of an
 * injective one along the principal axes of log(1 + x), flat but for its anchor across them. As it is built,
 * β points anywhere with slopes above one, and what is added to a log-rate multiplies counts.
 *
 * @param decoder with a bias. @param eta η₀, `[dim]`. @param train counts.
 */
export function startAtCounts(decoder: Decoder, eta: Float32Array, train: DataSet): void {
  const bias = decoder.bias!
  tf.tidy(() => {
    const free = decoder.injective?.chain.find(isFullRank)?.free
    if (free) free.assign(tf.tensor(principalAxes(train, decoder.from), free.shape))
    const beside = tf.sub(tf.squeeze(decoder.apply(tf.zeros([1, decoder.from])), [0]), bias)
    bias.assign(tf.sub(tf.tensor(eta, bias.shape), beside))
  })
}

/**
 * Starts layers that read log(1 + x) at its mean, b = −W E[log(1 + x)]: logarithms of counts lie far from 0,
 * and a layer that has to unlearn where they lie first learns how rows differ an order of magnitude later.
 *
 * @param layers the first layers of an encoder. @param train counts.
 */
export function centerAtLogs(layers: readonly Dense[], train: ModelData): void {
  if (isTexts(train)) return
  const { x, dim, size } = train
  const mean = new Float64Array(dim)
  for (let i = 0; i < x.length; i++) mean[i % dim] += Math.log1p(x[i]) / size
  // NaN in the data is reported at its batch; here it would enter a weight, and the weight would be blamed.
  if (!mean.every(Number.isFinite)) return
  tf.tidy(() => {
    const row = tf.tensor2d(Float32Array.from(mean), [1, dim])
    for (const { weight, bias } of layers) bias.assign(tf.neg(tf.squeeze(tf.matMul(row, weight), [0])))
  })
}

/**
 * The first `count` principal axes of log(1 + x), each as long as `SHARE` of the standard deviation along it,
 * `[count, dim]`; zeros where the data have no more.
 */
function principalAxes({ x, dim, size }: DataSet, count: number): Float32Array {
  const rows = Math.min(size, ROWS)
  const at = (n: number): number => Math.floor((n * size) / rows) * dim
  const logs = new Matrix(rows, dim)
  for (let n = 0; n < rows; n++) for (let d = 0; d < dim; d++) logs.set(n, d, Math.log1p(x[at(n) + d]))
  logs.center('column')
  const { eigenvectorMatrix: vectors } = new EigenvalueDecomposition(logs.mmul(logs.transpose()), {
    assumeSymmetric: true,
  })
  const out = new Float32Array(count * dim)
  // Eigenvalues come in rising order; Xᵀv has the length √λ, √rows times the standard deviation.
  for (let k = 0; k < Math.min(count, rows - 1); k++) {
    const axis = vectors
      .subMatrixColumn([rows - 1 - k])
      .transpose()
      .mmul(logs)
    for (let d = 0; d < dim; d++) out[k * dim + d] = (SHARE * axis.get(0, d)) / Math.sqrt(rows)
  }
  return out
}
