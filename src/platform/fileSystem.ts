import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

// The few verbs the library needs, in the system's own terms: what fails has its code (`errorCode`), and `fileError` puts it into words.

/** True where there is a file or folder. */
export const exists = (file: string): boolean => fs.existsSync(file)

/** True where there is a file; false for a folder, and where it cannot be looked at. */
export function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/** All bytes of a file. */
export const readFile = (file: string): Buffer => fs.readFileSync(file)

/** A file as UTF-8 text. */
export const readText = (file: string): string => fs.readFileSync(file, 'utf8')

/** Writes a file in place, without waiting for the disk: for many small ones. `writeWhole` is for all others. */
export const writeFile = (file: string, content: Uint8Array): void => fs.writeFileSync(file, content)

/** Names of what a folder holds. */
export const list = (folder: string): string[] => fs.readdirSync(folder)

/** Names of what a folder holds, and which of them are folders. */
export async function listEntries(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  const entries = await fs.promises.readdir(folder, { withFileTypes: true })
  return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
}

/** Deletes a file, where it is there. */
export const removeFile = (file: string): void => fs.rmSync(file, { force: true })

/** Deletes a folder with all it holds, where it is there. */
export const removeFolder = (folder: string): void => fs.rmSync(folder, { recursive: true, force: true })

/** A new folder for what is needed for a while. @param prefix of its name. */
export const temporaryFolder = (prefix: string): string => fs.mkdtempSync(path.join(tmpdir(), prefix))
