import * as tf from '@tensorflow/tfjs'
import { matMul } from '../compute/ops'
import { constantInit, uniformInit, type Parameters } from '../compute/parameters'
import { alternatives, ArgumentError, MOST_LAYERS, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import type { ContextBuilder, ContextWiring } from './context'

/** Options of `made`. */
export interface MadeOptions {
  /** Units in each hidden layer; the model's `hidden` by default. */
  hidden?: number
  /** Hidden layers; 1 by default. */
  layers?: number
  /**
   * Where z enters: `'hidden'`, the hidden layers (by default in a `vae` or `gmvae` without the option
   * `decoder`), or `'output'`, to which the model's decoder is added (by default elsewhere).
   */
  wiring?: ContextWiring
}

/**
 * A masked autoregressive network (MADE): each feature given those before it in the row, all in one pass.
 * Hidden unit k has a degree m_k from 0 to D − 1 and sees x_1 … x_{m_k}; feature d sees the units of a degree
 * below d, and x_1 … x_{d−1} themselves:
 *   h = relu(x (W ∘ M) + b), f(x)_d = (h V)_d + (x A)_d + c_d, with 0 wherever a degree forbids it.
 * With wiring `'output'`, η(z, x)_d = g(z)_d + f(x_<d)_d, g the model's decoder: the likelihood is injective in
 * z if g is. With `'hidden'`, z enters every hidden layer, and the network may ignore it.
 *
 * @param options `{ hidden, layers = 1, wiring }`.
 * @returns the builder, for a model's option `context`.
 * @throws ArgumentError for an unknown wiring or a width that is not an integer ≥ 1.
 * @example
 * const model = lid.lidvae({ likelihood: lid.bernoulli(784), latent: 16, context: lid.parts.made({ hidden: 256 }) })
 * @see Germain, Gregor, Murray, Larochelle 2015, eq. 8 to 14, with the direct connections of section 4.
 */
export function made(options: MadeOptions = {}): ContextBuilder {
  const resolved = resolveOptions('made', options, { hidden: undefined, layers: 1, wiring: undefined })
  const { layers } = resolved
  const wirings = ['hidden', 'output']
  if (resolved.wiring !== undefined && !wirings.includes(resolved.wiring))
    throw new ArgumentError('wiring', resolved.wiring, alternatives(wirings))
  if (resolved.hidden !== undefined) requireInteger('hidden', resolved.hidden)
  requireInteger('layers', layers, 1, MOST_LAYERS)
  const build: ContextBuilder = (parameters, dim, latent, usual) => {
    const { hidden = usual.hidden, wiring = usual.wiring } = resolved
    const scope = parameters.scope('context')
    const seen = Array.from({ length: dim }, (_, i) => i + 1)
    const degrees = Array.from({ length: hidden }, (_, k) => Math.floor((k * dim) / hidden))
    const before = Array.from({ length: dim }, (_, i) => i)
    const ofZ = wiring === 'hidden' ? latent : 0
    const hiddens = Array.from({ length: layers }, (_, l) =>
      hiddenLayer(scope.scope(String(l)), l === 0 ? seen : degrees, degrees, ofZ),
    )
    const V = masked(scope, 'V', degrees, before)
    const A = masked(scope, 'A', seen, before, 0)
    const bias = scope.variable('c', [dim], constantInit(0))
    return {
      wiring,
      bias,
      apply(x, z) {
        const codes = ofZ ? z : undefined
        const [batch, samples] = codes ? codes.shape : [x.shape[0], 1]
        const rows = codes && tf.reshape(codes, [batch * samples, latent])
        const spread = (h: tf.Tensor): tf.Tensor =>
          samples === 1 ? h : tf.reshape(repeated(h, samples), [batch * samples, hidden])
        const h = hiddens.reduce((input, layer, l) => {
          const ofX = layer.ofX(input)
          return tf.relu(rows ? tf.add(l === 0 ? spread(ofX) : ofX, layer.ofZ(rows)) : ofX)
        }, x)
        const direct = tf.add(matMul(x, A()), bias)
        return tf.add(tf.reshape(matMul(h, V()), [batch, samples, dim]), tf.expandDims(direct, 1))
      },
    }
  }
  return withProvenance('made', [options], build)
}

/** A hidden layer: its part of x or of the layer before, with a bias, and its part of z. */
function hiddenLayer(scope: Parameters, from: readonly number[], to: readonly number[], latent: number) {
  const W = masked(scope, 'W', from, to)
  const b = scope.variable('b', [to.length], uniformInit(1 / Math.sqrt(from.length)))
  const U = latent ? scope.variable('U', [latent, to.length], uniformInit(1 / Math.sqrt(latent))) : undefined
  return {
    ofX: (h: tf.Tensor): tf.Tensor => tf.add(matMul(h, W()), b),
    ofZ: (z: tf.Tensor): tf.Tensor => matMul(z, U!),
  }
}

/** A matrix that is zero wherever the degree of the input is above that of the output. */
function masked(
  scope: Parameters,
  name: string,
  from: readonly number[],
  to: readonly number[],
  limit = 1 / Math.sqrt(from.length),
): () => tf.Tensor {
  const weight = scope.variable(name, [from.length, to.length], uniformInit(limit))
  return () => {
    const allowed = tf.lessEqual(
      tf.tensor2d([...from], [from.length, 1]),
      tf.tensor2d([...to], [1, to.length]),
    )
    return tf.mul(weight, tf.cast(allowed, 'float32'))
  }
}

/** Each row once per sample; the gradient is one sum, where that of `tf.tile` takes one slice per copy. */
const repeated = (h: tf.Tensor, samples: number): tf.Tensor =>
  tf.add(tf.zeros([h.shape[0], samples, h.shape[1]!]), tf.expandDims(h, 1))
