import { ArgumentError } from '../base/errors'
import type { Evaluation } from './evaluation'

/**
 * Throws unless it has the fields of `evaluate`'s result that a metric needs: a model or data would give NaN.
 */
export function requireEvaluation(evaluation: unknown, ...needed: (keyof Evaluation)[]): void {
  const given = (evaluation ?? {}) as Partial<Evaluation>
  if (Number.isInteger(given.size) && needed.every((name) => given[name] !== undefined)) return
  throw new ArgumentError(
    'evaluation',
    evaluation,
    'a result of evaluate',
    'Give await lid.evaluate(model, data), or the evaluation of (await lid.diagnose(model, data)).',
  )
}
