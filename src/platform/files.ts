import fs from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { DataError } from '../base/errors'
import { thousands } from '../base/thousands'
import { md5 } from './hash'

/** A file as it was published: its name and, where they are known, its size in bytes and MD5 (32 hexadecimal digits). */
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

/** What became of one file of a data set when it was looked at. */
export interface FileCheck {
  /** Name of the file. */
  name: string
  /** Bytes found, or null where there is no such file. */
  size: number | null
  /** MD5 found, or null where there is no such file. */
  checksum: string | null
  /** True where size and MD5 are the published ones, as far as any were published or recorded at the download. */
  ok: boolean
  /** What is wrong with it, in words; absent when it is ok. */
  problem?: string
  /** With what it was compared, where that is not what was published. */
  compared?: string
}

/** A number of bytes with thousands separated, the same in every locale. */
export const bytesInWords = (bytes: number): string => `${thousands(bytes)} bytes`

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist: a part of its path is a file, not a folder',
  EEXIST: 'is a file where a folder was wanted',
  EISDIR: 'is a folder where a file was wanted',
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

/** True where `file` is there; false where it is not; any other answer of the system is an error. */
export async function isThere(file: string, remedy: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false
    throw fileError(error, file, remedy)
  }
}

/**
 * Makes a folder and the folders above it. Node's own recursive mkdir never returns where the system answers ENOENT below a folder that is
 * there (/proc, some network drives).
 */
export function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST' && fs.statSync(folder).isDirectory()) return
    const above = path.dirname(folder)
    if (code !== 'ENOENT' || fs.existsSync(above)) throw error
    makeFolder(above)
    makeFolder(folder)
  }
}

/** A file's bytes, or the one-line error that says why not. */
export async function readBytes(file: string, remedy: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw fileError(error, file, remedy)
  }
}

/** What is wrong with the bytes of a file, or undefined when they are the published ones. */
export function problemOf(bytes: Uint8Array, record: PublishedFile): string | undefined {
  if (record.size !== undefined && bytes.length !== record.size)
    return `has ${bytesInWords(bytes.length)}, wanted ${bytesInWords(record.size)}`
  if (record.md5 === undefined) return undefined
  const found = md5(bytes)
  return found === record.md5 ? undefined : `has MD5 ${found}, wanted ${record.md5}`
}

const RECORD = '.md5'

/**
 * Records what a file is at its first download, where its checksum was never published, beside it and as `md5sum -c` reads it.
 *
 * @param folder of the file
 * @param name of the file
 * @param found its MD5
 */
export const recordFile = (folder: string, name: string, found: string): void =>
  replaceFile(path.join(folder, name + RECORD), `${found}  ${name}\n`)

/** The file with the MD5 that was recorded at its download, where none was published. */
async function recorded(folder: string, record: PublishedFile): Promise<PublishedFile> {
  if (record.md5 !== undefined) return record
  const line = await readFile(path.join(folder, record.name + RECORD), 'latin1').catch(() => '')
  const found = /^[0-9a-f]{32}(?=\s)/.exec(line)
  return found ? { ...record, md5: found[0] } : record
}

/**
 * The bytes of a published file, verified by size and MD5 where they are known.
 *
 * @throws DataError when the file is missing, unreadable, truncated or altered
 */
export async function readVerified(folder: string, record: PublishedFile, remedy: string): Promise<Buffer> {
  const file = path.join(folder, record.name)
  const bytes = await readBytes(file, remedy)
  const problem = problemOf(bytes, await recorded(folder, record))
  if (problem) throw new DataError(`${file} is damaged: it ${problem}. ${remedy}`)
  return bytes
}

/**
 * The path of a published file, verified where its size or MD5 are known.
 *
 * @throws DataError when the file is known, and missing, unreadable, truncated or altered
 */
export async function verifiedFile(folder: string, record: PublishedFile, remedy: string): Promise<string> {
  const { size, md5: known } = await recorded(folder, record)
  if (size !== undefined || known !== undefined) await readVerified(folder, record, remedy)
  return path.join(folder, record.name)
}

/** Looks at one file of a folder: there, and byte for byte the published one? */
export async function checkFile(folder: string, record: PublishedFile): Promise<FileCheck> {
  const { name } = record
  try {
    const bytes = await readFile(path.join(folder, name))
    const known = await recorded(folder, record)
    const problem = problemOf(bytes, known)
    const how =
      known.md5 === undefined
        ? 'no checksum is known: compared with nothing'
        : 'as recorded at its download: no checksum was published'
    const compared = record.md5 === undefined && !problem ? { compared: how } : {}
    return {
      name,
      size: bytes.length,
      checksum: md5(bytes),
      ok: !problem,
      ...(problem && { problem }),
      ...compared,
    }
  } catch (error) {
    const code = errorCode(error) ?? String(error)
    const problem =
      code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : (REASONS[code] ?? `unreadable (${code})`)
    return { name, size: null, checksum: null, ok: false, problem }
  }
}

/**
 * Puts a file in place whole or not at all: under another name in the same folder first, then renamed.
 *
 * `write-file-atomic` and `atomically` do the same, but ask the system once: where it takes a part only, as at a limit
 * of size or on a full disk, they put a file that was cut short in place. Node's own writeFileSync goes on until all is
 * written, or throws.
 *
 * @throws what the system says
 */
export function replaceFile(target: string, content: string | Uint8Array): void {
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.part`)
  try {
    makeFolder(path.dirname(target))
    const handle = fs.openSync(temporary, 'w')
    try {
      fs.writeFileSync(handle, content)
      fs.fsyncSync(handle)
    } finally {
      fs.closeSync(handle)
    }
    fs.renameSync(temporary, target)
  } catch (error) {
    removeIfThere(temporary)
    throw error
  }
}

/** The same for a file that a person named, with the absolute path as result and a DataError where it cannot be. */
export function writeWhole(file: string, content: string | Uint8Array): string {
  const target = path.resolve(file)
  try {
    replaceFile(target, content)
  } catch (error) {
    throw new DataError(
      `${target}: cannot be written (${(error as Error).message}). Choose a folder that can be written to.`,
    )
  }
  return target
}

function removeIfThere(file: string): void {
  try {
    fs.rmSync(file, { force: true })
  } catch {
    // Its folder is none, so neither is the file.
  }
}
