import { DataError } from '../base/errors'
import { downloadProgress } from './progress'
import type { FetchProgress, PublishedRemoteFile } from './fetch'
import { DownloadError } from './fetchFailure'
import { canDownload, fetchFolder, putByHand } from './fetchFolder'
import type { FetchFolderOptions } from './fetchFolder'
import { cachePlace, samplePlace, searchFor } from './folders'
import type { Place } from './folders'
import { note, type Note } from '../base/note'
import type { OptionDefaults, ResolvedOptions } from '../base/options'

/** A data set as its loader describes it. */
export interface PublishedSet {
  /** Its name, and its folder's. */
  readonly name: string
  /** Its name in sentences. */
  readonly title: string
  readonly files: readonly PublishedRemoteFile[]
  /** The folder of the sample that ships with this package, if any. */
  readonly sample?: string
  /** Where to find the files that cannot be downloaded, as a sentence. */
  readonly origin?: string
}

/** Whether to download, and how to report it. */
export interface SourceOptions {
  /**
   * Whether to download if the files are not on this machine: with `true` a failure is an error, `false`
   * never uses the network; by default a failure is reported and the embedded sample, if there is one, is
   * used.
   */
  download?: boolean
  /** Called with every chunk received; by default shows a progress bar, or one line per file. */
  onProgress?: (progress: FetchProgress) => void
  /** Receives the line that names the source (default: printed). */
  onNote?: Note
}

/** Their defaults. */
export const SOURCE_OPTIONS = {
  download: undefined,
  onProgress: undefined,
  onNote: note,
} satisfies OptionDefaults<SourceOptions>

/**
 * Where to read a data set from (LIDVAE_DATA, else the cache, else a download into the cache, else the
 * sample), and why earlier places are not used.
 *
 * @throws DataError if the files are not found and there is no sample, or with `download: true`; it says
 *   which files to put where
 */
export async function choosePlace(
  set: PublishedSet,
  options: ResolvedOptions<SourceOptions, typeof SOURCE_OPTIONS>,
  patience: FetchFolderOptions = {},
): Promise<{ place: Place; because: string[] }> {
  const { download, onNote } = options
  const { place, complaint } = await searchFor(set.name, set.files)
  const because = complaint === undefined ? [] : [complaint]
  if (place) return { place, because }
  const cache = cachePlace(set.name)
  if (!canDownload && !download && set.sample !== undefined)
    return { place: samplePlace(set.sample), because }
  if (download === false || set.files.some(({ urls }) => urls.length === 0)) {
    if (set.sample === undefined) throw nowhere(set, cache, because, download)
    return {
      place: samplePlace(set.sample),
      because: [...because, 'not on this machine, download: false'],
    }
  }
  const progress = options.onProgress ? undefined : downloadProgress(onNote)
  try {
    await fetchFolder(set.files, cache.folder, {
      onProgress: options.onProgress ?? progress?.onProgress,
      onWait: () => onNote(`another process is downloading ${set.title}: waiting for it`),
      ...patience,
    })
    return { place: cache, because }
  } catch (error) {
    if (download || set.sample === undefined || !(error instanceof DataError)) throw error
    const reason = error instanceof DownloadError ? error.reason : error.message.replace(/\.$/, '')
    return { place: samplePlace(set.sample), because: [...because, `download failed: ${reason}`] }
  } finally {
    progress?.stop()
  }
}

/** Which files to put where, and where to get them. */
export const placeByHand = (
  { files, origin }: Pick<PublishedSet, 'files' | 'origin'>,
  folder: string,
): string => `${putByHand(files, folder)}${origin === undefined ? '' : ` ${origin}`}`

function nowhere(set: PublishedSet, cache: Place, because: readonly string[], download?: boolean): DataError {
  const why = download === false ? '`download` is false' : 'it cannot be downloaded automatically'
  const more = because.length > 0 ? ` (${because.join('; ')})` : ''
  return new DataError(
    `${set.title} is not on this machine${more}, and ${why}. ${placeByHand(set, cache.folder)}`,
  )
}
