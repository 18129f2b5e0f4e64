import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'

/**
 * L⁻¹ of lower triangular matrices with a positive diagonal, differentiable: with L = D(I + N), Nᵈ = 0,
 *   L⁻¹ = (I + N)⁻¹ D⁻¹, (I + N)⁻¹ = (I − N)(I + N²)(I + N⁴)…, a few products.
 *
 * @param L `[…, d, d]`. @param diagonal its diagonal, `[…, d]`. @returns `[…, d, d]`.
 */
export function inverseOfLower(L: tf.Tensor, diagonal: tf.Tensor): tf.Tensor {
  const dim = diagonal.shape[diagonal.rank - 1]
  const eye = tf.eye(dim)
  let power: tf.Tensor = tf.sub(eye, tf.div(L, tf.expandDims(diagonal, -1)))
  let inverse: tf.Tensor = tf.add(eye, power)
  for (let reach = 2; reach < dim; reach *= 2) {
    power = tf.matMul(power, power)
    inverse = tf.add(inverse, tf.matMul(inverse, power))
  }
  return tf.div(inverse, tf.expandDims(diagonal, -2))
}

/** The diagonal of matrices, `[…, d, d]` to `[…, d]`. */
export const diagonalOf = (M: tf.Tensor): tf.Tensor => tf.sum(tf.mul(M, tf.eye(M.shape[M.rank - 1])), -1)

/**
 * M_k x for each of K matrices, `[K, d, d]`, and rows x, `[…, 1, d]` for one row for all of them or
 * `[…, K, d]` for a row each.
 *
 * @returns `[…, K, d]`.
 */
export function eachTimes(M: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const [count, dim] = M.shape
  const lead = x.shape.slice(0, -2)
  const rows = tf.util.sizeFromShape(lead)
  if (x.shape[x.rank - 2] === 1) {
    const out = matMul(tf.reshape(x, [rows, dim]), tf.reshape(M, [count * dim, dim]), false, true)
    return tf.reshape(out, [...lead, count, dim])
  }
  const byMatrix = tf.transpose(tf.reshape(x, [rows, count, dim]), [1, 0, 2])
  return tf.reshape(tf.transpose(tf.matMul(byMatrix, M, false, true), [1, 0, 2]), [...lead, count, dim])
}

/** M_k x_k, `[…, d, d]` and `[…, d]`. */
export const times = (M: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(M, tf.expandDims(x, -2)), -1)

/**
 * The lower triangular C with C Cᵀ = M for symmetric positive definite matrices, one column after the other;
 * for few dimensions.
 *
 * @param M `[…, d, d]`. @returns `[…, d, d]`.
 */
export function cholesky(M: tf.Tensor): tf.Tensor {
  const dim = M.shape[M.rank - 1]
  let rest = M
  const columns = Array.from({ length: dim }, (_, j) => {
    const unit = tf.oneHot(tf.tensor1d([j], 'int32'), dim)
    const from = tf.tensor1d(Float32Array.from({ length: dim }, (_value, i) => Number(i >= j)))
    const column = tf.mul(times(rest, tf.cast(tf.squeeze(unit, [0]), 'float32')), from)
    const pivot = tf.sum(tf.mul(column, tf.squeeze(unit, [0])), -1, true)
    const scaled = tf.div(column, tf.sqrt(tf.maximum(pivot, 1e-20)))
    rest = tf.sub(rest, tf.mul(tf.expandDims(scaled, -1), tf.expandDims(scaled, -2)))
    return scaled
  })
  return tf.stack(columns, -1)
}

/** L x in doubles, for one lower triangular matrix, row after row. */
export function lowerTimes(L: ArrayLike<number>, x: ArrayLike<number>): Float64Array {
  const dim = x.length
  return Float64Array.from({ length: dim }, (_, i) => {
    let sum = 0
    for (let j = 0; j <= i; j++) sum += L[i * dim + j] * x[j]
    return sum
  })
}

/** L⁻¹ x in doubles. */
export function solveLower(L: ArrayLike<number>, x: ArrayLike<number>): Float64Array {
  const dim = x.length
  const out = new Float64Array(dim)
  for (let i = 0; i < dim; i++) {
    let sum = x[i]
    for (let j = 0; j < i; j++) sum -= L[i * dim + j] * out[j]
    out[i] = sum / L[i * dim + i]
  }
  return out
}
