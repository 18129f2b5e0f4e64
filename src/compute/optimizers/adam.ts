import * as tf from '@tensorflow/tfjs'
import { requirePositive, requireShare } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { withProvenance } from '../../base/provenance'
import type { Optimizer, Rate } from './rule'

/** Options of `adam`. */
export interface AdamOptions {
  /** The learning rate, a number or a function of progress in [0, 1); 1e-3 by default. */
  rate?: Rate
  /** β₁, the share of the old mean of gradients that is kept; 0.9 by default. */
  beta1?: number
  /** β₂, the same for their squares; 0.999 by default. */
  beta2?: number
  /** ε, added to √v; 1e-8 by default. */
  epsilon?: number
}

/**
 * Adam: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − rate · √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε). On the
 * native engine TensorFlow's own fused operation.
 *
 * @param options `{ rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }`; the rate may be a function of
 *   progress in [0, 1).
 * @returns the rule, for `fit`.
 * @throws ArgumentError when the rate is negative, β₁ or β₂ is not from 0 to below 1, or ε is not above 0.
 * @example
 * lid.optimizers.adam({ rate: (progress) => (progress < 0.7 ? 1e-3 : 2e-4) })
 * @see Kingma & Ba 2015, algorithm 1.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const { rate, beta1, beta2, epsilon } = resolveOptions('adam', options, {
    rate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
  })
  if (typeof rate === 'number') requirePositive('rate', rate, true)
  requireShare('beta1', beta1)
  requireShare('beta2', beta2)
  requirePositive('epsilon', epsilon)
  return withProvenance('adam', [options], {
    name: 'adam',
    rate,
    operation: 'ResourceApplyAdam',
    slots: ['m', 'v'],
    inputs: ['weight', 'm', 'v', 'beta1Power', 'beta2Power', 'rate', 'beta1', 'beta2', 'epsilon', 'gradient'],
    flags: { use_locking: false, use_nesterov: false },
    scalars: (now, step) => ({
      beta1Power: beta1 ** step,
      beta2Power: beta2 ** step,
      rate: now,
      beta1,
      beta2,
      epsilon,
    }),
    update: (weight, [m, v], g, s) => {
      const mean = tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1))
      const square = tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2))
      const scaled = (s.rate * Math.sqrt(1 - s.beta2Power)) / (1 - s.beta1Power)
      const move = tf.div(tf.mul(mean, scaled), tf.add(tf.sqrt(square), s.epsilon))
      return { weight: tf.sub(weight, move), slots: [mean, square] }
    },
  } satisfies Optimizer)
}
