import { ArgumentError } from '../base/errors'
import { provenanceOf } from '../base/provenance'
import { resolveEarlyStopping, type ResolvedFitOptions } from './options'
import type { Checkpoint, Position } from './state'

/** True where the best epoch lies so far back that training ends early. */
export const isOutOfPatience = ({ best, epoch }: Position, { earlyStopping }: ResolvedFitOptions): boolean =>
  earlyStopping !== undefined &&
  best !== undefined &&
  epoch - best.epoch >= resolveEarlyStopping(earlyStopping).patience

/** True where a rule ended the training before the last epoch: more epochs change nothing. */
export const isEnded = (position: Position, resolved: ResolvedFitOptions): boolean =>
  isOutOfPatience(position, resolved) || (position.until?.converged ?? false)

/** True where nothing is left to do; a run that is finished may have been given more epochs since. */
export const isFinished = (position: Position, resolved: ResolvedFitOptions): boolean =>
  position.finished && (position.epoch >= resolved.epochs || isEnded(position, resolved))

/** The settings that depend on how many steps a training has in all, with the names of their schedules. */
function schedulesOfTotal({ optimizer, klWeight }: ResolvedFitOptions): string[] {
  return Object.entries({ 'learning rate': optimizer.rate, klWeight }).flatMap(([name, setting]) =>
    typeof setting === 'function' && !('ofTotal' in setting)
      ? [`the ${name} (${provenanceOf(setting)?.part ?? 'a function of progress'})`]
      : [],
  )
}

/**
 * Throws unless a run of `before` epochs can be extended to those of `resolved` and end with the bits of a run of so
 * many from its start.
 *
 * @param last the newest checkpoint of that run, if there is one. @param folder where it is.
 */
export function requireExtension(
  resolved: ResolvedFitOptions,
  before: number,
  last: Checkpoint | undefined,
  folder: string,
): void {
  const { epochs } = resolved
  const refused = (wanted: string, remedy: string): ArgumentError =>
    new ArgumentError('epochs', epochs, wanted, remedy)
  if (epochs < before)
    throw refused(
      `at least ${before}, as in the run in ${folder}`,
      'A run can be extended, but not shortened: name another folder.',
    )
  const schedules = schedulesOfTotal(resolved)
  if (schedules.length > 0)
    throw refused(
      `${before}, as in the run in ${folder}, since ${schedules.join(' and ')} follows the share of all steps: with more epochs, the earlier ones would have been other`,
      'Name another folder. A run can be extended where such a setting is a number or a schedule over a fixed number of steps, lid.optimizers.overSteps(steps, schedule).',
    )
  if (last && isEnded(last.position, resolved))
    throw refused(
      `${before}, as in the run in ${folder}, which ${resolved.until ? 'until' : 'earlyStopping'} ended after epoch ${last.position.epoch}`,
      'More epochs change nothing: it would end there again. To train on, name another folder.',
    )
  // A fall of the rate goes back to the best weights by itself; no earlier version had that.
  if (last && resolved.keepBest && !resolved.until && lacksLastWeights(last))
    throw refused(
      `${before}, as in the run in ${folder}, which was recorded by a version that with keepBest did not keep the weights of the last epoch`,
      'Name another folder.',
    )
}

/** True for the end of a run with `keepBest` of a version that wrote the best weights in place of the last. */
function lacksLastWeights({ position, weights, best }: Checkpoint): boolean {
  if (!position.finished || !best || position.best?.epoch === position.epoch) return false
  return Object.entries(best).every(([name, values]) =>
    values.every((value, i) => value === weights[name][i]),
  )
}
