import * as tf from '@tensorflow/tfjs'
import { requirePositive, requireShare } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { withProvenance } from '../../base/provenance'
import type { Optimizer, Rate } from './rule'

/** Options of `sgd`. */
export interface SgdOptions {
  /** The learning rate, a number or a function of progress in [0, 1); 0.1 by default. */
  rate?: Rate
  /** The share of the accumulated gradient that is kept; 0 by default. */
  momentum?: number
  /** Nesterov's variant: the gradient counts once more, ahead; false by default. */
  nesterov?: boolean
}

/**
 * Stochastic gradient descent with momentum: a ← momentum · a + g, θ ← θ − rate · a. On the native engine
 * TensorFlow's own fused operation.
 *
 * @param options `{ rate = 0.1, momentum = 0, nesterov = false }`; the rate may be a function of progress in
 *   [0, 1).
 * @returns the rule, for `fit`.
 * @throws ArgumentError when the rate is negative, or the momentum is not from 0 to below 1.
 * @example
 * lid.optimizers.sgd({ rate: 1, momentum: 0.9 })
 * @see Polyak 1964.
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { rate, momentum, nesterov } = resolveOptions('sgd', options, {
    rate: 0.1,
    momentum: 0,
    nesterov: false,
  })
  if (typeof rate === 'number') requirePositive('rate', rate, true)
  requireShare('momentum', momentum)
  return withProvenance('sgd', [options], {
    name: 'sgd',
    rate,
    operation: 'ResourceApplyMomentum',
    slots: ['accumulated'],
    inputs: ['weight', 'accumulated', 'rate', 'gradient', 'momentum'],
    flags: { use_locking: false, use_nesterov: nesterov },
    scalars: (now) => ({ rate: now, momentum }),
    update: (weight, [accumulated], g, s) => {
      const sum = tf.add(tf.mul(accumulated, momentum), g)
      const move = nesterov ? tf.add(g, tf.mul(sum, momentum)) : sum
      return { weight: tf.sub(weight, tf.mul(move, s.rate)), slots: [sum] }
    },
  } satisfies Optimizer)
}
