// What to do about a name that another cell declares: after a reload a notebook looks as before, but nothing
// is declared.
import type { Failure } from './failure'

const UNKNOWN = /Cannot find name '([\w$]+)'|([\w$]+) is not defined/

const declares = (source: string, name: string): boolean =>
  new RegExp(
    `^(?:export |async )*(?:const|let|var|function\\*?|class|enum|type|interface)\\s+${name.replace(/\$/g, '\\$')}\\b|\\bas ${name.replace(/\$/g, '\\$')}\\b`,
    'm',
  ).test(source)

/**
 * The failure, with a hint where a cell of the notebook, other than the one that failed, declares the name it lacks.
 */
export function withHint<F extends Failure>(failure: F, code: string, cells: readonly string[]): F {
  const [, checked, thrown] = UNKNOWN.exec(failure.evalue) ?? []
  const name = checked ?? thrown
  if (!name || declares(code, name) || !cells.some((source) => declares(source, name))) return failure
  const hint = `hint: another cell declares \`${name}\`. Run that one first; after a reload or a restart choose Run › Run All Above Selected Cell.`
  return { ...failure, traceback: [...failure.traceback, hint] }
}
