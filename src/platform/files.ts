import fs from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { DataError } from '../base/errors'
import {
  errorCode,
  failureOf,
  fileError,
  problemOf,
  type FileCheck,
  type PublishedFile,
} from './fileProblems'
import { isFile, requireFile } from './fileSystem'
import { md5 } from './hash'

export * from './fileProblems'

/** True if `file` exists, false if not; any other result of the system is an error. */
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
 * Makes a folder and the folders above it. Node's own recursive mkdir never returns where the system answers
 * ENOENT below a folder that is there (/proc, some network drives).
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

/** A file's bytes; a one-line error if it cannot be read. */
export async function readBytes(file: string, remedy: string): Promise<Buffer> {
  try {
    requireFile(file)
    return await readFile(file)
  } catch (error) {
    throw fileError(error, file, remedy)
  }
}

const RECORD = '.md5'

/**
 * Records the MD5 of a file without a published checksum at its first download, beside it, in the format
 * that `md5sum -c` reads.
 *
 * @param folder of the file
 * @param name of the file
 * @param found its MD5
 */
export const recordFile = (folder: string, name: string, found: string): void =>
  replaceFile(path.join(folder, name + RECORD), `${found}  ${name}\n`)

/** The file with the MD5 recorded at its download, if none was published. */
async function recorded(folder: string, record: PublishedFile): Promise<PublishedFile> {
  if (record.md5 !== undefined) return record
  const beside = path.join(folder, record.name + RECORD)
  const line = isFile(beside) ? await readFile(beside, 'latin1').catch(() => '') : ''
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

/** Checks one file of a folder: does it exist, and is it byte for byte the published one? */
export async function checkFile(folder: string, record: PublishedFile): Promise<FileCheck> {
  const { name } = record
  try {
    requireFile(path.join(folder, name))
    const bytes = await readFile(path.join(folder, name))
    const known = await recorded(folder, record)
    const problem = problemOf(bytes, known)
    const how =
      known.md5 === undefined
        ? 'not compared: no checksum is known'
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
    return { name, size: null, checksum: null, ok: false, problem: failureOf(error) }
  }
}

/**
 * Writes a file completely or not at all: under a temporary name in the same folder first, then renamed.
 *
 * `write-file-atomic` and `atomically` do the same with a single write call: if the system writes only a
 * part, as at a size limit or on a full disk, they leave a truncated file. Node's writeFileSync continues
 * until everything is written, or throws.
 *
 * @throws the system's error
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

/**
 * The same for a file that the user named; returns the absolute path, throws a DataError if it cannot be
 * written.
 */
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
    // Its parent is not a folder, so the file does not exist either.
  }
}
