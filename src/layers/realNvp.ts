import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'
import { constantInit, type Parameters } from '../compute/parameters'
import { ArgumentError, MOST_LAYERS, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import { dense } from './dense'
import type { InjectivePart } from './injective'

/** An invertible map of z, with the log-determinant of its Jacobian, per unit. */
export interface Flow {
  /** Number of units of z. */
  readonly latent: number
  /**
   * z from z₀, and each unit's contribution to log |det ∂z/∂z₀|.
   * @param base `[…, latent]`
   * @returns two tensors `[…, latent]`
   */
  forward(base: tf.Tensor): { z: tf.Tensor; logDet: tf.Tensor }
  /**
   * z₀ from z, and each unit's contribution to log |det ∂z/∂z₀| there.
   * @param z `[…, latent]`
   * @returns two tensors `[…, latent]`
   */
  inverse(z: tf.Tensor): { base: tf.Tensor; logDet: tf.Tensor }
}

/** Makes a flow once the model's number of latent units is known. */
export type FlowBuilder = (parameters: Parameters, latent: number) => Flow

/** Options of `realNvp`. */
export interface RealNvpOptions {
  /** Number of successive couplings; 2 by default, as in the paper. */
  couplings?: number
  /** Units in the hidden layer of each coupling's network; 128 by default, as in the paper. */
  hidden?: number
}

interface Coupling {
  /** Log-scales and shifts of the moved units, from the kept units. */
  readonly net: (kept: tf.Tensor) => { logScale: tf.Tensor; shift: tf.Tensor }
  /** True if the first units are kept and the last are moved. */
  readonly keepsFirst: boolean
}

/**
 * A RealNVP flow as the last part of a posterior: q(z|x) is the distribution of f(z₀), z₀ ~ N(mean(x),
 * sd(x)²). Each coupling keeps half of the units, a, and moves the other half, b ↦ b ⊙ e^{s(a)} + t(a). The
 * halves alternate, and log |det| = Σ s(a). s = 2 tanh(·/2) keeps scales within e^±2. Initially the flow is
 * the identity.
 *
 * @param options `{ couplings = 2, hidden = 128 }`.
 * @returns the builder, for a model's option `flow`.
 * @throws ArgumentError if an option is not an integer ≥ 1; or, when the model is built, if it has only one
 *   latent unit.
 * @example
 * const model = lid.lidvae({ likelihood: lid.bernoulli(784), latent: 16, flow: lid.layers.realNvp(), seed: 1 })
 * @see Dinh, Sohl-Dickstein, Bengio 2017, section 3; Rezende & Mohamed 2015, eq. 13.
 */
export function realNvp(options: RealNvpOptions = {}): FlowBuilder {
  const { couplings, hidden } = resolveOptions('realNvp', options, { couplings: 2, hidden: 128 })
  requireInteger('couplings', couplings, 1, MOST_LAYERS)
  requireInteger('hidden', hidden)
  const build: FlowBuilder = (parameters, latent) => {
    if (latent < 2)
      throw new ArgumentError(
        'latent',
        latent,
        'at least 2 with a realNvp flow',
        'A coupling keeps some units and moves the others.',
      )
    return couplingsIn(parameters.scope('flow'), latent, couplings, hidden).flow
  }
  return withProvenance('realNvp', [options], build)
}

/** The couplings themselves, with the weights in this scope. */
function couplingsIn(
  scope: Parameters,
  latent: number,
  couplings: number,
  hidden: number,
): { flow: Flow; apply: (x: tf.Tensor) => tf.Tensor } {
  const half = Math.ceil(latent / 2)
  const all = Array.from({ length: couplings }, (_, i) =>
    coupling(scope.scope(String(i)), i % 2 === 0, half, latent - half, hidden),
  )
  const flow: Flow = {
    latent,
    forward: (base) => {
      const { out, logDet } = walk(base, latent, half, all, forwards)
      return { z: out, logDet }
    },
    inverse: (z) => {
      const { out, logDet } = walk(z, latent, half, [...all].reverse(), backwards)
      return { base: out, logDet }
    },
  }
  // The same without the determinant, of rows.
  const apply = (x: tf.Tensor): tf.Tensor => {
    const move = ([first, last]: tf.Tensor[], { keepsFirst, net }: Coupling): tf.Tensor[] =>
      keepsFirst ? [first, forwards(last, net(first))] : [forwards(first, net(last)), last]
    return tf.concat(all.reduce(move, tf.split(x, [half, latent - half], 1)), 1)
  }
  return { flow, apply }
}

/** A coupling flow as a part of an injective map. */
export interface CouplingFlow extends InjectivePart {
  /** The flow, with its inverse and log-determinant. */
  readonly flow: Flow
}

/**
 * A coupling flow as a part of an injective map: invertible for every weight, and without a global constant.
 * Its scales are within e^±2 a coupling, but its shifts can have any slope, and that of the inverse is as
 * large: no number bounds ‖f(u) − f(v)‖/‖u − v‖ from below for all u and v.
 *
 * @param parameters the store of the weights.
 * @param name name of the layer in that store.
 * @param dim d ≥ 2, width of input and output.
 * @param options `{ couplings = 2, hidden = 128 }`.
 * @returns the map as a layer.
 * @throws ArgumentError when dim < 2, or an option is not an integer ≥ 1.
 * @example
 * const flow = lid.layers.couplingFlow(lid.Parameters.from(1), 'flow', 2, { couplings: 4, hidden: 64 })
 * @see Dinh, Sohl-Dickstein, Bengio 2017, section 3.
 */
export function couplingFlow(
  parameters: Parameters,
  name: string,
  dim: number,
  options: RealNvpOptions = {},
): CouplingFlow {
  const { couplings, hidden } = resolveOptions('couplingFlow', options, { couplings: 2, hidden: 128 })
  requireInteger('dim', dim)
  requireInteger('couplings', couplings, 1, MOST_LAYERS)
  requireInteger('hidden', hidden)
  if (dim < 2)
    throw new ArgumentError('dim', dim, 'at least 2', 'A coupling keeps some units and moves the others.')
  const { flow, apply } = couplingsIn(parameters.scope(name), dim, couplings, hidden)
  return {
    from: dim,
    to: dim,
    kind: 'coupling flow',
    flow,
    expansion: () => undefined,
    apply,
  }
}

function coupling(
  scope: Parameters,
  keepsFirst: boolean,
  first: number,
  last: number,
  hidden: number,
): Coupling {
  const [kept, moved] = keepsFirst ? [first, last] : [last, first]
  const body = dense(scope, 'body', kept, hidden)
  const W = scope.variable('W', [hidden, 2 * moved], constantInit(0))
  const b = scope.variable('b', [2 * moved], constantInit(0))
  return {
    keepsFirst,
    net: (x) => {
      const [free, shift] = tf.split(tf.add<tf.Tensor2D>(matMul(tf.relu(body.apply(x)), W), b), 2, 1)
      return { logScale: tf.mul(2, tf.tanh(tf.div(free, 2))), shift }
    },
  }
}

type Move = (x: tf.Tensor, net: ReturnType<Coupling['net']>) => tf.Tensor
const forwards: Move = (x, { logScale, shift }) => tf.add(tf.mul(x, tf.exp(logScale)), shift)
const backwards: Move = (x, { logScale, shift }) => tf.mul(tf.sub(x, shift), tf.exp(tf.neg(logScale)))

/** Applies the couplings in order. The determinant is always that of the forward map. */
function walk(
  x: tf.Tensor,
  latent: number,
  half: number,
  couplings: readonly Coupling[],
  move: Move,
): { out: tf.Tensor; logDet: tf.Tensor } {
  let [first, last] = tf.split(tf.reshape(x, [-1, latent]), [half, latent - half], 1)
  let [ofFirst, ofLast] = [tf.zerosLike(first), tf.zerosLike(last)]
  for (const each of couplings) {
    const scales = each.net(each.keepsFirst ? first : last)
    if (each.keepsFirst) {
      last = move(last, scales)
      ofLast = tf.add(ofLast, scales.logScale)
    } else {
      first = move(first, scales)
      ofFirst = tf.add(ofFirst, scales.logScale)
    }
  }
  return {
    out: tf.reshape(tf.concat([first, last], 1), x.shape),
    logDet: tf.reshape(tf.concat([ofFirst, ofLast], 1), x.shape),
  }
}
