import * as tf from '@tensorflow/tfjs'
import { leakyReluGrad } from '../compute/kernels/elementwise'
import { matMul, sideBySide } from '../compute/ops'
import type { Parameters } from '../compute/parameters'
import { requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { InjectivePart } from './injective'
import {
  INPUT_CONVEX_OPTIONS,
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
export interface Brenier extends InjectivePart {
  /** The convex function f; the map is the gradient of f(u) + μ‖u‖²/2. */
  readonly convex: InputConvex
  /** ‖g(u) − g(v)‖ ≥ μ‖u − v‖. */
  readonly mu: number
  /** The free vector a, an output bias that can be set from outside. */
  readonly bias: tf.Variable
  /**
   * g(h β + c), the map after an affine map of low rank. If K + 1 < batch, its products with the A_l are
   * taken over the K + 1 rows of β and c instead of the batch: u A_l = h (β A_l) + c A_l.
   * @param h `[batch, K]`
   * @param beta `[K, dim]`
   * @param c `[dim]`
   * @returns `[batch, dim]`
   */
  after(h: tf.Tensor, beta: tf.Tensor, c: tf.Tensor): tf.Tensor
}

/**
 * A Brenier map: the gradient of the strongly convex function f(u) + μ‖u‖²/2, where f is an input-convex
 * network,
 *   g(u) = ∇f(u) + μu, so that ‖g(u) − g(v)‖ ≥ μ‖u − v‖ for every weight: g is injective.
 * The value and the vector-Jacobian product have closed forms that cost a few matrix products.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param dim width of input and output.
 * @param options `{ hidden, layers = 1, activation = 'smooth', mu = 1 }`. With a small μ, text models can
 *   collapse in practice.
 * @returns the map as a layer.
 * @throws ArgumentError when μ ≤ 0 or a width is not an integer ≥ 1.
 * @example
 * const g = lid.layers.brenier(lid.Parameters.from(1), 'g', 16, { hidden: 64 })
 * g.apply(z) // [batch, 16]
 * @see Wang, Blei, Cunningham 2021, section 3 (Brenier maps).
 */
export function brenier(parameters: Parameters, name: string, dim: number, options: BrenierOptions): Brenier {
  const { mu, ...ofConvex } = resolveOptions(
    'brenier',
    options,
    { ...INPUT_CONVEX_OPTIONS, mu: 1 },
    '{ hidden: 64, mu: 1 }',
  )
  requirePositive('mu', mu)
  const convex = inputConvex(parameters, name, dim, ofConvex)
  const map = (x: tf.Tensor, factor?: tf.Tensor): tf.Tensor => {
    const { A, b, W, w, a } = convex.weights()
    const f = gradientMap(convex.activation, mu, W.length, factor !== undefined)
    return f(x, ...(factor ? [factor] : []), w, a, ...A, ...b, ...W)
  }
  return {
    from: dim,
    to: dim,
    kind: 'Brenier map',
    convex,
    mu,
    floor: mu,
    expansion: () => mu,
    bias: convex.bias,
    apply: (u) => map(u),
    after: (h, beta, c) =>
      beta.shape[0] + 1 < h.shape[0]
        ? map(tf.concat([h, tf.ones([h.shape[0], 1])], 1), tf.concat([beta, tf.expandDims(c, 0)]))
        : map(add(matMul(h, beta), c)),
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

/** x ⊙ s″, from s′: with σ = (s′ − α)/(1 − α), s″ = (1 − α)σ(1 − σ); zero almost everywhere for `'paper'`. */
const bend = (activation: ConvexActivation, x: tf.Tensor, slopes: tf.Tensor): tf.Tensor | undefined =>
  activation === 'paper'
    ? undefined
    : mul(mul(x, tf.sub(slopes, ALPHA)), tf.mul(tf.sub(1, slopes), 1 / (1 - ALPHA)))

/**
 * (u, w, a, A_0 … A_L, b_0 … b_L, W_1 … W_L) ↦ ∇f(u) + μu with a custom vector-Jacobian product; if factored,
 * (h, B, w, …) with u = hB.
 *
 * Forward: pre-activations p_l and slopes s′(p_l), then the chain d_L = w ⊙ s′(p_L), e_{l−1} = d_l W_lᵀ,
 * d_{l−1} = e_{l−1} ⊙ s′(p_{l−1}), and g = a + μu + Σ d_l A_lᵀ. Backward: the same two chains in reverse
 * order.
 */
const gradientMap = (activation: ConvexActivation, mu: number, layers: number, factored: boolean) =>
  tf.customGrad((...args) => {
    const save = args[args.length - 1] as unknown as (tensors: tf.Tensor[]) => void
    const [x, ...lists] = args.slice(0, -1) as tf.Tensor[]
    const B = factored ? lists.splice(0, 1) : []
    const [[w, a], A, b, W] = [
      lists.splice(0, 2),
      lists.splice(0, layers + 1),
      lists.splice(0, layers + 1),
      lists,
    ]
    const M = factored ? sideBySide(A, (matrix) => matMul(B[0], matrix)) : A
    const affine = sideBySide(M, (matrix, l) => add(matMul(x, matrix), b[l]))
    const h: tf.Tensor[] = [tf.square(tf.leakyRelu(affine[0], ALPHA))]
    // (r²)′ = 2 r r′, a leaky ReLU with slope α².
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
    const u = factored ? matMul(x, B[0]) : x
    const value = add(backThrough(d, A), add(tf.mul(u, mu), a))
    save([x, ...B, affine[0], ...A, ...(factored ? M : []), ...W, ...h, ...s, ...e, ...d])
    const gradFunc = (G: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      pullBack(activation, mu, layers, factored, G, saved)
    return { value, gradFunc }
  })

/** Σ x_l A_lᵀ. */
const backThrough = (x: tf.Tensor[], A: tf.Tensor[]): tf.Tensor =>
  sideBySide(x, (rows, l): tf.Tensor => matMul(rows, A[l], false, true)).reduce(add)

/** xᵀy + x′ᵀy′, as one product over the rows of both. */
const sumOfProducts = (x: tf.Tensor, y: tf.Tensor, x2: tf.Tensor, y2: tf.Tensor): tf.Tensor =>
  matMul(tf.concat([x, x2]), tf.concat([y, y2]), true)

/** The cotangents of the arguments of `gradientMap`, from the cotangent of g and the saved tensors. */
function pullBack(
  activation: ConvexActivation,
  mu: number,
  layers: number,
  factored: boolean,
  G: tf.Tensor,
  [x, ...lists]: tf.Tensor[],
): tf.Tensor[] {
  const next = (count: number): tf.Tensor[] => lists.splice(0, count)
  const [[B], [first], A] = [next(factored ? 1 : 0), next(1), next(layers + 1)]
  const [M, W, h] = [next(factored ? layers + 1 : 0), next(layers), next(Math.max(1, layers))]
  const [s, e, d] = [next(layers + 1), next(layers + 1), next(layers + 1)]
  // Along the chain that made d, from d_0 up to w: E_l is the cotangent of e_l, and bent[l] the contribution
  // to p_l through its slope.
  const E: tf.Tensor[] = []
  const bent: (tf.Tensor | undefined)[] = []
  const GA = sideBySide(A, (matrix) => matMul(G, matrix))
  for (let l = 0; l <= layers; l++) {
    const Gd = l ? add(GA[l], matMul(E[l - 1], W[l - 1])) : GA[l]
    bent[l] = l
      ? bend(activation, mul(Gd, e[l]), s[l])
      : leakyReluGrad(tf.mul(mul(Gd, e[0]), 2), first, ALPHA * ALPHA)
    E[l] = mul(Gd, s[l])
  }
  // Along the chain that made p, from p_L down to p_0.
  const P: tf.Tensor[] = []
  const GW: tf.Tensor[] = []
  for (let l = layers; l >= 0; l--) {
    const direct = bent[l]
    if (l === layers) {
      P[l] = direct ?? tf.zerosLike(s[l])
      continue
    }
    const through = mul(matMul(P[l + 1], W[l], false, true), s[l])
    P[l] = direct ? add(direct, through) : through
    GW[l] = sumOfProducts(E[l], d[l + 1], h[l], P[l + 1])
  }
  const ofWeights = (rows: tf.Tensor, cotangents: tf.Tensor[]): tf.Tensor[] => [
    tf.sum(E[layers], 0),
    tf.sum(G, 0),
    ...A.map((_, l): tf.Tensor => sumOfProducts(G, d[l], rows, cotangents[l])),
    ...P.map((p) => tf.sum(p, 0)),
    ...GW,
  ]
  if (!factored) return [add(backThrough(P, A), tf.mul(G, mu)), ...ofWeights(x, P)]
  // u A_l = h (B A_l): the cotangents of A_l and B go through the few rows of B A_l.
  const GM = P.map((p): tf.Tensor => matMul(x, p, true))
  return [
    add(backThrough(P, M), tf.mul(matMul(G, B, false, true), mu)),
    add(backThrough(GM, A), tf.mul(matMul(x, G, true), mu)),
    ...ofWeights(B, GM),
  ]
}
