import type { OptionDefaults } from '../../base/options'
import type { PublishedRemoteFile } from '../fetch'
import { DownloadError } from '../fetchFailure'
import type { FetchFolderOptions } from '../fetchFolder'

export type { FetchFolderOptions } from '../fetchFolder'

/** The hosts of data sets do not allow pages of others to load their files. */
export const canDownload: boolean = false

export const FETCH_FOLDER_OPTIONS = {
  onProgress: undefined,
  signal: undefined,
  stall: 30000,
  connect: 8000,
  slowest: 1000,
  most: 200_000_000,
  rounds: 3,
  pause: 1000,
  byHand: undefined,
  openFile: undefined,
  stale: 10000,
  onWait: undefined,
} satisfies OptionDefaults<FetchFolderOptions>

export function fetchFolder(
  files: readonly PublishedRemoteFile[],
  _folder: string,
  _options: FetchFolderOptions = {},
): Promise<string[]> {
  const reason = 'a browser downloads no data sets'
  return Promise.reject(
    new DownloadError(`${files[0].name}: ${reason}. Use the sample, or lidvae in Node.`, reason),
  )
}

export const putByHand = (files: readonly { name: string }[], _folder: string): string =>
  `Use lidvae in Node for ${files.map(({ name }) => name).join(', ')}.`
