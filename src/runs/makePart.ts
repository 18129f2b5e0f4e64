import { isHandMade, isProvenance, type HandMade, type Provenance } from '../base/provenance'
import { findPart } from './parts'

/** The error for a part that was made by hand (no name), or that the table lacks. */
export type Wrong = (part?: string) => Error

/**
 * Makes a part again from its provenance, the parts inside it first.
 *
 * @param wrong the error where it cannot be made. @param own options of its builder that are handed over.
 * @returns the part; a promise of it where data are among what it is made from.
 */
export function makePart(provenance: Provenance | HandMade, wrong: Wrong, own: object = {}): unknown {
  if (isHandMade(provenance)) throw wrong()
  if (!isProvenance(provenance)) throw wrong(String((provenance as { part?: unknown }).part))
  const { part, with: args } = provenance
  const make = findPart(part)
  if (!make) throw wrong(part)
  return whenAll(
    args.map((arg) => makeInside(arg, wrong)),
    (made) =>
      Object.keys(own).length > 0
        ? make({ ...(made[0] as object), ...own }, ...made.slice(1))
        : make(...made),
  )
}

/** An argument with the parts in it made. */
export function makeInside(value: unknown, wrong: Wrong): unknown {
  // Numbers and words, of which a vocabulary has many.
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

/** Goes on with the values at once, or when those of them that are promised have come. */
const whenAll = (values: unknown[], then: (values: unknown[]) => unknown): unknown =>
  values.some((value) => value instanceof Promise) ? Promise.all(values).then(then) : then(values)
