import { requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import { requireWithin, type Schedule } from '../training/schedule'
import { describeFix } from './fix'

/** Options of `linearAnnealing`. */
export interface LinearAnnealingOptions {
  /** The weight at the start; 0 by default. */
  from?: number
  /** The weight at the end; 1 by default. */
  to?: number
  /** The share of the steps after which it stays at `to`; 0.3 by default. */
  until?: number
}

const DEFAULTS = { until: 0.3 }

/**
 * KL annealing: a weight of the KL terms that rises linearly from `from` to `to` during the first share
 * `until` of the steps.
 *
 * @param options `{ from = 0, to = 1, until = 0.3 }`.
 * @returns a function of progress in [0, 1), for the option `klWeight` of `fit`.
 * @throws ArgumentError when a weight is negative or `until` is not in [0, 1].
 * @example
 * await lid.fit(model, train, { epochs: 8, klWeight: lid.fixes.linearAnnealing() })
 * @see Bowman et al. 2016, section 3.1.
 */
export function linearAnnealing(options: LinearAnnealingOptions = {}): Schedule {
  const { from, to, until } = resolveOptions('linearAnnealing', options, {
    from: 0,
    to: 1,
    until: DEFAULTS.until,
  })
  requirePositive('from', from, true)
  requirePositive('to', to, true)
  requireWithin('until', until)
  return withProvenance('linearAnnealing', [options], (progress: number) =>
    progress < until ? from + ((to - from) * progress) / until : to,
  )
}

const fix = describeFix(
  {
    title: 'KL annealing, linear',
    part: 'objective',
    summary: 'The weight of the KL rises from 0 to 1 during the first part of the steps.',
    equation: 'E_q log p(x|z) − min(1, t/until) KL(q ‖ p)',
    source: 'Bowman et al. 2016, section 3.1',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ fit: { klWeight: linearAnnealing(settings) } }),
)
linearAnnealing.about = fix.about
linearAnnealing.on = fix.on
