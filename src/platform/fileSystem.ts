import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DataError } from '../base/errors'

// The file operations that the library needs. Errors keep the system's code (`errorCode`); `fileError` turns
// them into messages.

/** True if the file or folder exists. */
export const exists = (file: string): boolean => fs.existsSync(file)

/** True for a file; false for a folder, and if it cannot be examined. */
export function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/** True for a folder; false for anything else, and if it cannot be examined. */
export function isFolder(file: string): boolean {
  try {
    return fs.statSync(file).isDirectory()
  } catch {
    return false
  }
}

/**
 * Throws unless it is a file: reading a pipe or a terminal waits for ever, and stops the whole process.
 *
 * @throws Error with the code ENOFILE for pipes, devices and sockets
 */
export function requireFile(file: string): void {
  const found = fs.statSync(file)
  if (found.isFile() || found.isDirectory()) return
  throw Object.assign(new Error(`${file} is no file`), { code: 'ENOFILE' })
}

/** All bytes of a file. */
export function readFile(file: string): Buffer {
  requireFile(file)
  return fs.readFileSync(file)
}

/** Bytes of a text that is read as a whole: larger ones are none that this library wrote. */
const LARGEST_TEXT = 100e6

/**
 * A file as UTF-8 text.
 *
 * @throws Error with the code ETOOLARGE for more than 100 MB
 */
export function readText(file: string): string {
  const found = fs.statSync(file)
  if (found.isFile() && found.size > LARGEST_TEXT)
    throw Object.assign(new Error(`${file} is too large`), { code: 'ETOOLARGE' })
  return readFile(file).toString('utf8')
}

/**
 * Writes a file in place, without waiting for the disk: for many small ones. `writeWhole` is for all others.
 */
export const writeFile = (file: string, content: Uint8Array): void => fs.writeFileSync(file, content)

/** Names of a folder's entries. */
export const list = (folder: string): string[] => fs.readdirSync(folder)

/**
 * A folder's entries: which of them are folders, and which files; links are followed, pipes are neither.
 *
 * @throws Error with the code ENOFILE where a pipe, a device or a socket is in its place
 */
export async function listEntries(
  folder: string,
): Promise<{ name: string; isFolder: boolean; isFile: boolean }[]> {
  requireFile(folder)
  const entries = await fs.promises.readdir(folder, { withFileTypes: true })
  return Promise.all(
    entries.map(async (entry) => {
      const { name } = entry
      if (!entry.isSymbolicLink()) return { name, isFolder: entry.isDirectory(), isFile: entry.isFile() }
      const found = await fs.promises.stat(path.join(folder, name)).catch(() => undefined)
      return { name, isFolder: found?.isDirectory() ?? false, isFile: found?.isFile() ?? false }
    }),
  )
}

/** Deletes a file if it exists. */
export const removeFile = (file: string): void => fs.rmSync(file, { force: true })

/** Deletes a folder and its content if it exists. */
export const removeFolder = (folder: string): void => fs.rmSync(folder, { recursive: true, force: true })

/**
 * A new temporary folder.
 *
 * @param prefix of its name
 * @throws DataError if the system's folder for such files cannot be used
 */
export function temporaryFolder(prefix: string): string {
  const parent = tmpdir()
  try {
    return fs.mkdtempSync(path.join(parent, prefix))
  } catch (error) {
    throw new DataError(
      `temporary files cannot be made in ${parent} (${(error as NodeJS.ErrnoException).code}). Set TMPDIR to a folder that can be written to.`,
    )
  }
}
