import { DataError } from '../../base/errors'
import { failureOf, fileError, problemOf, type FileCheck, type PublishedFile } from '../fileProblems'
import { md5 } from '../hash'
import { absolute, isThereAsFile, isThereAsFolder, makeFolders, readOrFetch, write } from './memory'

export * from '../fileProblems'

export const isThere = (file: string, _remedy: string): Promise<boolean> =>
  Promise.resolve(isThereAsFile(file) || isThereAsFolder(file))

export const makeFolder = makeFolders

export async function readBytes(file: string, remedy: string): Promise<Buffer> {
  try {
    const bytes = await readOrFetch(file)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  } catch (error) {
    throw fileError(error, file, remedy)
  }
}

/** Checksums recorded at a download do not exist here: nothing is downloaded. */
export const recordFile = (_folder: string, _name: string, _found: string): void => undefined

export async function readVerified(folder: string, record: PublishedFile, remedy: string): Promise<Buffer> {
  const file = `${folder}/${record.name}`
  const bytes = await readBytes(file, remedy)
  const problem = problemOf(bytes, record)
  if (problem) throw new DataError(`${file} is damaged: it ${problem}. ${remedy}`)
  return bytes
}

export async function verifiedFile(folder: string, record: PublishedFile, remedy: string): Promise<string> {
  await readVerified(folder, record, remedy)
  return `${folder}/${record.name}`
}

export async function checkFile(folder: string, record: PublishedFile): Promise<FileCheck> {
  const { name } = record
  try {
    const bytes = await readOrFetch(`${folder}/${name}`)
    const problem = problemOf(bytes, record)
    return { name, size: bytes.length, checksum: md5(bytes), ok: !problem, ...(problem && { problem }) }
  } catch (error) {
    return { name, size: null, checksum: null, ok: false, problem: failureOf(error) }
  }
}

export const replaceFile = write

export function writeWhole(file: string, content: string | Uint8Array): string {
  try {
    write(file, content)
  } catch (error) {
    throw new DataError(
      `${absolute(file)}: cannot be written (${(error as Error).message}). Name another one.`,
    )
  }
  return absolute(file)
}
