import * as tf from '@tensorflow/tfjs'
import { requirePositive } from '../../errors'
import type { Optimizer, Rate } from './rule'

/** Options of `sgd`. */
export interface SgdOptions {
  /** The learning rate, a number or a function of progress in [0, 1); 0.1 by default. */
  rate?: Rate
  /** The share of the accumulated gradient that is kept; 0 by default. */
  momentum?: number
}

/**
 * Stochastic gradient descent with momentum: a ← momentum · a + g, θ ← θ − rate · a. On the native engine TensorFlow's own fused operation.
 *
 * @param options `{ rate = 0.1, momentum = 0 }`; the rate may be a function of progress in [0, 1).
 * @returns the rule, for `fit`.
 * @throws ArgumentError when a setting is negative.
 * @example
 * lid.sgd({ rate: 1, momentum: 0.9 })
 * @see Polyak 1964.
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { rate = 0.1, momentum = 0 } = options
  if (typeof rate === 'number') requirePositive('rate', rate, true)
  requirePositive('momentum', momentum, true)
  return {
    name: 'sgd',
    rate,
    operation: 'ResourceApplyMomentum',
    slots: ['accumulated'],
    inputs: ['weight', 'accumulated', 'rate', 'gradient', 'momentum'],
    flags: { use_locking: false, use_nesterov: false },
    scalars: (now) => ({ rate: now, momentum }),
    update: (weight, [accumulated], g, s) => {
      const sum = tf.add(tf.mul(accumulated, momentum), g)
      return { weight: tf.sub(weight, tf.mul(sum, s.rate)), slots: [sum] }
    },
  }
}
