import { ArgumentError } from '../base/errors'
import type { Diagnosis } from './diagnose'

/** A name as it is, on one line: what Markdown would take for its own is escaped. */
const literally = (name: string): string => name.replace(/[\\`*_[\]<>~$&]/g, '\\$&').replace(/\s+/g, ' ')

/**
 * The verdicts of several models as a Markdown list, for `lid.show`: each a line that a notebook wraps between words,
 * where a printed one is broken anywhere.
 *
 * @param diagnoses from `diagnose`, by the names the models are to have.
 * @returns Markdown: an item for each model and latent variable.
 * @throws ArgumentError for anything but diagnoses by name, or for none.
 * @example
 * const found = { plain: await lid.diagnose(plain, test), identifiable: await lid.diagnose(identifiable, test) }
 * await lid.show(lid.verdictsInMarkdown(found))
 * @see Wang, Blei, Cunningham 2021, theorem 1: what the verdicts tell apart.
 */
export function verdictsInMarkdown(diagnoses: Readonly<Record<string, Diagnosis>>): string {
  const named = Object.entries(typeof diagnoses === 'object' ? (diagnoses ?? {}) : {})
  if (named.length === 0 || !named.every(([, one]) => Array.isArray((one as Diagnosis | null)?.verdict)))
    throw new ArgumentError(
      'diagnoses',
      diagnoses,
      'diagnoses by the names of their models',
      'Write { model: await lid.diagnose(model, test) }.',
    )
  return named
    .flatMap(([name, { verdict }]) => verdict.map((words) => `- **${literally(name)}**, ${words}`))
    .join('\n')
}
