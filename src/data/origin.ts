import { plainRecipe, remember } from '../base/provenance'

/** Settings that decide what is loaded; callbacks do not. */
const plainSettings = (settings: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(settings).filter(
      ([, value]) => ['number', 'string', 'boolean'].includes(typeof value) || Array.isArray(value),
    ),
  )

/**
 * Remembers of every data set that a loader returns how it is had again: the loader's name, its settings, and which of its results it is.
 *
 * @param loader its name in `lid.data`. @param settings what it was called with.
 */
export function loadedBy<T extends object>(loader: string, settings: object, result: T): T {
  for (const [name, part] of Object.entries(result) as [string, unknown][])
    if (isData(part)) remember(`data.${loader}`, [plainSettings(settings), name], part)
  return result
}

/** The same for a loader of one data set from a path. */
export const loadedFrom = <T extends object>(loader: string, file: string, settings: object, data: T): T =>
  remember(`data.${loader}`, [file, plainSettings(settings)], data)

/** Remembers that a data set came of another by a method, where it is known how that one was had. */
export function cameOf<T extends object>(
  whole: object,
  method: string,
  args: readonly unknown[],
  part: T,
): T {
  const origin = plainRecipe(whole)
  return origin ? remember(`data.${method}`, [origin, ...args], part) : part
}

const isData = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'size' in value && 'take' in value
