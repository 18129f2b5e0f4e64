import { ArgumentError } from '../base/errors'
import { CUSTOM, withProvenance } from '../base/provenance'
import { isData } from '../data/origin'
import { addPart } from './parts'

/**
 * Registers your own parts by name, so that models with them can be saved and loaded, and trainings with them
 * repeated: a builder of a model, a likelihood, prior, encoder, decoder, flow, constraint or head, an
 * objective, schedule or optimizer, or a loader of data. What the builder returns then records its name and
 * arguments, and `lid.load` and `lid.experiments.rerun` call the builder that is registered under that name.
 * Register it at the top of the notebook or program, before these are called.
 *
 * @param name the part's name in files; a later builder of the same name replaces an earlier one.
 * @param builder makes the part. The same arguments must give the same part; they are recorded as JSON, other
 *   parts among them by their own provenance.
 * @returns the same builder, whose parts record how they were made.
 * @throws ArgumentError for an empty name or a builder that is not a function; when called, for a builder
 *   that returns neither an object nor a function.
 * @example
 * const capacity = lid.registerPart('capacity', (nats: number): lid.Objective => ({
 *   name: 'capacity',
 *   fixedKlWeight: true,
 *   ofParts: ({ reconstruction, klZ, klW }) =>
 *     lid.tf.sub<lid.tf.Scalar>(lid.tf.mul(30, lid.tf.abs(lid.tf.sub(lid.tf.add(klZ, klW), nats))), reconstruction),
 * }))
 * await lid.fit(model, train, { epochs: 8, objective: capacity(5), run: 'runs/capacity' })
 */
export function registerPart<A extends unknown[], T extends object>(
  name: string,
  builder: (...args: A) => T,
): (...args: A) => T {
  if (typeof name !== 'string' || name === '')
    throw new ArgumentError(
      'name',
      name,
      'a non-empty string',
      "It is the part's name in files: lid.registerPart('capacity', …).",
    )
  if (typeof builder !== 'function')
    throw new ArgumentError(
      'builder',
      builder,
      'a function that makes the part',
      'Give a function of the settings: (nats: number) => ({ … }).',
    )
  const part = CUSTOM + name
  const build = (...args: A): T => {
    const made: unknown = builder(...args)
    return (
      made instanceof Promise ? made.then((one) => marked(part, args, one)) : marked(part, args, made)
    ) as T
  }
  addPart(name, build as (...args: unknown[]) => unknown)
  return build
}

/** Adds provenance to the part; of a loader's result, to each data set in it. */
function marked(part: string, args: readonly unknown[], made: unknown): unknown {
  if ((typeof made !== 'object' && typeof made !== 'function') || made === null || !Object.isExtensible(made))
    throw new ArgumentError(
      `result of ${part.slice(CUSTOM.length)}`,
      made,
      'an object or a function that is not frozen',
      'Return the model, objective, data set … itself.',
    )
  withProvenance(part, args, made)
  if (!isData(made))
    for (const [which, one] of Object.entries(made))
      if (isData(one)) withProvenance('data.member', [made, which], one)
  return made
}
