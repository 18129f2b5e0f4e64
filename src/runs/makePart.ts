import { DataError, describe, LidvaeError } from '../base/errors'
import { CUSTOM, isHandMade, isProvenance, type HandMade, type Provenance } from '../base/provenance'
import { findPart } from './parts'

/** The error for a part that was made by hand (no name), or is not in the table. */
export type Wrong = (part?: string) => Error

/**
 * Rebuilds a part from its provenance, the parts inside it first.
 *
 * @param wrong the error if it cannot be built. @param own options of its builder that are passed in.
 * @returns the part; a promise of it if it is built from data.
 */
export function makePart(provenance: Provenance | HandMade, wrong: Wrong, own: object = {}): unknown {
  if (isHandMade(provenance)) throw wrong()
  if (!isProvenance(provenance)) throw wrong(nameOf(provenance))
  const { part, with: args } = provenance
  const make = findPart(part)
  if (!make) throw wrong(part)
  return whenAll(
    args.map((arg) => makeInside(arg, wrong)),
    (made) => {
      const all = Object.keys(own).length > 0 ? [{ ...(made[0] as object), ...own }, ...made.slice(1)] : made
      return part.startsWith(CUSTOM) ? make(...all) : makeOwn(part, make, all)
    },
  )
}

const nameOf = ({ part }: { part?: unknown }): string =>
  (typeof part === 'string' ? part : describe(part)).slice(0, 200)

/** A part of this library. Whatever fails in making it, the arguments that were read are why. */
function makeOwn(part: string, make: (...args: unknown[]) => unknown, args: unknown[]): unknown {
  try {
    return make(...args)
  } catch (error) {
    if (error instanceof LidvaeError) throw error
    throw new DataError(
      `the recorded arguments of '${part}' cannot be used: ${String((error as Error).message)
        .split('\n')[0]
        .slice(0, 200)}. Use what lid.save or lid.fit wrote, unchanged.`,
    )
  }
}

/** An argument with the parts in it rebuilt. */
export function makeInside(value: unknown, wrong: Wrong): unknown {
  // Numbers and strings, of which a vocabulary has many.
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const isPlain = value.every((each) => typeof each !== 'object')
    return isPlain
      ? value
      : whenAll(
          value.map((each) => makeInside(each, wrong)),
          (made) => made,
        )
  }
  if (isHandMade(value) || 'part' in value) return makePart(value as Provenance | HandMade, wrong)
  const names = Object.keys(value)
  return whenAll(
    Object.values(value).map((each) => makeInside(each, wrong)),
    (made) => Object.fromEntries(names.map((name, i) => [name, made[i]])),
  )
}

/** Continues with the values at once, or after the promises among them have resolved. */
const whenAll = (values: unknown[], then: (values: unknown[]) => unknown): unknown =>
  values.some((value) => value instanceof Promise) ? Promise.all(values).then(then) : then(values)
