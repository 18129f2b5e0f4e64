import type * as tf from '@tensorflow/tfjs'
import { ArgumentError } from '../../base/errors'
import { adam } from './adam'
import { rmsprop } from './rmsprop'
import { notOfTotal, type Optimizer } from './rule'
import { sgd } from './sgd'

type Settings = Record<string, number & boolean>

/**
 * The rule of an optimiser: itself, or for one of tfjs's the same update, fused where TensorFlow has it
 * (Adam, RMSProp, momentum, SGD). The rate is read at each step, so that `setLearningRate` has an effect;
 * moments start at zero. Any other optimiser updates the weights by itself, operation by operation.
 *
 * @throws ArgumentError for anything but an optimiser.
 */
export function asRule(given: Optimizer | tf.Optimizer): Optimizer {
  if (isRule(given)) return given
  if (typeof (given as Partial<tf.Optimizer> | undefined)?.applyGradients !== 'function')
    throw new ArgumentError('optimizer', given, 'adam(), rmsprop(), sgd() or an optimiser of tf.train')
  const settings = (): Settings => given.getConfig() as Settings
  const rate = notOfTotal((): number => settings().learningRate)
  const fused = fusedRules[given.getClassName()] as ((s: Settings) => Optimizer) | undefined
  if (fused) return { ...fused(settings()), rate }
  return {
    ...sgd(),
    name: given.getClassName(),
    rate: () => (typeof rate() === 'number' ? rate() : NaN),
    slots: [],
    apply: (gradients) => given.applyGradients(gradients),
  }
}

const isRule = (given: Optimizer | tf.Optimizer): given is Optimizer =>
  typeof (given as Partial<Optimizer> | undefined)?.scalars === 'function'

/** tfjs's optimisers by the names of their classes. */
const fusedRules: Record<string, (s: Settings) => Optimizer> = {
  Adam: ({ beta1, beta2, epsilon }) => {
    const rule = adam({ beta1, beta2, epsilon })
    const scalars = (rate: number, step: number) => {
      // tfjs adds ε to the root of the corrected moment, TensorFlow's operation to that of the uncorrected
      // one.
      const plain = rule.scalars(rate, step)
      return { ...plain, epsilon: epsilon * Math.sqrt(1 - plain.beta2Power) }
    }
    return { ...rule, scalars }
  },
  RMSProp: ({ decay, momentum, epsilon, centered }) => rmsprop({ decay, momentum, epsilon, centered }),
  Momentum: ({ momentum, useNesterov }) => sgd({ momentum, nesterov: useNesterov }),
  SGD: () => sgd(),
}
