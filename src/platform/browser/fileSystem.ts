import { isThereAsFile, isThereAsFolder, namesIn, read, remove, systemError, write } from './memory'

export const exists = (file: string): boolean => isThereAsFile(file) || isThereAsFolder(file)

export const isFile = isThereAsFile

export const isFolder = isThereAsFolder

export function requireFile(file: string): void {
  if (!exists(file)) throw systemError('ENOENT', file)
}

export function readFile(file: string): Buffer {
  const bytes = read(file)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export const readText = (file: string): string => readFile(file).toString('utf8')

export const writeFile = (file: string, content: Uint8Array): void => write(file, content)

export const list = namesIn

export const listEntries = (
  folder: string,
): Promise<{ name: string; isFolder: boolean; isFile: boolean }[]> =>
  Promise.resolve(
    namesIn(folder).map((name) => {
      const isFolder = isThereAsFolder(`${folder}/${name}`)
      return { name, isFolder, isFile: !isFolder }
    }),
  )

export const removeFile = remove

export const removeFolder = remove

let serial = 0

export const temporaryFolder = (prefix: string): string => `/tmp/${prefix}${serial++}`
