import { ArgumentError } from '../base/errors'
import type { Evaluation } from './evaluation'

/** Throws unless it is what `evaluate` returns, as far as a metric needs it: a model or data in its place would give NaN. */
export function requireEvaluation(evaluation: unknown, ...needed: (keyof Evaluation)[]): void {
  const given = (evaluation ?? {}) as Partial<Evaluation>
  if (Number.isInteger(given.size) && needed.every((name) => given[name] !== undefined)) return
  throw new ArgumentError(
    'evaluation',
    evaluation,
    'what evaluate returns',
    'Give await lid.evaluate(model, data), or the evaluation of (await lid.diagnose(model, data)).',
  )
}
