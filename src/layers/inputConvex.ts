import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'
import { constantInit, inverseSoftplus, normalInit, type Parameters } from '../compute/parameters'
import { alternatives, ArgumentError, MOST_LAYERS, requireInteger } from '../base/errors'
import { type OptionDefaults, resolveOptions } from '../base/options'

/** Slope of the leaky ReLU below zero, and of the smooth one far below. */
export const ALPHA = 0.2

/**
 * Activation of the hidden layers after the first: `'smooth'`, s(a) = αa + (1 − α) softplus(a), or `'paper'`,
 * the leaky ReLU with a kink. With the latter ∇f is discontinuous, biases get no gradient, and fits are
 * worse.
 */
export type ConvexActivation = 'smooth' | 'paper'

/** Options of `inputConvex`. */
export interface InputConvexOptions {
  /** Units in each hidden layer. */
  hidden: number
  /** Hidden layers after the first; 1 by default. */
  layers?: number
  /** `'smooth'` by default. */
  activation?: ConvexActivation
}

/** Their defaults. */
export const INPUT_CONVEX_OPTIONS = {
  hidden: undefined,
  layers: 1,
  activation: 'smooth',
} satisfies OptionDefaults<InputConvexOptions>

/** The weights of an input-convex network as used in its formula. */
export interface ConvexWeights {
  /** A_0 … A_L, each `[d, H]`. */
  readonly A: tf.Tensor[]
  /** b_0 … b_L, each `[H]`. */
  readonly b: tf.Tensor[]
  /** W_1 … W_L, each `[H, H]` and ≥ 0. */
  readonly W: tf.Tensor[]
  /** The weights of the output, `[H]` and ≥ 0. */
  readonly w: tf.Tensor
  /** The free vector of the term u·a, `[d]`. */
  readonly a: tf.Tensor
}

/** An input-convex network f: R^d → R (Amos et al. 2017). */
export interface InputConvex {
  /** d, dimension of the input. */
  readonly dim: number
  /** H, units in each hidden layer. */
  readonly hidden: number
  /** L, hidden layers after the first. */
  readonly layers: number
  /** Activation of the hidden layers after the first. */
  readonly activation: ConvexActivation
  /** The free vector a of the term u·a; it is the bias of ∇f, and can be set from outside. */
  readonly bias: tf.Variable
  /** The weights after their positive maps, differentiable in the free weights. */
  weights(): ConvexWeights
  /** f(u), one number per row. @param u `[batch, dim]` @returns `[batch]` */
  value(u: tf.Tensor): tf.Tensor
}

/**
 * An input-convex network f: R^d → R, hidden layers l = 0 … L:
 *   a_0 = u A_0 + b_0, h_0 = r(a_0)² with the leaky ReLU r;
 *   a_l = h_{l−1} W_l + u A_l + b_l, h_l = s(a_l) with s convex and non-decreasing;
 *   f(u) = h_L w + u·a,
 * with W_l = softplus(V_l)/H and w = softplus(v), so that f is convex for every weight.
 *
 * @param parameters the store of the weights.
 * @param name name of the network in that store.
 * @param dim d, the dimension of u.
 * @param options `{ hidden, layers = 1, activation = 'smooth' }`.
 * @returns the network, with its value and weights.
 * @throws ArgumentError for a width that is not an integer ≥ 1, or an unknown activation.
 * @example
 * const f = lid.layers.inputConvex(lid.Parameters.from(1), 'f', 2, { hidden: 64 })
 * @see Amos, Xu, Kolter 2017, eq. 2; Wang, Blei, Cunningham 2021, section 3.
 */
export function inputConvex(
  parameters: Parameters,
  name: string,
  dim: number,
  options: InputConvexOptions,
): InputConvex {
  const { hidden, layers, activation } = resolveOptions(
    'inputConvex',
    options,
    INPUT_CONVEX_OPTIONS,
    '{ hidden: 64 }',
  )
  requireInteger('dim', dim)
  requireInteger('hidden', hidden)
  requireInteger('layers', layers, 0, MOST_LAYERS)
  if (activation !== 'smooth' && activation !== 'paper')
    throw new ArgumentError('activation', activation, alternatives(['smooth', 'paper']))
  const scope = parameters.scope(name)
  // 1/max(d, H), not 1/d: the initial slope is about 2H/d times A's scale, which is far too large for small
  // d.
  const start = normalInit(1 / Math.sqrt(Math.max(dim, hidden)))
  // One matrix per layer instead of one for all, so that their products run in parallel on two cores.
  const each = Array.from({ length: layers + 1 }, (_, l) => l)
  const A = each.map((l) => scope.variable(`A${l}`, [dim, hidden], start))
  const b = each.map((l) => scope.variable(`b${l}`, [hidden], constantInit(0)))
  const V = Array.from({ length: layers }, (_, l) =>
    scope.variable(`V${l + 1}`, [hidden, hidden], normalInit(0.1, inverseSoftplus(1))),
  )
  const v = scope.variable('v', [hidden], constantInit(inverseSoftplus(1)))
  const bias = scope.variable('a', [dim], constantInit(0))
  const weights = (): ConvexWeights => ({
    A,
    b,
    W: V.map((free) => tf.div(tf.softplus(free), hidden)),
    w: tf.softplus(v),
    a: bias,
  })
  return {
    dim,
    hidden,
    layers,
    activation,
    bias,
    weights,
    value: (u) => tf.tidy(() => value(u, weights(), activation)),
  }
}

function value(u: tf.Tensor, { A, b, W, w, a }: ConvexWeights, activation: ConvexActivation): tf.Tensor {
  const [first, ...rest] = A.map((matrix, l) => tf.add(matMul(u, matrix), b[l]))
  let h: tf.Tensor = tf.square(tf.leakyRelu(first, ALPHA))
  rest.forEach((affine, l) => {
    const sum = tf.add(matMul(h, W[l]), affine)
    h = activation === 'smooth' ? smoothLeaky(sum) : tf.leakyRelu(sum, ALPHA)
  })
  return tf.add(tf.sum(tf.mul(h, w), 1), tf.sum(tf.mul(u, a), 1))
}

/** s(a) = αa + (1 − α) softplus(a). */
const smoothLeaky = (x: tf.Tensor): tf.Tensor => tf.add(tf.mul(x, ALPHA), tf.mul(tf.softplus(x), 1 - ALPHA))
