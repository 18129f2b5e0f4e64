import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'
import { normals } from '../compute/philox'
import { valuesInit, type Parameters } from '../compute/parameters'
import { ArgumentError, MOST_LAYERS, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { InjectivePart } from './injective'

/** Options of `rotation`. */
export interface RotationOptions {
  /** Reflections that it is the product of; by default the largest even number ≤ d: then it turns anything. */
  reflections?: number
}

/** A learned orthogonal map. */
export interface Rotation extends InjectivePart {
  /** How many reflections it is the product of. */
  readonly reflections: number
}

/** Below this the square of a reflection's vector counts as 0. */
const TINY = 1e-12

/**
 * A learned rotation, as a product of Householder reflections:
 *   u ↦ u H₁ … H_k, H_i = I − 2 v_i v_iᵀ/‖v_i‖²,
 * so that ‖f(u) − f(v)‖ = ‖u − v‖ for every weight. An even number of reflections is a rotation, and d or
 * d − 1 of them give every rotation. An even number starts as the identity, an odd one as a reflection.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param dim d ≥ 2, width of input and output.
 * @param options `{ reflections = 2⌊d/2⌋ }`.
 * @returns the map as a layer.
 * @throws ArgumentError when dim < 2, or the number of reflections is not an integer from 1 to max(1000, d).
 * @example
 * const turn = lid.layers.rotation(lid.Parameters.from(1), 'turn', 2)
 * @see Householder 1958; Mhammedi et al. 2017 (products of reflections).
 */
export function rotation(
  parameters: Parameters,
  name: string,
  dim: number,
  options: RotationOptions = {},
): Rotation {
  const resolved = resolveOptions('rotation', options, { reflections: undefined })
  requireInteger('dim', dim)
  if (dim < 2) throw new ArgumentError('dim', dim, 'at least 2', 'One number cannot be turned.')
  const { reflections = 2 * Math.floor(dim / 2) } = resolved
  requireInteger('reflections', reflections, 1, Math.max(MOST_LAYERS, dim))
  const scope = parameters.scope(name)
  // Two equal reflections are the identity.
  const start = normals(scope.key('v'), 0, Math.ceil(reflections / 2) * dim)
  const pairs = Float32Array.from(
    { length: reflections * dim },
    (_, i) => start[Math.floor(i / (2 * dim)) * dim + (i % dim)],
  )
  const v = scope.variable('v', [reflections, dim], valuesInit(pairs))
  return {
    from: dim,
    to: dim,
    kind: 'rotation',
    reflections,
    floor: 1,
    expansion: () => 1,
    apply: (u) =>
      tf.tidy(() => {
        const square = tf.sum(tf.square(v), 1, true)
        // Where a vector is 0, the first axis: so it is a reflection for every weight.
        const isZero = tf.step(tf.sub(TINY, square))
        const axis = tf.slice(tf.eye(dim), [0, 0], [1, dim])
        const safe = tf.add(tf.mul(v, tf.sub(1, isZero)), tf.mul(isZero, axis))
        const unit = tf.div(safe, tf.sqrt(tf.sum(tf.square(safe), 1, true)))
        return tf.split(unit, reflections).reduce((x: tf.Tensor, n) => reflected(x, n), u)
      }),
  }
}

/** x − 2 (x n) nᵀ, for a unit vector n, `[1, d]`. */
const reflected = (x: tf.Tensor, n: tf.Tensor): tf.Tensor =>
  tf.sub(x, matMul(tf.mul(matMul(x, n, false, true), 2), n))
