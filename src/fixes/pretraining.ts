import { requireInteger } from '../base/errors'
import { requireOptions } from '../base/options'
import { remember } from '../base/provenance'
import type { TrainingSchedule } from '../training/schedules'

/** Options of `pretraining`. */
export interface PretrainingOptions {
  /** Epochs as an autoencoder, among those of `fit`; 5 by default. */
  epochs?: number
  /** Start the decoder anew afterwards; true by default. */
  resetDecoder?: boolean
}

/**
 * Autoencoder pre-training: for some epochs the KL weighs nothing, then the decoder starts anew from its first weights, while the encoder goes on from what it has learnt. Together with
 * `freeBits` this is the remedy of Li et al.
 *
 * @param options `{ epochs = 5, resetDecoder = true }`; the epochs are among those of `fit`.
 * @returns the schedule, for the option `schedule` of `fit`.
 * @throws ArgumentError when `epochs` is no whole number ≥ 1.
 * @example
 * await lid.fit(model, train, { epochs: 12, schedule: lid.pretraining({ epochs: 4 }), objective: lid.freeBits({ perUnit: 0.5 }) })
 * @see Li et al. 2019, section 3.
 */
export function pretraining(options: PretrainingOptions = {}): TrainingSchedule {
  requireOptions('pretraining', options, { epochs: true, resetDecoder: true })
  const { epochs = 5, resetDecoder = true } = options
  requireInteger('pretraining({ epochs })', epochs)
  return remember('pretraining', [options], {
    name: 'pretraining',
    begin: () => ({ left: epochs }),
    klWeight: ({ left }, given) => ((left as number) > 0 ? 0 : given),
    epoch: (state) => {
      if (state.left === 0) return
      state.left = (state.left as number) - 1
      return state.left === 0 && resetDecoder ? 'reset decoder' : undefined
    },
  } satisfies TrainingSchedule)
}
