import { open, readFile, stat } from 'node:fs/promises'
import { fileError } from './files'

/** The bytes of a file in pieces of whole lines, readable repeatedly; a piece is valid until the next one. */
export type Pieces = () => AsyncIterable<Buffer> | Iterable<Buffer>

const NEWLINE = 10

/**
 * A file in pieces of whole lines, so that all of it is never in memory.
 *
 * @param file its path
 * @param remedy what to do where it cannot be read
 * @throws DataError if the file does not exist or cannot be read
 */
export async function piecesOf(file: string, remedy: string): Promise<Pieces> {
  try {
    if ((await stat(file)).isFile()) return () => linesOf(file, remedy)
    // A pipe can only be read once.
    const whole = await readFile(file)
    return () => [whole]
  } catch (error) {
    throw fileError(error, file, remedy)
  }
}

async function* linesOf(file: string, remedy: string): AsyncGenerator<Buffer, void> {
  const handle = await open(file).catch((error: unknown) => {
    throw fileError(error, file, remedy)
  })
  try {
    let [bytes, kept] = [Buffer.allocUnsafe(1 << 18), 0]
    for (;;) {
      const { bytesRead } = await handle.read(bytes, kept, bytes.length - kept)
      const end = kept + bytesRead
      if (bytesRead === 0) break
      const cut = bytes.subarray(0, end).lastIndexOf(NEWLINE) + 1
      if (cut > 0) yield bytes.subarray(0, cut)
      bytes.copyWithin(0, cut, end)
      kept = end - cut
      if (kept === bytes.length) bytes = Buffer.concat([bytes], 2 * kept)
    }
    if (kept > 0) yield bytes.subarray(0, kept)
  } finally {
    await handle.close()
  }
}
