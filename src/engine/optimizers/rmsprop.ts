import * as tf from '@tensorflow/tfjs'
import { requirePositive } from '../../errors'
import type { Optimizer, Rate } from './rule'

/** Options of `rmsprop`. */
export interface RmspropOptions {
  /** The learning rate, a number or a function of progress in [0, 1); 1e-3 by default. */
  rate?: Rate
  /** ρ, the share of the old mean square that is kept; 0.9 by default. */
  decay?: number
  /** The share of the last move that is made again; 0 by default (the authors use 0.5). */
  momentum?: number
  /** ε, added under the root; 1e-8 by default. */
  epsilon?: number
}

/**
 * RMSprop: s ← ρs + (1 − ρ)g², δ ← momentum · δ + rate · g/√(s + ε), θ ← θ − δ. On the native engine TensorFlow's own fused operation.
 *
 * @param options `{ rate = 1e-3, decay = 0.9, momentum = 0, epsilon = 1e-8 }`; the rate may be a function of progress in [0, 1).
 * @returns the rule, for `fit`.
 * @throws ArgumentError when a setting is negative.
 * @example
 * lid.rmsprop({ rate: 1e-3, momentum: 0.5 })
 * @see Tieleman & Hinton 2012, lecture 6.5.
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const { rate = 1e-3, decay = 0.9, momentum = 0, epsilon = 1e-8 } = options
  if (typeof rate === 'number') requirePositive('rate', rate, true)
  requirePositive('decay', decay, true)
  requirePositive('momentum', momentum, true)
  requirePositive('epsilon', epsilon)
  return {
    name: 'rmsprop',
    rate,
    operation: 'ResourceApplyRMSProp',
    slots: ['meanSquare', 'move'],
    inputs: ['weight', 'meanSquare', 'move', 'rate', 'decay', 'momentum', 'epsilon', 'gradient'],
    flags: { use_locking: false },
    scalars: (now) => ({ rate: now, decay, momentum, epsilon }),
    update: (weight, [meanSquare, move], g, s) => {
      const square = tf.add(tf.mul(meanSquare, decay), tf.mul(tf.square(g), 1 - decay))
      const step = tf.add(tf.mul(move, momentum), tf.div(tf.mul(g, s.rate), tf.sqrt(tf.add(square, epsilon))))
      return { weight: tf.sub(weight, step), slots: [square, step] }
    },
  }
}
