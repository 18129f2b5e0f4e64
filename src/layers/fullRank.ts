import * as tf from '@tensorflow/tfjs'
import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix'
import { matMul } from '../compute/ops'
import { constantInit, normalInit, type Parameters } from '../compute/parameters'
import { normals } from '../compute/philox'
import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { InjectivePart } from './injective'

/** Options of `fullRank`. */
export interface FullRankOptions {
  /** s, the lower bound of the singular values; 1 by default. */
  anchor?: number
  /** Initial standard deviation of B; 0.05 by default (1/√K costs several nats early on). */
  spread?: number
  /** Add a bias; true by default. */
  bias?: boolean
}

/** An injective linear map R^K → R^D, K ≤ D. */
export interface FullRank extends InjectivePart {
  /** s: σ_min(β) ≥ s for every B. */
  readonly anchor: number
  /** The current β, `[K, D]`. */
  matrix: () => tf.Tensor
  /** B, `[K, D]`, which training may start anywhere. */
  readonly free: tf.Variable
  /** c, `[D]`, if the layer has a bias. */
  readonly bias?: tf.Variable
  /** σ_min of the current β, computed in double precision. */
  smallestSingularValue(): number
}

/**
 * A linear map that has full rank for every weight, in anchored form:
 *   βᵀ = sQ + (I − QQᵀ)B with a fixed orthonormal D×K matrix Q and a free B, so that σ_min(β) ≥ s.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param from K, dimension of the input.
 * @param to D ≥ K, dimension of the output.
 * @param options `{ anchor = 1, spread = 0.05, bias = true }`.
 * @returns the map as a layer, with its matrix and smallest singular value.
 * @throws ArgumentError when K > D or the anchor is not positive.
 * @example
 * const beta = lid.layers.fullRank(lid.Parameters.from(1), 'beta', 16, 784)
 * beta.smallestSingularValue() // ≥ 1
 */
export function fullRank(
  parameters: Parameters,
  name: string,
  from: number,
  to: number,
  options: FullRankOptions = {},
): FullRank {
  const { anchor, spread, bias } = resolveOptions('fullRank', options, {
    anchor: 1,
    spread: 0.05,
    bias: true,
  })
  requireInteger('from', from)
  requireInteger('to', to)
  requirePositive('anchor', anchor)
  if (from > to)
    throw new ArgumentError(
      'from',
      from,
      `at most to = ${to}`,
      'An injective linear map cannot reduce the dimension. Use fewer latent units.',
    )
  const scope = parameters.scope(name)
  // Both are stored as K×D: the rows are orthonormal, and a product with β is one matrix product.
  const Q = scope.constant('Q', orthonormalRows(from, to, scope.key('Q')), [from, to])
  const B = scope.variable('B', [from, to], normalInit(spread))
  const c = bias ? scope.variable('c', [to], constantInit(0)) : undefined
  const matrix = (): tf.Tensor =>
    tf.tidy(() => tf.add(B, matMul(tf.sub(tf.mul(tf.eye(from), anchor), matMul(B, Q, false, true)), Q)))
  return {
    from,
    to,
    kind: 'full-rank map',
    anchor,
    floor: anchor,
    matrix,
    free: B,
    bias: c,
    smallestSingularValue: () => smallestSingularValue(matrix, from, to),
    expansion: () => smallestSingularValue(matrix, from, to),
    apply: (u) => {
      const y = matMul(u, matrix())
      return c ? tf.add(y, c) : y
    },
  }
}

/** K rows of length D, orthonormal, from a seeded normal matrix (QR). */
function orthonormalRows(rows: number, columns: number, key: number): Float64Array {
  const draw = normals(key, 0, rows * columns)
  const Q = new QrDecomposition(
    new Matrix(columns, rows).apply(function (i, j) {
      this.set(i, j, draw[i * rows + j])
    }),
  ).orthogonalMatrix
  const out = new Float64Array(rows * columns)
  for (let k = 0; k < rows; k++) for (let i = 0; i < columns; i++) out[k * columns + i] = Q.get(i, k)
  return out
}

function smallestSingularValue(matrix: () => tf.Tensor, rows: number, columns: number): number {
  const beta = matrix()
  const values = beta.dataSync()
  beta.dispose()
  const m = new Matrix(columns, rows)
  for (let k = 0; k < rows; k++) for (let i = 0; i < columns; i++) m.set(i, k, values[k * columns + i])
  const { diagonal } = new SingularValueDecomposition(m, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  })
  return Math.min(...diagonal)
}
