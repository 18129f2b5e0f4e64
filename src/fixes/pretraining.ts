import { requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import type { TrainingSchedule } from '../training/schedules'
import { describeFix } from './fix'
import { freeBits } from './freeBits'

/** Options of `pretraining`. */
export interface PretrainingOptions {
  /** Epochs as an autoencoder, included in those of `fit`; 3 by default. */
  epochs?: number
  /** Resets the decoder afterwards; true by default. */
  resetDecoder?: boolean
}

const DEFAULTS = { epochs: 3 }

/**
 * Autoencoder pre-training: for some epochs the KL has weight 0, then the decoder is reset to its initial
 * weights, while the encoder keeps what it has learnt. Together with `freeBits` this is the remedy of Li et
 * al.
 *
 * @param options `{ epochs = 3, resetDecoder = true }`; the epochs are included in those of `fit`.
 * @returns the schedule, for the option `schedule` of `fit`.
 * @throws ArgumentError when `epochs` is not an integer ≥ 1.
 * @example
 * await lid.fit(model, train, { epochs: 12, schedule: lid.fixes.pretraining({ epochs: 4 }), objective: lid.fixes.freeBits({ perUnit: 0.5 }) })
 * @see Li et al. 2019, section 3.
 */
export function pretraining(options: PretrainingOptions = {}): TrainingSchedule {
  const { epochs, resetDecoder } = resolveOptions('pretraining', options, {
    epochs: DEFAULTS.epochs,
    resetDecoder: true,
  })
  requireInteger('pretraining({ epochs })', epochs)
  return withProvenance('pretraining', [{ ...options, epochs }], {
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

const fix = describeFix(
  {
    title: 'Pre-training and free bits',
    part: 'schedule',
    summary: 'First an autoencoder without KL; then its encoder with a new decoder and free bits.',
    equation: 'E_q log p(x|z), then E_q log p(x|z) − Σ_u max(λ, KL_u)',
    source: 'Li et al. 2019, section 3',
    keepsKl: true,
  },
  { ...DEFAULTS, perUnit: freeBits.about.settings.perUnit },
  ({ epochs, perUnit }) => ({ fit: { schedule: pretraining({ epochs }), objective: freeBits({ perUnit }) } }),
)
pretraining.about = fix.about
pretraining.on = fix.on
