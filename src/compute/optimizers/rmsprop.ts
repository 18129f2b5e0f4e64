import * as tf from '@tensorflow/tfjs'
import { requirePositive, requireShare } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { withProvenance } from '../../base/provenance'
import type { Optimizer, Rate } from './rule'

/** Options of `rmsprop`. */
export interface RmspropOptions {
  /** The learning rate, a number or a function of progress in [0, 1); 1e-3 by default. */
  rate?: Rate
  /** ρ, the share of the old mean square that is kept; 0.9 by default. */
  decay?: number
  /** The share of the last update that is repeated; 0 by default (the authors use 0.5). */
  momentum?: number
  /** ε, added under the root; 1e-8 by default. */
  epsilon?: number
  /**
   * Divide by the root of the variance, less the square of the mean gradient, rather than of the mean square;
   * false by default.
   */
  centered?: boolean
}

/**
 * RMSprop: s ← ρs + (1 − ρ)g², δ ← momentum · δ + rate · g/√(s + ε), θ ← θ − δ. On the native engine
 * TensorFlow's own fused operation.
 *
 * @param options `{ rate = 1e-3, decay = 0.9, momentum = 0, epsilon = 1e-8, centered = false }`; the rate may
 *   be a function of progress in [0, 1).
 * @returns the rule, for `fit`.
 * @throws ArgumentError when the rate is negative, ρ or the momentum is not from 0 to below 1, or ε is not
 *   above 0.
 * @example
 * lid.optimizers.rmsprop({ rate: 1e-3, momentum: 0.5 })
 * @see Tieleman & Hinton 2012, lecture 6.5.
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const { rate, decay, momentum, epsilon, centered } = resolveOptions('rmsprop', options, {
    rate: 1e-3,
    decay: 0.9,
    momentum: 0,
    epsilon: 1e-8,
    centered: false,
  })
  if (typeof rate === 'number') requirePositive('rate', rate, true)
  requireShare('decay', decay)
  requireShare('momentum', momentum)
  requirePositive('epsilon', epsilon)
  const mean = centered ? ['mean'] : []
  return withProvenance('rmsprop', [options], {
    name: 'rmsprop',
    rate,
    operation: centered ? 'ResourceApplyCenteredRMSProp' : 'ResourceApplyRMSProp',
    slots: [...mean, 'meanSquare', 'move'],
    inputs: ['weight', ...mean, 'meanSquare', 'move', 'rate', 'decay', 'momentum', 'epsilon', 'gradient'],
    flags: { use_locking: false },
    scalars: (now) => ({ rate: now, decay, momentum, epsilon }),
    update: (weight, slots, g, s) => {
      const [meanSquare, move] = slots.slice(-2)
      const average = (old: tf.Tensor, fresh: tf.Tensor) =>
        tf.add(tf.mul(old, decay), tf.mul(fresh, 1 - decay))
      const square = average(meanSquare, tf.square(g))
      const centre = centered ? [average(slots[0], g)] : []
      const spread = centre.length ? tf.sub(square, tf.square(centre[0])) : square
      const step = tf.add(tf.mul(move, momentum), tf.div(tf.mul(g, s.rate), tf.sqrt(tf.add(spread, epsilon))))
      return { weight: tf.sub(weight, step), slots: [...centre, square, step] }
    },
  } satisfies Optimizer)
}
