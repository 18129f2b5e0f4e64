import { distance } from 'fastest-levenshtein'
import { ArgumentError, unquoted } from './errors'

/**
 * A default for each option's name, or undefined where there is none: the compiler asks for each name of the
 * type, and for no other.
 */
export type OptionDefaults<Options> = {
  readonly [Name in keyof Required<Options>]: Options[Name] | undefined
}

/** The options with their defaults in place: undefined only where there is no default. */
export type ResolvedOptions<Options, Defaults extends Readonly<Record<keyof Options, unknown>>> = {
  readonly [Name in keyof Required<Options>]: undefined extends Defaults[Name]
    ? Options[Name]
    : Exclude<Options[Name], undefined>
}

/** Fails to compile where there are defaults of options that the type does not have. */
type NoOthers<Options, Defaults> = {
  readonly [Name in keyof Defaults]: Name extends keyof Options ? unknown : never
}

/**
 * The options with their defaults in place. Names and defaults of a function's options stand in its call of
 * this, and nowhere else. Throws unless the options are an object whose names are all known, as
 * requireOptions does. As in a destructuring, a default replaces undefined only: an option that is undefined
 * is one left out, null is not.
 *
 * @param caller the function, as people call it.
 * @param options what it was given.
 * @param defaults each option's name with its default; undefined where it has none, and where it is required.
 * @param example of its options, where it cannot do without.
 */
export function resolveOptions<
  Options extends object,
  Defaults extends Readonly<Record<keyof Options, unknown>>,
>(
  caller: string,
  options: Options,
  defaults: Defaults & OptionDefaults<Options> & NoOthers<Options, Defaults>,
  example?: string,
): ResolvedOptions<Options, Defaults> {
  requireOptions(caller, options, defaults, example)
  const names = Object.keys(defaults) as (keyof Options)[]
  const resolved = names.map((name) => [name, options[name] === undefined ? defaults[name] : options[name]])
  return Object.fromEntries(resolved) as ResolvedOptions<Options, Defaults>
}

/**
 * Throws unless the options are an object whose names are all known: plain JavaScript does not report a
 * misspelt one. An undefined option counts as omitted.
 *
 * @param caller the function's public name.
 * @param options its argument.
 * @param names the known names.
 * @param example an example, if some options are required.
 */
export function requireOptions<Options extends object>(
  caller: string,
  options: Options,
  names: Readonly<Record<keyof Options, unknown>>,
  example = '{}',
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new ArgumentError(
      `options of ${caller}`,
      options,
      'an object',
      example === '{}'
        ? `${theyAre(names)} Omit the argument to use the defaults.`
        : `Give, say, ${example}.`,
    )
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !Object.hasOwn(names, name)) {
      const near = nearest(name, Object.keys(names))
      throw new ArgumentError(
        `an option of ${caller}`,
        unquoted(name),
        `one of ${Object.keys(names).join(', ')}`,
        near && `Did you mean ${near}?`,
      )
    }
}

const theyAre = (names: object): string => `The options are ${Object.keys(names).join(', ')}.`

/** The known name closest to an unknown one: one letter in three may be wrong, or the end missing. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '')
  const wanted = plain(name)
  const [best] = known
    .map((one) => ({ one, away: distance(wanted, plain(one)), longest: Math.max(one.length, name.length) }))
    .sort((a, b) => a.away - b.away)
  if (best && best.away <= Math.max(1, Math.floor(best.longest / 3))) return best.one
  return wanted.length < 3 ? undefined : known.find((one) => plain(one).startsWith(wanted))
}
