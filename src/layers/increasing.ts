import * as tf from '@tensorflow/tfjs'
import { constantInit, inverseSoftplus, normalInit, type Parameters } from '../compute/parameters'
import { requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { InjectivePart } from './injective'

/** Options of `increasing`. */
export interface IncreasingOptions {
  /** Smooth steps of each unit; 4 by default. */
  steps?: number
  /** μ > 0, the least slope; 1 by default. */
  mu?: number
}

/** A strictly increasing map of each unit. */
export interface Increasing extends InjectivePart {
  /** Its least slope, for every weight. */
  readonly mu: number
  /** The free vector a. */
  readonly bias: tf.Variable
}

/**
 * A strictly increasing map of each unit by itself:
 *   f(u)_i = a_i + (μ + softplus(s_i)) u_i + Σ_j softplus(w_ij) tanh(softplus(r_ij) (u_i − t_ij)),
 * so that f(u)_i − f(v)_i ≥ μ (u_i − v_i) for every weight and u_i ≥ v_i. It is a Brenier map, and bends what
 * a twist layer or a rotation turns. It starts near the identity.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param dim d, width of input and output.
 * @param options `{ steps = 4, mu = 1 }`.
 * @returns the map as a layer.
 * @throws ArgumentError when μ ≤ 0, or a number is not an integer ≥ 1.
 * @example
 * const bend = lid.layers.increasing(lid.Parameters.from(1), 'bend', 2, { mu: 0.5 })
 * @see Sill 1997 (monotone networks).
 */
export function increasing(
  parameters: Parameters,
  name: string,
  dim: number,
  options: IncreasingOptions = {},
): Increasing {
  const { steps, mu } = resolveOptions('increasing', options, { steps: 4, mu: 1 })
  requireInteger('dim', dim)
  requireInteger('steps', steps)
  requirePositive('mu', mu)
  const scope = parameters.scope(name)
  const a = scope.variable('a', [dim], constantInit(0))
  const s = scope.variable('s', [dim], constantInit(inverseSoftplus(Math.max(0.05, 1 - mu))))
  const w = scope.variable('w', [dim, steps], constantInit(inverseSoftplus(0.05)))
  const r = scope.variable('r', [dim, steps], constantInit(inverseSoftplus(1)))
  const t = scope.variable('t', [dim, steps], normalInit(1))
  return {
    from: dim,
    to: dim,
    kind: 'increasing map',
    mu,
    floor: mu,
    bias: a,
    expansion: () => tf.tidy(() => mu + tf.min(tf.softplus(s)).dataSync()[0]),
    apply: (u) => {
      const bends = tf.mul(tf.softplus(w), tf.tanh(tf.mul(tf.softplus(r), tf.sub(tf.expandDims(u, 2), t))))
      return tf.add(tf.add(tf.mul(u, tf.add(tf.softplus(s), mu)), a), tf.sum(bends, 2))
    },
  }
}
