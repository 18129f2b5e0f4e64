/** How a part was made, as plain data (JSON): a saved model or a recorded training is made again from it. */
export interface Provenance {
  /** The builder's name in the table of parts: `'bernoulli'`; `'custom.…'` of one that a user registered. */
  readonly part: string
  /** What it was called with. */
  readonly with: readonly unknown[]
}

/** Stands in a provenance for what was made by hand, which no file can hold. */
export interface HandMade {
  readonly own: true
}

/** Names of builders that a user registered begin so: a later version of the library may have one of the same name. */
export const CUSTOM = 'custom.'

/** Shared by all copies of the library, as an error's frames are. */
const PROVENANCE = Symbol.for('lidvae.provenance')
const HAND_MADE: HandMade = { own: true }

/**
 * Writes on a part how it was made, and returns it. A builder that hands on what another one made writes over what that one wrote. A copy of the part, or a view of it, is another part: it has
 * no provenance.
 *
 * @param part the builder's name in the table of parts (`src/runs/parts.ts`). @param args what it was called with.
 */
export function withProvenance<T extends object>(part: string, args: readonly unknown[], made: T): T {
  const count = args.reduce<number>((most, arg, i) => (arg === undefined ? most : i + 1), 0)
  const value: Provenance = { part, with: args.slice(0, count).map(plainArgument) }
  return Object.defineProperty(made, PROVENANCE, { value, configurable: true })
}

/** How a part was made; undefined for one made by hand. */
export const provenanceOf = (made: object): Provenance | undefined =>
  Object.hasOwn(made, PROVENANCE) ? (made as { [PROVENANCE]: Provenance })[PROVENANCE] : undefined

/** The same, as a record holds it. */
export const recordedProvenance = (made: object): Provenance | HandMade => provenanceOf(made) ?? HAND_MADE

/** True of what the library's own builders made; what a user made, registered or not, is tried before it is used. */
export const isBuiltIn = (made: object): boolean => {
  const provenance = provenanceOf(made)
  return provenance !== undefined && !provenance.part.startsWith(CUSTOM)
}

export const isProvenance = (value: unknown): value is Provenance =>
  typeof (value as Partial<Provenance> | null)?.part === 'string' && Array.isArray((value as Provenance).with)

export const isHandMade = (value: unknown): value is HandMade => (value as HandMade | null)?.own === true

/** Where in a provenance something was made by hand: `'decoder'`, `'rate'`; `''` for all of it. */
export function handMadeIn(value: unknown, name = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (isHandMade(value)) return [name]
  if (Array.isArray(value)) return value.flatMap((each) => handMadeIn(each, name))
  if (isProvenance(value)) return handMadeIn(value.with, name)
  return Object.entries(value).flatMap(([key, each]) => handMadeIn(each, name ? `${name}.${key}` : key))
}

/** True where a part of that name stands in a provenance. */
export function mentions(value: unknown, isMeant: (part: string) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (isProvenance(value) && isMeant(value.part)) return true
  return Object.values(value).some((each) => mentions(each, isMeant))
}

/** An argument; in one that is an object of options each may be a part. */
function plainArgument(value: unknown): unknown {
  if (!isPlainObject(value) || provenanceOf(value)) return plain(value)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => (each === undefined ? HAND_MADE : plain(each)))
  // JSON has no NaN and no infinity.
  if (typeof value === 'number') return Number.isFinite(value) ? value : HAND_MADE
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean')
    return value
  const provenance =
    typeof value === 'object' || typeof value === 'function' ? provenanceOf(value) : undefined
  if (provenance) return provenance
  if (!isPlainObject(value)) return HAND_MADE
  const entries = Object.entries(value).map(([name, each]): [string, unknown] => [name, plain(each)])
  return entries.some(([, each]) => isHandMade(each)) ? HAND_MADE : Object.fromEntries(entries)
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
