import { DataError } from '../base/errors'
import { thousands } from '../base/thousands'
import { md5 } from './hash'

/**
 * A file as it was published: its name and, where they are known, its size in bytes and MD5 (32 hexadecimal
 * digits).
 */
export interface PublishedFile {
  readonly name: string
  readonly size?: number
  readonly md5?: string
}

/** A file of which size and MD5 were published. */
export interface FileRecord extends PublishedFile {
  readonly size: number
  readonly md5: string
}

/** Result of checking one file of a data set. */
export interface FileCheck {
  /** Name of the file. */
  name: string
  /** Bytes found; null if the file does not exist. */
  size: number | null
  /** MD5 found; null if the file does not exist. */
  checksum: string | null
  /** True if size and MD5 match those published or recorded at the download, as far as there are any. */
  ok: boolean
  /** What is wrong with it; absent if it is ok. */
  problem?: string
  /** What it was compared with, if not with published values. */
  compared?: string
}

/** A number of bytes with thousands separators, the same in every locale. */
export const formatBytes = (bytes: number): string => `${thousands(bytes)} bytes`

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist: a part of its path is a file, not a folder',
  EEXIST: 'is a file, not a folder',
  EISDIR: 'is a folder, not a file',
  ERR_FS_EISDIR: 'is a folder, not a file',
  ENOFILE: 'is a pipe, a device or a socket, not a file',
  ETOOLARGE: 'is larger than such a file can be, 100 MB',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB',
  ELOOP: 'is a link that leads back to itself',
  EACCES: 'is not accessible: no permission',
  EPERM: 'is not accessible: no permission',
  EROFS: 'is on a read-only file system',
  ENOSPC: 'does not fit: the disk is full',
  EDQUOT: 'does not fit: the disk quota is used up',
  EFBIG: 'does not fit: the file size limit is reached',
}

/** The system's code of a failed file operation, e.g. ENOENT. */
export const errorCode = (error: unknown): string | undefined =>
  (error as NodeJS.ErrnoException | undefined)?.code

/** A failed file operation as a one-line error: what, why, remedy. */
export function fileError(error: unknown, file: string, remedy: string): DataError {
  const code = errorCode(error)
  const reason = code === undefined ? undefined : REASONS[code]
  const why = reason ? `${reason} (${code})` : `could not be used (${code ?? String(error)})`
  return new DataError(`${file} ${why}. ${remedy}`)
}

/** What is wrong with the bytes of a file; undefined if they match the published values. */
export function problemOf(bytes: Uint8Array, record: PublishedFile): string | undefined {
  if (record.size !== undefined && bytes.length !== record.size)
    return `has ${formatBytes(bytes.length)}, expected ${formatBytes(record.size)}`
  if (record.md5 === undefined) return undefined
  const found = md5(bytes)
  return found === record.md5 ? undefined : `has MD5 ${found}, expected ${record.md5}`
}

/** What a file lacks whose reading failed, in a few words. */
export function failureOf(error: unknown): string {
  const code = errorCode(error) ?? String(error)
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : (REASONS[code] ?? `unreadable (${code})`)
}
