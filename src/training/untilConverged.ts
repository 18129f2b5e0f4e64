import { moments } from '../base/estimate'
import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'

/** Options of `untilConverged`. */
export interface UntilConvergedOptions {
  /** N: evaluations without a rise of the ELBO after which the rate falls, or training ends; 5 by default. */
  patience?: number
  /** How often the rate falls before training ends; 2 by default, and with 0 it never falls. */
  drops?: number
  /** What the rate is multiplied by each time, above 0 and below 1; 0.2 by default. */
  factor?: number
  /** A rise counts when it is more than this many of its standard errors; 1 by default. */
  errors?: number
  /** … and at least this much, in nats per data point; 0 by default. */
  gain?: number
  /** Epochs before which training does not end; 1 by default. */
  least?: number
}

/** The state of such a rule, plain numbers that a checkpoint holds. */
export interface ConvergenceState {
  /** The loss of each validation point at the last evaluation that rose, nats; absent before the first. */
  reference?: number[]
  /** Evaluations since then, or since the rate fell. */
  since: number
  /** How often the rate fell. */
  drops: number
  /** Whether training has ended by the rule. */
  converged: boolean
}

/** When a training has converged, and what its learning rate does until then. */
export interface Convergence {
  /** Its name. */
  readonly name: string
  /** The state at the start. */
  begin(): ConvergenceState
  /** What the optimizer's rate is multiplied by. */
  rateFactor(state: ConvergenceState): number
  /**
   * Sees an evaluation; changes the state in place.
   *
   * @param epoch epochs done. @param losses negative ELBO of each validation point, nats.
   * @returns `'lower'` when the rate falls.
   */
  evaluation(state: ConvergenceState, epoch: number, losses: ArrayLike<number>): 'lower' | void
}

/**
 * Trains until the validation ELBO no longer rises: an evaluation after each epoch has risen if the mean
 * difference to the last one that rose is more than its standard error, and more than `gain`, both over the same
 * validation points with the same draws. After `patience` evaluations without a rise the learning rate is multiplied by
 * `factor`, at most `drops` times; after as many more at the lowest rate the training has converged. With
 * `keepBest` a fall of the rate also goes back to the best weights. `epochs` of `fit` is then the most.
 *
 * @param options `{ patience = 5, drops = 2, factor = 0.2, errors = 1, gain = 0, least = 1 }`.
 * @returns the rule, for the option `until` of `fit`, which then needs `validation`; its state is in the
 *   checkpoint, so that a training resumes with the same bits.
 * @throws ArgumentError when a number is out of range.
 * @example
 * const optimizer = lid.optimizers.adam({ rate: 1e-3 })
 * await lid.fit(model, train, { epochs: 500, validation: test, optimizer, until: lid.untilConverged(), keepBest: true })
 */
export function untilConverged(options: UntilConvergedOptions = {}): Convergence {
  const { patience, drops, factor, errors, gain, least } = resolveOptions('untilConverged', options, {
    patience: 5,
    drops: 2,
    factor: 0.2,
    errors: 1,
    gain: 0,
    least: 1,
  })
  requireInteger('patience', patience)
  requireInteger('drops', drops, 0)
  requireInteger('least', least)
  if (typeof factor !== 'number' || !(factor > 0 && factor < 1))
    throw new ArgumentError('factor', factor, 'a number above 0 and below 1')
  requirePositive('errors', errors, true)
  requirePositive('gain', gain, true)
  return withProvenance('untilConverged', [options], {
    name: 'untilConverged',
    begin: () => ({ since: 0, drops: 0, converged: false }),
    rateFactor: (state) => factor ** state.drops,
    evaluation(state, epoch, losses) {
      if (!state.reference || hasRisen(state.reference, losses, errors, gain)) {
        state.reference = Array.from(losses)
        state.since = 0
      } else state.since++
      if (state.since < patience) return undefined
      if (state.drops < drops) {
        state.drops++
        state.since = 0
        return 'lower'
      }
      state.converged = epoch >= least
      return undefined
    },
  } satisfies Convergence)
}

/**
 * True where the ELBO rose, the loss fell, by more than `errors` standard errors of the paired mean and than `gain`.
 */
export function hasRisen(
  before: ArrayLike<number>,
  now: ArrayLike<number>,
  errors: number,
  gain = 0,
): boolean {
  const { mean, variance } = moments(Float64Array.from(now, (loss, i) => before[i] - loss))
  return mean > Math.max(gain, errors * Math.sqrt(variance / now.length))
}
