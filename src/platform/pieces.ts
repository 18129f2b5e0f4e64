import fs from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import path from 'node:path'
import { DataError } from '../base/errors'
import { fileError, formatBytes } from './files'
import { isFile, requireFile } from './fileSystem'

/** The bytes of a file in pieces of whole lines, readable repeatedly; a piece is valid until the next one. */
export type Pieces = () => AsyncIterable<Buffer> | Iterable<Buffer>

const NEWLINE = 10
/** Bytes of a line: a file without lines would be in memory as a whole, three times. */
const LONGEST = 2 ** 26

/**
 * A file in pieces of whole lines, so that all of it is never in memory.
 *
 * @param file its path
 * @param remedy what to do where it cannot be read
 * @throws DataError if the file does not exist or cannot be read
 */
export async function piecesOf(file: string, remedy: string): Promise<Pieces> {
  try {
    if (isFile(file)) return () => linesOf(file, remedy)
    if (!isOpenPipe(file)) requireFile(file)
    // A pipe can only be read once.
    const whole = await readFile(file)
    return () => [whole]
  } catch (error) {
    throw fileError(error, file, remedy)
  }
}

/**
 * True for a pipe that this process was started with, as `<(zcat texts.gz)` gives one: it ends when its writer
 * does. Nobody may ever write to one that lies in a folder, and devices such as /dev/zero never end.
 */
const isOpenPipe = (file: string): boolean =>
  /^\/(dev\/(fd\/|stdin$)|proc\/)/.test(path.resolve(file)) && fs.statSync(file).isFIFO()

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
      if (kept > LONGEST)
        throw new DataError(
          `${file} has a line of more than ${formatBytes(LONGEST)}. Write one text per line.`,
        )
      if (kept === bytes.length) bytes = Buffer.concat([bytes], 2 * kept)
    }
    if (kept > 0) yield bytes.subarray(0, kept)
  } finally {
    await handle.close()
  }
}
