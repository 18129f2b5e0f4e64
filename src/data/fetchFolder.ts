import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import { FETCH_OPTIONS, WRITABLE, fetchFile } from './fetch'
import type { FetchOptions, PublishedRemoteFile } from './fetch'
import { formatBytes, checkFile, errorCode, fileError, makeFolder } from '../platform/files'
import type { PublishedFile } from '../platform/files'
import { clearLeftovers } from './leftovers'
import { type OptionDefaults, resolveOptions } from '../base/options'

/** Timeouts and callbacks of the download of a whole data set. */
export interface FetchFolderOptions extends FetchOptions {
  /**
   * Milliseconds after which the lock of a process that died counts as free (default 10,000, at least 2,000).
   */
  stale?: number
  /** Called once if another process is downloading into the same folder. */
  onWait?: () => void
}

/** Whether data sets can be downloaded in this edition of the library. */
export const canDownload: boolean = true

/** Their defaults. */
export const FETCH_FOLDER_OPTIONS = {
  ...FETCH_OPTIONS,
  stale: 10000,
  onWait: undefined,
} satisfies OptionDefaults<FetchFolderOptions>

/**
 * Downloads what is missing or damaged of some files into a folder, which is created if needed. If two
 * processes do so at once, the second waits for the first and finds the files.
 *
 * @param files names, sizes, MD5 and addresses
 * @param folder where to put them
 * @param options see `FetchFolderOptions`
 * @returns names of the files that were downloaded
 * @throws DownloadError if no address delivers a file, DataError if the folder cannot be written to
 */
export async function fetchFolder(
  files: readonly PublishedRemoteFile[],
  folder: string,
  options: FetchFolderOptions = {},
): Promise<string[]> {
  const { stale, onWait, ...ofFiles } = resolveOptions('fetchFolder', options, FETCH_FOLDER_OPTIONS)
  const { signal } = ofFiles
  try {
    makeFolder(folder)
  } catch (error) {
    throw fileError(error, folder, WRITABLE)
  }
  for (;;) {
    const stop = new AbortController()
    const end = () => stop.abort(signal?.reason)
    let lost = false
    const onLost = () => {
      lost = true
      stop.abort()
    }
    const release = await lockFolder(folder, { stale, onWait, signal }, onLost)
    signal?.addEventListener('abort', end, { once: true })
    try {
      signal?.throwIfAborted()
      await clearLeftovers(
        folder,
        files.map(({ name }) => name),
      )
      return await fetchMissing(files, folder, { ...ofFiles, signal: stop.signal })
    } catch (error) {
      // The machine was suspended and another process took over: check its result, or download again.
      if (!lost) throw error
    } finally {
      signal?.removeEventListener('abort', end)
      if (!lost) await release().catch(() => undefined)
    }
  }
}

async function fetchMissing(
  files: readonly PublishedRemoteFile[],
  folder: string,
  options: FetchOptions,
): Promise<string[]> {
  const byHand = options.byHand ?? putByHand(files, folder)
  const fetched: string[] = []
  for (const file of files) {
    if ((await checkFile(folder, file)).ok) continue
    await fetchFile(file, folder, { ...options, byHand })
    fetched.push(file.name)
  }
  return fetched
}

/** Waits for the folder's lock for as long as a living process holds it. */
async function lockFolder(
  folder: string,
  { stale, onWait, signal }: Pick<FetchFolderOptions, 'onWait' | 'signal'> & { stale: number },
  onLost: () => void,
): Promise<() => Promise<void>> {
  for (let waited = 0; ; waited++) {
    try {
      return await lock(folder, {
        lockfilePath: path.join(folder, '.lock'),
        realpath: false,
        stale,
        onCompromised: onLost,
      })
    } catch (error) {
      if (errorCode(error) !== 'ELOCKED') throw fileError(error, folder, WRITABLE)
      if (waited === 0) onWait?.()
      await wait(WAIT, undefined, { signal })
    }
  }
}

const WAIT = 200

/** How to put the files there without a network. */
export const putByHand = (
  files: readonly (PublishedFile & { urls?: readonly string[] })[],
  folder: string,
): string =>
  `${files[0].urls?.length === 0 ? 'Put' : 'Without a network, put'} these into ${folder} by hand: ` +
  files.map(describeFile).join(', ') +
  (files[0].urls?.length
    ? `, from ${files[0].urls.map((url) => path.posix.dirname(url) + '/').join(' or ')}.`
    : '.')

const describeFile = ({ name, size, md5 }: PublishedFile): string => {
  const known = [
    ...(size === undefined ? [] : [formatBytes(size)]),
    ...(md5 === undefined ? [] : [`MD5 ${md5}`]),
  ]
  return known.length > 0 ? `${name} (${known.join(', ')})` : name
}
