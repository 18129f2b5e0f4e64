import path from '../platform/path'
import { cacheFolder, dataFolder, packageRoot } from '../platform/places'
import { isThere } from '../platform/files'
import type { PublishedFile } from '../platform/files'

/** Where the files of a data set may be. */
export type PlaceKind = 'LIDVAE_DATA' | 'cache' | 'embedded sample'

/** A folder that holds (or would hold) the files of one data set. */
export interface Place {
  kind: PlaceKind
  folder: string
}

/** Result of the search for a data set's files. */
export interface Search {
  /** The first folder that has every file; undefined if none has. */
  place?: Place
  /** Why LIDVAE_DATA is set but not used; undefined if it is not set or is used. */
  complaint?: string
}

/** The folder that a data set is downloaded into, whether it is there or not. */
export const cachePlace = (set: string): Place => ({
  kind: 'cache',
  folder: path.join(cacheFolder(), 'data', set),
})

/** The folder of a data set under LIDVAE_DATA; undefined if that is not set. */
export function ownPlace(set: string): Place | undefined {
  const folder = dataFolder()
  return folder === undefined ? undefined : { kind: 'LIDVAE_DATA', folder: path.join(folder, set) }
}

/** The folder of a small sample that ships with this package. */
export const samplePlace = (sample: string): Place => ({
  kind: 'embedded sample',
  folder: path.join(packageRoot(), 'data', sample),
})

/** Remedy for a damaged or unreadable file, by place. */
export function remedyFor(set: string, kind: PlaceKind): string {
  if (kind === 'LIDVAE_DATA') return 'Put the official file there, or unset LIDVAE_DATA.'
  if (kind === 'cache') return `Run: npx lidvae data fetch ${set}`
  return 'The package is incomplete: reinstall it.'
}

/**
 * Looks for a data set: in LIDVAE_DATA (laid out with a folder for each set), then in the cache.
 *
 * @param set name of the data set, and of its folder
 * @param files the files that must all be there
 * @throws DataError if a folder cannot be read
 */
export async function searchFor(set: string, files: readonly PublishedFile[]): Promise<Search> {
  const own = ownPlace(set)
  const lacking = own && (await missingFrom(own, set, files))
  if (own && lacking?.length === 0) return { place: own }
  const complaint = own && lacking && describeMissing(own, lacking, files.length)
  const cache = cachePlace(set)
  if ((await missingFrom(cache, set, files)).length === 0) return { place: cache, complaint }
  return { complaint }
}

/** What is missing in LIDVAE_DATA. */
export const describeMissing = (own: Place, lacking: readonly string[], all: number): string =>
  `LIDVAE_DATA is set, but ${own.folder} ` +
  (lacking.length === all ? 'does not have the files' : `lacks ${lacking.join(', ')}`)

async function missingFrom(place: Place, set: string, files: readonly PublishedFile[]): Promise<string[]> {
  const there = await Promise.all(
    files.map(({ name }) => isThere(path.join(place.folder, name), remedyFor(set, place.kind))),
  )
  return files.filter((_, i) => !there[i]).map(({ name }) => name)
}
