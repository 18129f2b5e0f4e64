import fs from 'node:fs'
import { fileError } from './files'
import { requireFile } from './fileSystem'

/** A file whose bytes are read where they are needed, so that it is never in memory as a whole. */
export interface OpenFile {
  /** Its path, as the user gave it. */
  readonly name: string
  /** Number of its bytes. */
  readonly size: number
  /** Bytes from `at`; fewer than `length` at the end of the file. */
  read(at: number, length: number): Uint8Array
  /** Bytes from `at` up to `end`, in pieces, each valid until the next. */
  pieces(at: number, end: number): Iterable<Uint8Array>
  /** Must be called once the file is no longer read. */
  close(): void
}

const PIECE = 2 ** 18

/**
 * Opens a file.
 *
 * @param file its path
 * @param remedy what to do if it cannot be read
 * @throws DataError if it does not exist or cannot be read
 */
export function openFile(file: string, remedy: string): OpenFile {
  const failing = <T>(use: () => T): T => {
    try {
      return use()
    } catch (error) {
      throw fileError(error, file, remedy)
    }
  }
  failing(() => requireFile(file))
  const handle = failing(() => fs.openSync(file, 'r'))
  const { size } = failing(() => fs.fstatSync(handle))
  const into = (bytes: Uint8Array, at: number): Uint8Array => {
    let filled = 0
    while (filled < bytes.length) {
      const count = failing(() => fs.readSync(handle, bytes, filled, bytes.length - filled, at + filled))
      if (count === 0) break
      filled += count
    }
    return bytes.subarray(0, filled)
  }
  return {
    name: file,
    size,
    read: (at, length) => into(new Uint8Array(Math.max(0, Math.min(length, size - at))), at),
    *pieces(at, end) {
      const room = new Uint8Array(Math.min(PIECE, Math.max(0, end - at)))
      for (let from = at; from < end;) {
        const piece = into(room.subarray(0, Math.min(PIECE, end - from)), from)
        if (piece.length === 0) return
        yield piece
        from += piece.length
      }
    },
    close: () => fs.closeSync(handle),
  }
}

/** Bytes in memory, used as a file. */
export const bytesAsFile = (name: string, bytes: Uint8Array): OpenFile => ({
  name,
  size: bytes.length,
  read: (at, length) => bytes.subarray(at, at + length),
  pieces: (at, end) => [bytes.subarray(at, end)],
  close: () => undefined,
})
