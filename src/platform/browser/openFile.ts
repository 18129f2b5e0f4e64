import { fileError } from '../fileProblems'
import type { OpenFile } from '../openFile'
import { read } from './memory'

export type { OpenFile } from '../openFile'

export function openFile(file: string, remedy: string): OpenFile {
  try {
    return bytesAsFile(file, read(file))
  } catch (error) {
    throw fileError(error, file, remedy)
  }
}

export const bytesAsFile = (name: string, bytes: Uint8Array): OpenFile => ({
  name,
  size: bytes.length,
  read: (at, length) => bytes.subarray(at, at + length),
  pieces: (at, end) => [bytes.subarray(at, end)],
  close: () => undefined,
})
