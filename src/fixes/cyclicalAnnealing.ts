import { requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import { requireWithin, type Schedule } from '../training/schedule'
import { describeFix } from './fix'

/** Options of `cyclicalAnnealing`. */
export interface CyclicalAnnealingOptions {
  /** Number of equal parts of the training, in each of which the weight rises; 4 by default. */
  cycles?: number
  /** The share of a part during which it rises; 0.5 by default. */
  rise?: number
  /** The weight after the rise; 1 by default. */
  to?: number
}

const DEFAULTS = { cycles: 4, rise: 0.5 }

/**
 * Cyclical KL annealing: in each of `cycles` equal parts of training the weight rises linearly from 0 to `to`
 * in the first share `rise` of the part and stays there.
 *
 * @param options `{ cycles = 4, rise = 0.5, to = 1 }`.
 * @returns a function of progress in [0, 1), for the option `klWeight` of `fit`.
 * @throws ArgumentError when `cycles` is not an integer ≥ 1, `rise` is not in [0, 1] or `to` is negative.
 * @example
 * await lid.fit(model, train, { epochs: 8, klWeight: lid.fixes.cyclicalAnnealing() })
 * @see Fu et al. 2019, eq. 6.
 */
export function cyclicalAnnealing(options: CyclicalAnnealingOptions = {}): Schedule {
  const { cycles, rise, to } = resolveOptions('cyclicalAnnealing', options, {
    cycles: DEFAULTS.cycles,
    rise: DEFAULTS.rise,
    to: 1,
  })
  requireInteger('cycles', cycles)
  requireWithin('rise', rise)
  requirePositive('to', to, true)
  return withProvenance('cyclicalAnnealing', [options], (progress: number) => {
    const t = (progress * cycles) % 1
    return t < rise ? (to * t) / rise : to
  })
}

const fix = describeFix(
  {
    title: 'KL annealing, cyclical',
    part: 'objective',
    summary: 'The weight of the KL rises from 0 to 1 again and again.',
    equation: 'E_q log p(x|z) − min(1, (t·cycles mod 1)/rise) KL(q ‖ p)',
    source: 'Fu et al. 2019, eq. 6',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ fit: { klWeight: cyclicalAnnealing(settings) } }),
)
cyclicalAnnealing.about = fix.about
cyclicalAnnealing.on = fix.on
