import * as tf from '@tensorflow/tfjs'
import { leakyReluGrad } from '../engine/kernels/elementwise'
import { matMul, pieces } from '../engine/ops'
import type { Parameters } from '../engine/parameters'
import { requirePositive } from '../errors'
import type { Layer } from './dense'
import {
  ALPHA,
  inputConvex,
  type ConvexActivation,
  type InputConvex,
  type InputConvexOptions,
} from './inputConvex'

/** Options of `brenier`. */
export interface BrenierOptions extends InputConvexOptions {
  /** μ > 0, the modulus of strong monotonicity; 1 by default. */
  mu?: number
}

/** A Brenier map g = ∇f + μu. */
export interface Brenier extends Layer {
  /** The convex function whose gradient it is, less μ‖u‖²/2. */
  readonly convex: InputConvex
  /** ‖g(u) − g(v)‖ ≥ μ‖u − v‖. */
  readonly mu: number
  /** The free vector a, an output bias that can be set from outside. */
  readonly bias: tf.Variable
}

/**
 * A Brenier map, the gradient of the strongly convex function f(u) + μ‖u‖²/2, f an input-convex network:
 *   g(u) = ∇f(u) + μu, so that ‖g(u) − g(v)‖ ≥ μ‖u − v‖ for every weight: g is injective.
 * Value and vector-Jacobian product are in closed form, at the cost of a few matrix products.
 *
 * @param parameters where its weights are kept.
 * @param name its name among them.
 * @param dim width of input and output.
 * @param options `{ hidden, layers = 1, activation = 'smooth', mu = 1 }`. μ is a dial: a small one lets text models collapse in practice.
 * @returns the map as a layer.
 * @throws ArgumentError when μ ≤ 0 or a width is not a whole number ≥ 1.
 * @example
 * const g = lid.brenier(lid.Parameters.from(1), 'g', 16, { hidden: 64 })
 * g.apply(z) // [batch, 16]
 * @see Wang, Blei, Cunningham 2021, section 3 (Brenier maps).
 */
export function brenier(parameters: Parameters, name: string, dim: number, options: BrenierOptions): Brenier {
  const { mu = 1 } = options
  requirePositive('mu', mu)
  const convex = inputConvex(parameters, name, dim, options)
  return {
    from: dim,
    to: dim,
    convex,
    mu,
    bias: convex.bias,
    apply: (u) => {
      const { A, b, W, w, a } = convex.weights()
      return gradientMap(convex.activation, mu, W.length)(u, A, b, w, a, ...W)
    },
  }
}

const mul = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.mul(x, y)
const add = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.add(x, y)

/** s of a hidden layer after the first. */
const activate = (activation: ConvexActivation, p: tf.Tensor): tf.Tensor =>
  activation === 'paper' ? tf.leakyRelu(p, ALPHA) : add(tf.mul(p, ALPHA), tf.mul(tf.softplus(p), 1 - ALPHA))

/** s′ of a hidden layer after the first; tf.step(p, α) is the derivative of leaky ReLU exactly. */
const slope = (activation: ConvexActivation, p: tf.Tensor): tf.Tensor =>
  activation === 'paper' ? tf.step(p, ALPHA) : tf.add(tf.mul(tf.sigmoid(p), 1 - ALPHA), ALPHA)

/** x ⊙ s″, from s′: with σ = (s′ − α)/(1 − α), s″ = (1 − α)σ(1 − σ); zero almost everywhere for the kinked one. */
const bend = (activation: ConvexActivation, x: tf.Tensor, slopes: tf.Tensor): tf.Tensor | undefined =>
  activation === 'paper'
    ? undefined
    : mul(mul(x, tf.sub(slopes, ALPHA)), tf.mul(tf.sub(1, slopes), 1 / (1 - ALPHA)))

/**
 * (u, A, b, w, a, W_1 … W_L) ↦ ∇f(u) + μu with its own vector-Jacobian product.
 *
 * Forwards: pre-activations p_l and slopes s′(p_l), then the chain d_L = w ⊙ s′(p_L), e_{l−1} = d_l W_lᵀ, d_{l−1} = e_{l−1} ⊙ s′(p_{l−1}), and
 * g = a + μu + Σ d_l A_lᵀ. Backwards the same two chains are walked in reverse order. The A_l lie side by side in one matrix, so that each
 * walk costs one large product for all of them.
 */
const gradientMap = (activation: ConvexActivation, mu: number, layers: number) =>
  tf.customGrad((...args) => {
    const save = args[args.length - 1] as unknown as (tensors: tf.Tensor[]) => void
    const [u, A, b, w, a, ...W] = args.slice(0, -1) as tf.Tensor[]
    const affine = pieces(add(matMul(u, A), b), layers + 1)
    const h: tf.Tensor[] = [tf.square(tf.leakyRelu(affine[0], ALPHA))]
    // (r²)′ = 2 r r′, which is leaky ReLU again, with slope α².
    const s: tf.Tensor[] = [tf.mul(tf.leakyRelu(affine[0], ALPHA * ALPHA), 2)]
    for (let l = 1; l <= layers; l++) {
      const p = add(matMul(h[l - 1], W[l - 1]), affine[l])
      s[l] = slope(activation, p)
      if (l < layers) h[l] = activate(activation, p)
    }
    const e: tf.Tensor[] = []
    const d: tf.Tensor[] = []
    for (let l = layers; l >= 0; l--) {
      e[l] = l === layers ? w : matMul(d[l + 1], W[l], false, true)
      d[l] = mul(e[l], s[l])
    }
    const D = layers ? tf.concat(d, 1) : d[0]
    const value = add(add(matMul(D, A, false, true), a), tf.mul(u, mu))
    save([u, A, D, affine[0], ...W, ...h, ...s, ...e, ...d])
    const gradFunc = (G: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      pullBack(activation, mu, layers, G, saved)
    return { value, gradFunc }
  })

/** The cotangents of (u, A, b, w, a, W_1 … W_L) from that of g and what the forward pass saved. */
function pullBack(
  activation: ConvexActivation,
  mu: number,
  layers: number,
  G: tf.Tensor,
  [u, A, D, first, ...lists]: tf.Tensor[],
): tf.Tensor[] {
  const next = (count: number): tf.Tensor[] => lists.splice(0, count)
  const [W, h, s, e, d] = [
    next(layers),
    next(Math.max(1, layers)),
    next(layers + 1),
    next(layers + 1),
    next(layers + 1),
  ]
  const GW: tf.Tensor[] = []
  // Along the chain that made d, from d_0 up to w: E is the cotangent of e_l, bent[l] what reaches p_l through its slope.
  const GD = pieces(matMul(G, A), layers + 1)
  const bent: (tf.Tensor | undefined)[] = []
  let E = GD[0]
  for (let l = 0; l <= layers; l++) {
    const Gd = l ? add(GD[l], matMul(E, W[l - 1])) : GD[0]
    if (l) GW[l - 1] = matMul(E, d[l], true)
    bent[l] = l
      ? bend(activation, mul(Gd, e[l]), s[l])
      : leakyReluGrad(tf.mul(mul(Gd, e[0]), 2), first, ALPHA * ALPHA)
    E = mul(Gd, s[l])
  }
  // Along the chain that made p, from p_L down to u.
  const GP: tf.Tensor[] = []
  for (let l = layers; l >= 0; l--) {
    const direct = bent[l]
    if (l === layers) {
      GP[l] = direct ?? tf.zerosLike(s[l])
      continue
    }
    const through = mul(matMul(GP[l + 1], W[l], false, true), s[l])
    GP[l] = direct ? add(direct, through) : through
    GW[l] = add(GW[l], matMul(h[l], GP[l + 1], true))
  }
  const P = layers ? tf.concat(GP, 1) : GP[0]
  return [
    add(matMul(P, A, false, true), tf.mul(G, mu)),
    add(matMul(G, D, true), matMul(u, P, true)),
    tf.sum(P, 0),
    tf.sum(E, 0),
    tf.sum(G, 0),
    ...GW,
  ]
}
