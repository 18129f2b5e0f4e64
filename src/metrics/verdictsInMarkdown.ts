import { ArgumentError } from '../base/errors'
import type { Diagnosis } from './diagnose'

/** A name on one line, with Markdown's special characters escaped. */
const literally = (name: string): string => name.replace(/[\\`*_[\]<>~$&]/g, '\\$&').replace(/\s+/g, ' ')

/**
 * The verdicts of several models as a Markdown list, for `lid.show`. A notebook wraps it between words;
 * printed text it would break anywhere.
 *
 * @param diagnoses from `diagnose`, by model name.
 * @returns Markdown with one item per model and latent variable.
 * @throws ArgumentError unless it is a non-empty object of diagnoses by name.
 * @example
 * const found = { plain: await lid.diagnose(plain, test), identifiable: await lid.diagnose(identifiable, test) }
 * await lid.show(lid.verdictsInMarkdown(found))
 * @see Wang, Blei, Cunningham 2021, theorem 1: what the verdicts distinguish.
 */
export function verdictsInMarkdown(diagnoses: Readonly<Record<string, Diagnosis>>): string {
  const named = Object.entries(typeof diagnoses === 'object' ? (diagnoses ?? {}) : {})
  if (named.length === 0 || !named.every(([, one]) => Array.isArray((one as Diagnosis | null)?.verdict)))
    throw new ArgumentError(
      'diagnoses',
      diagnoses,
      'diagnoses by model name',
      'For example { model: await lid.diagnose(model, test) }.',
    )
  return named
    .flatMap(([name, { verdict }]) => verdict.map((line) => `- **${literally(name)}**, ${line}`))
    .join('\n')
}
