import * as tf from '@tensorflow/tfjs'
import { Matrix } from 'ml-matrix'
import { tanhGrad } from '../compute/kernels/elementwise'
import { matMul } from '../compute/ops'
import { constantInit, inverseSoftplus, normalInit, type Parameters } from '../compute/parameters'
import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { type OptionDefaults, resolveOptions } from '../base/options'
import type { InjectivePart } from './injective'
import { squaredNormBound } from './squaredNorm'

/** Options of `twist`. */
export interface TwistOptions {
  /** H, hidden units. */
  hidden: number
  /** μ > 0, the modulus of strong monotonicity; 1 by default. */
  mu?: number
  /** The share of hidden units that saturate, from 0 to 1; 0.25 by default. */
  saturating?: number
}

/** Their defaults. */
export const TWIST_OPTIONS = {
  hidden: undefined,
  mu: 1,
  saturating: 0.25,
} satisfies OptionDefaults<TwistOptions>

/** A strongly monotone layer T; a Brenier map where V = A. */
export interface Twist extends InjectivePart {
  /** ⟨T(u) − T(v), u − v⟩ ≥ μ‖u − v‖² for every weight. */
  readonly mu: number
  /** The free vector a. */
  readonly bias: tf.Variable
  /** The map after an affine map of low rank. */
  after(h: tf.Tensor, beta: tf.Tensor, c: tf.Tensor): tf.Tensor
}

/** Standard deviation of V at the start, in units of that of A. */
const TURN = 0.3
/** A quarter, and what float32 may lose in N. */
const QUARTER = 0.25 * (1 + 1e-6)

/**
 * A twist layer, a strongly monotone map R^d → R^d of one hidden layer:
 *   T(u) = a + (μ + N(V − A)/4 + softplus(s)) u + V φ(Aᵀu + b), N(K) ≥ ‖K‖², φ elementwise, non-decreasing
 *   and 1-Lipschitz: ReLU, and τ tanh(·/τ) for the last units;
 * so that ⟨T(u) − T(v), u − v⟩ ≥ (μ + softplus(s)) ‖u − v‖² and ‖T(u) − T(v)‖ ≥ μ ‖u − v‖ for every weight.
 * If V = A it is the gradient of a convex function, a Brenier map; V − A is what turns. It starts near the
 * identity, and its value and vector-Jacobian product cost two products each with A and V.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param dim d, width of input and output.
 * @param options `{ hidden, mu = 1, saturating = 0.25 }`.
 * @returns the map as a layer.
 * @throws ArgumentError when μ ≤ 0, a width is not an integer ≥ 1, or the share is not within [0, 1].
 * @example
 * const map = lid.layers.twist(lid.Parameters.from(1), 'map', 2, { hidden: 64, mu: 0.1 })
 * map.apply(z) // [batch, 2]
 * @see docs/injective-maps.md for the proof; Wang, Dvijotham, Manchester 2024 (BiLipNet).
 */
export function twist(parameters: Parameters, name: string, dim: number, options: TwistOptions): Twist {
  const { hidden, mu, saturating } = resolveOptions('twist', options, TWIST_OPTIONS, '{ hidden: 64 }')
  requireInteger('dim', dim)
  requireInteger('hidden', hidden)
  requirePositive('mu', mu)
  requireSaturating(saturating)
  const scope = parameters.scope(name)
  const scale = 1 / Math.sqrt(Math.max(dim, hidden))
  // The kinks are spread over where u lies.
  const spread = scale * Math.sqrt(dim / 2)
  const A = scope.variable('A', [dim, hidden], normalInit(scale))
  const V = scope.variable('V', [dim, hidden], normalInit(TURN * scale))
  const b = scope.variable('b', [hidden], normalInit(spread))
  const a = scope.variable('a', [dim], constantInit(0))
  const free = Math.max(0.05, 1 - mu - squaredNorm(V.dataSync(), A.dataSync(), dim) / 4)
  const s = scope.variable('s', [], constantInit(inverseSoftplus(free)))
  const bent = Math.round(saturating * hidden)
  const logTau = bent ? scope.variable('logTau', [bent], constantInit(Math.log(spread))) : undefined
  const slope = (): tf.Tensor =>
    tf.add(tf.add(tf.softplus(s), mu), tf.mul(squaredNormBound(tf.sub(V, A)), QUARTER))
  const outer = (u: tf.Tensor, p: tf.Tensor): tf.Tensor =>
    outerMap(bent)(u, p, slope(), V, a, ...(logTau ? [tf.exp(logTau)] : []))
  const apply = (u: tf.Tensor): tf.Tensor => outer(u, tf.add(matMul(u, A), b))
  return {
    from: dim,
    to: dim,
    kind: 'twist layer',
    mu,
    floor: mu,
    bias: a,
    expansion: () => mu + softplus(s.dataSync()[0]),
    apply,
    after: (h, beta, c) => {
      const u = tf.add(matMul(h, beta), c)
      if (beta.shape[0] + 1 >= h.shape[0]) return apply(u)
      const offset = tf.add(matMul(tf.expandDims(c, 0), A), b)
      return outer(u, tf.add(matMul(h, matMul(beta, A)), offset))
    },
  }
}

/** Throws unless `value` is a share in [0, 1]. */
export function requireSaturating(value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw new ArgumentError('saturating', value, 'a number from 0 to 1', 'It is a share of the hidden units.')
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** ‖V − A‖² at the start, by the bound's formula but in double precision, the same on every engine. */
function squaredNorm(V: ArrayLike<number>, A: ArrayLike<number>, dim: number): number {
  const columns = A.length / dim
  const K = new Matrix(dim, columns)
  for (let i = 0; i < A.length; i++) K.set(Math.floor(i / columns), i % columns, V[i] - A[i])
  const G = dim <= columns ? K.mmul(K.transpose()) : K.transpose().mmul(K)
  if (G.rows === 2) {
    const half = G.trace() / 2
    return half + Math.hypot((G.get(0, 0) - G.get(1, 1)) / 2, G.get(0, 1))
  }
  const square = G.mmul(G)
  return square.mmul(square).norm('frobenius') ** 0.25
}

/**
 * (u, p, slope, V, a, τ) ↦ a + slope u + V φ(p), rows of u and p, with a custom vector-Jacobian product.
 *
 * Backward, from the cotangent G: G Σ to a, slope G to u, Σ G ⊙ u to slope, Gᵀ φ(p) to V, P = (G V) ⊙ φ′(p) to
 * p, and Σ ((G V) ⊙ φ(p) − P ⊙ p)/τ to τ, since φ = τ tanh(p/τ) is homogeneous of degree 1 in (p, τ).
 */
const outerMap = (bent: number) =>
  tf.customGrad((...args) => {
    const save = args[args.length - 1] as unknown as (tensors: tf.Tensor[]) => void
    const [u, p, slope, V, a, tau] = args.slice(0, -1) as tf.Tensor[]
    const width = p.shape[1]!
    const [kinked, smooth] = parts(p, width, bent)
    const q = smooth && tf.tanh(tf.div(smooth, tau))
    const h = joined(kinked && tf.relu(kinked), q && tf.mul(q, tau))
    const value = tf.add(tf.add(tf.mul(u, slope), a), matMul(h, V, false, true))
    save([u, p, slope, V, h, ...(q ? [q, tau] : [])])
    const gradFunc = (G: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [su, sp, sslope, sV, sh, sq, stau] = saved
      const GV = matMul(G, sV)
      const [ofKinked, ofSmooth] = parts(GV, width, bent)
      const [kinks] = parts(sp, width, bent)
      const P = joined(
        ofKinked && kinks && tf.mul(ofKinked, tf.step(kinks)),
        ofSmooth && tanhGrad(ofSmooth, sq),
      )
      const ofTau = (): tf.Tensor => {
        const all = tf.sum(tf.sub(tf.mul(GV, sh), tf.mul(P, sp)), 0)
        return tf.div(tf.slice(all, [width - bent], [bent]), stau)
      }
      return [
        tf.mul(G, sslope),
        P,
        tf.sum(tf.mul(G, su)),
        matMul(G, sh, true),
        tf.sum(G, 0),
        ...(bent ? [ofTau()] : []),
      ]
    }
    return { value, gradFunc }
  })

/** The columns of the kinked units, and of those that saturate; undefined where there are none. */
function parts(x: tf.Tensor, width: number, bent: number): [tf.Tensor | undefined, tf.Tensor | undefined] {
  if (bent === 0) return [x, undefined]
  if (bent === width) return [undefined, x]
  const [first, last] = tf.split(x, [width - bent, bent], 1)
  return [first, last]
}

const joined = (first: tf.Tensor | undefined, last: tf.Tensor | undefined): tf.Tensor =>
  first && last ? tf.concat([first, last], 1) : (first ?? last)!
