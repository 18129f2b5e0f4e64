/** How a part was built, as plain data (JSON): saved models and recorded trainings are rebuilt from it. */
export interface Provenance {
  /** The builder's name in the table of parts: `'bernoulli'`; `'custom.…'` for one that a user registered. */
  readonly part: string
  /** Its arguments. */
  readonly with: readonly unknown[]
}

/** Marks a hand-made part in a provenance: no file can store it. */
export interface HandMade {
  readonly own: true
}

/** Prefix of the names of registered builders: a later version may have a builder of the same name. */
export const CUSTOM = 'custom.'

/** Shared by all copies of the library in a process. */
const PROVENANCE = Symbol.for('lidvae.provenance')
const HAND_MADE: HandMade = { own: true }

/**
 * Attaches a part's provenance and returns the part. If a builder returns what another one built, the
 * outer provenance replaces the inner one. A copy or view of the part has no provenance.
 *
 * @param part the builder's name in the table of parts (`src/runs/parts.ts`). @param args its arguments.
 */
export function withProvenance<T extends object>(part: string, args: readonly unknown[], made: T): T {
  const count = args.reduce<number>((most, arg, i) => (arg === undefined ? most : i + 1), 0)
  const value: Provenance = { part, with: args.slice(0, count).map(plainArgument) }
  return Object.defineProperty(made, PROVENANCE, { value, configurable: true })
}

/** A part's provenance; undefined for a hand-made part. */
export const provenanceOf = (made: object): Provenance | undefined =>
  Object.hasOwn(made, PROVENANCE) ? (made as { [PROVENANCE]: Provenance })[PROVENANCE] : undefined

/** The provenance as records store it. */
export const recordedProvenance = (made: object): Provenance | HandMade => provenanceOf(made) ?? HAND_MADE

/** True for parts of the library's own builders; a user's parts are checked before use. */
export const isBuiltIn = (made: object): boolean => {
  const provenance = provenanceOf(made)
  return provenance !== undefined && !provenance.part.startsWith(CUSTOM)
}

export const isProvenance = (value: unknown): value is Provenance =>
  typeof (value as Partial<Provenance> | null)?.part === 'string' && Array.isArray((value as Provenance).with)

export const isHandMade = (value: unknown): value is HandMade => (value as HandMade | null)?.own === true

/** Where a provenance contains hand-made parts: `'decoder'`, `'rate'`; `''` for the whole. */
export function handMadeIn(value: unknown, name = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (isHandMade(value)) return [name]
  if (Array.isArray(value)) return value.flatMap((each) => handMadeIn(each, name))
  if (isProvenance(value)) return handMadeIn(value.with, name)
  return Object.entries(value).flatMap(([key, each]) => handMadeIn(each, name ? `${name}.${key}` : key))
}

/** True if a provenance contains a part of that name. */
export function mentions(value: unknown, isMeant: (part: string) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (isProvenance(value) && isMeant(value.part)) return true
  return Object.values(value).some((each) => mentions(each, isMeant))
}

/** An argument; each value of an options object may be a part. */
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
