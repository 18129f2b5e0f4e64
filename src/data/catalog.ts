import { ArgumentError, DataError, alternatives } from '../base/errors'
import { requireOptions } from '../base/options'
import { placeByHand } from './choosePlace'
import { FASHION_FILES, FASHION_MNIST, FASHION_SAMPLE } from './fashionMnistFiles'
import type { PublishedRemoteFile } from './fetch'
import { OMNIGLOT, OMNIGLOT_FILES, OMNIGLOT_SAMPLE } from './omniglotFiles'
import { YAHOO, YELP } from './text/publishedFiles'
import { FETCH_FOLDER_OPTIONS, fetchFolder } from './fetchFolder'
import type { FetchFolderOptions } from './fetchFolder'
import { checkFile } from '../platform/files'
import type { FileCheck } from '../platform/files'
import { cachePlace, describeMissing, ownPlace, remedyFor, samplePlace } from './folders'
import type { Place } from './folders'

/** Where a data set is on this machine, and whether its files are the published ones. */
export interface DataRow {
  /** Name of the data set, as `lidvae data fetch NAME` takes it. */
  name: string
  /** True if the whole data set is on this machine and every file is verified. */
  found: boolean
  /** The place that the loader uses. */
  source: Place['kind']
  /** Its folder. */
  folder: string
  /** The published files as they are in LIDVAE_DATA or the cache. */
  files: FileCheck[]
  /** The state in one line. */
  note: string
  /** What to do about it; absent if there is nothing to do. */
  remedy?: string
  /** True if it is not on this machine and nothing needs it. */
  optional?: boolean
  /** True if it is not on this machine and must be put there by hand. */
  byHand?: boolean
}

interface Entry {
  name: string
  files: readonly PublishedRemoteFile[]
  /** The folder of an embedded sample and its content, if there is one. */
  sample?: string
  sampleDescription?: string
  /** Where to find the files that cannot be downloaded, as a sentence. */
  origin?: string
  /** True if nothing needs it. */
  optional?: boolean
}

const ENTRIES: readonly Entry[] = [
  {
    name: FASHION_MNIST,
    files: FASHION_FILES,
    sample: FASHION_SAMPLE,
    sampleDescription: '2,000 training and 1,000 test images',
  },
  {
    name: OMNIGLOT,
    files: OMNIGLOT_FILES,
    sample: OMNIGLOT_SAMPLE,
    sampleDescription: '1,400 training and 400 test drawings',
    optional: true,
  },
  YAHOO,
  YELP,
]

function entry(name: string): Entry {
  const found = ENTRIES.find((e) => e.name === name)
  if (found) return found
  throw new ArgumentError(
    'data set',
    name,
    alternatives(ENTRIES.map(({ name }) => name)),
    'npx lidvae data list shows where each is.',
  )
}

/**
 * Every data set this library knows, with its place and state on this machine; each file is read and verified
 * by size and MD5.
 *
 * @returns one row per data set
 * @example
 * for (const { name, note } of await lid.data.listData()) console.log(name, note)
 */
export const listData = (): Promise<DataRow[]> => Promise.all(ENTRIES.map(look))

/**
 * The place and state of one data set; each file is read and verified by size and MD5.
 *
 * @param name of the data set: 'fashion-mnist', 'omniglot', 'yahoo', 'yelp'
 * @returns its row: place, files with size and checksum, its state and what to do about it
 * @throws ArgumentError for an unknown name
 * @example
 * const { found, files } = await lid.data.verifyData('fashion-mnist')
 */
export const verifyData = async (name: string): Promise<DataRow> => look(entry(name))

/**
 * Where Fashion-MNIST is and in which state: what `lidvae doctor` shows.
 *
 * @returns its row, as of `verifyData`
 * @throws nothing: the row says what is missing or damaged
 * @example
 * const { source, folder } = await locateFashionMnist()
 */
export const locateFashionMnist = (): Promise<DataRow> => verifyData(FASHION_MNIST)

/**
 * Downloads what is missing or damaged of a data set into the cache, unless LIDVAE_DATA has all of it.
 *
 * @param name of the data set: 'fashion-mnist', 'omniglot', 'yahoo', 'yelp'
 * @param onProgress called with `{ file, received, total }` for every chunk received
 * @param options timeouts and retries; see `FetchFolderOptions`. Its `onProgress` serves where the argument
 *   is left out
 * @returns the data set's row afterwards
 * @throws ArgumentError for an unknown name; DownloadError if the files cannot be downloaded, with
 *   instructions to put them there by hand; DataError if the cache cannot be written to
 * @example
 * await lid.data.fetchData('fashion-mnist', ({ file, received, total }) => console.log(file, received / total))
 */
export async function fetchData(
  name: string,
  onProgress?: FetchFolderOptions['onProgress'],
  options: FetchFolderOptions = {},
): Promise<DataRow> {
  requireOptions('fetchData', options, FETCH_FOLDER_OPTIONS)
  return fetchEntry(entry(name), { ...options, onProgress: onProgress ?? options.onProgress })
}

/** @internal The same for an entry whose addresses a test replaced. */
export async function fetchEntry(wanted: Entry, options: FetchFolderOptions): Promise<DataRow> {
  const before = await look(wanted)
  if (before.found) return before
  if (isByHand(wanted))
    throw new DataError(`${wanted.name} cannot be downloaded automatically. ${before.remedy ?? ''}`)
  await fetchFolder(wanted.files, cachePlace(wanted.name).folder, options)
  return look(wanted)
}

/** Searches in the loader's order, so that it names the place that the loader uses. */
async function look(wanted: Entry): Promise<DataRow> {
  const { name, files } = wanted
  const own = ownPlace(name)
  const ownFiles = own && (await check(own, files))
  if (own && ownFiles?.every(isThere)) return describe(name, own, ownFiles)
  const lacks = own && ownFiles ? `${describeMissing(own, missing(ownFiles), files.length)}; ` : ''
  const cache = cachePlace(name)
  const cacheFiles = await check(cache, files)
  if (cacheFiles.every(isThere)) {
    const row = describe(name, cache, cacheFiles)
    return { ...row, note: lacks + row.note }
  }
  const byHand = isByHand(wanted)
  const remedy = byHand ? placeByHand(wanted, cache.folder) : remedyFor(name, 'cache')
  const absent = { name, found: false, files: cacheFiles, remedy, ...(byHand && { byHand }) }
  if (wanted.sample === undefined)
    return {
      ...absent,
      source: cache.kind,
      folder: cache.folder,
      optional: true,
      note: `${lacks}not on this machine`,
    }
  return {
    ...absent,
    ...(wanted.optional && { optional: true }),
    source: 'embedded sample',
    folder: samplePlace(wanted.sample).folder,
    note: `${lacks}not on this machine: the embedded sample (${wanted.sampleDescription}) is used instead`,
  }
}

const isByHand = ({ files }: Entry): boolean => files.some(({ urls }) => urls.length === 0)

const check = (place: Place, files: readonly PublishedRemoteFile[]) =>
  Promise.all(files.map((file) => checkFile(place.folder, file)))

const isThere = (file: FileCheck) => file.problem !== 'missing'

const missing = (files: FileCheck[]) => files.filter((file) => !isThere(file)).map((file) => file.name)

function describe(name: string, place: Place, files: FileCheck[]): DataRow {
  const damaged = files.filter((file) => !file.ok)
  const row = { name, found: damaged.length === 0, source: place.kind, folder: place.folder, files }
  const compared = [...new Set(files.flatMap((file) => file.compared ?? []))]
  if (row.found) return { ...row, note: `complete and ${compared.join('; ') || 'verified'}, ${place.kind}` }
  const problems = damaged.map((file) => `${file.name} ${file.problem ?? ''}`)
  return { ...row, note: `damaged: ${problems.join('; ')}`, remedy: remedyFor(name, place.kind) }
}
