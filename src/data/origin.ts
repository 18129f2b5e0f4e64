import { provenanceOf, withProvenance } from '../base/provenance'

/** Settings that determine what is loaded, including a vocabulary; not callbacks. */
const plainSettings = (settings: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => decides(value)))

const decides = (value: unknown): boolean =>
  ['number', 'string', 'boolean'].includes(typeof value) ||
  Array.isArray(value) ||
  (typeof value === 'object' && value !== null && provenanceOf(value) !== undefined)

/**
 * Attaches to every data set of a loader how to load it again: the loader's name, its settings, and which of
 * its results it is.
 *
 * @param loader its name in `lid.data`. @param settings what it was called with.
 */
export function loadedBy<T extends object>(loader: string, settings: object, result: T): T {
  for (const [name, part] of Object.entries(result) as [string, unknown][])
    if (isData(part)) withProvenance(`data.${loader}`, [plainSettings(settings), name], part)
  return result
}

/** The same for a loader of one data set from a path. */
export const loadedFrom = <T extends object>(loader: string, file: string, settings: object, data: T): T =>
  withProvenance(`data.${loader}`, [file, plainSettings(settings)], data)

/** Attaches to a data set that a method derived it from another, if the other's provenance is known. */
export const derivedFrom = <T extends object>(
  whole: object,
  method: string,
  args: readonly unknown[],
  part: T,
): T => (provenanceOf(whole) ? withProvenance(`data.${method}`, [whole, ...args], part) : part)

/** True for a data set or text set. */
export const isData = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'size' in value && 'take' in value
