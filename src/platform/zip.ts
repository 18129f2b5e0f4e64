import * as zlib from 'node:zlib'
import type { Entry } from 'yauzl'
import { inflatedRaw } from './inflate'
import type { OpenFile } from './openFile'

/** A file in a ZIP archive. */
export interface ZipEntry {
  readonly name: string
  /** Bytes of its content, as the archive states them. */
  readonly size: number
  /** Bytes it has in the archive. */
  readonly packed: number
  /** The content in pieces, inflated on demand, never more than `size`; throws if its checksum is wrong. */
  pieces(): AsyncIterable<Uint8Array>
}

/** A ZIP archive, whose files are read where they are needed. */
export interface Zip {
  readonly entries: readonly ZipEntry[]
  close(): void
}

const MOST_ENTRIES = 10_000
const DEFLATE = 8

/** Opens a ZIP archive; throws an error with a reason if it is none or is damaged. */
export async function openZip(file: OpenFile): Promise<Zip> {
  const { openPromise } = await import('yauzl')
  // Names are not paths here: nothing is unpacked.
  const zip = await openPromise(file.name, { autoClose: false, strictFileNames: false })
  const found: Entry[] = []
  try {
    if (zip.entryCount > MOST_ENTRIES) throw new Error(`it has ${zip.entryCount} files`)
    for await (const entry of zip.eachEntry()) found.push(entry)
  } catch (error) {
    zip.close()
    throw error
  }
  const piecesOf = async function* (entry: Entry): AsyncGenerator<Uint8Array, void> {
    if (entry.compressionMethod !== 0 && entry.compressionMethod !== DEFLATE)
      throw new Error(`compression method ${entry.compressionMethod}`)
    let sum = 0
    let length = 0
    if (entry.isEncrypted()) throw new Error(`${entry.fileName} is encrypted`)
    const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
    const packed = file.pieces(start, start + entry.compressedSize)
    for await (const piece of entry.compressionMethod === DEFLATE ? inflatedRaw(packed) : packed) {
      length += piece.length
      if (length > entry.uncompressedSize) throw new Error(`${entry.fileName} is longer than declared`)
      sum = crc32(piece, sum)
      yield piece
    }
    if (length !== entry.uncompressedSize) throw new Error(`${entry.fileName} is cut off`)
    if (sum !== entry.crc32) throw new Error(`wrong checksum of ${entry.fileName}`)
  }
  return {
    entries: found.map((entry) => ({
      name: entry.fileName,
      size: entry.uncompressedSize,
      packed: entry.compressedSize,
      pieces: () => piecesOf(entry),
    })),
    close: () => zip.close(),
  }
}

type Crc32 = (bytes: Uint8Array, sum: number) => number

// Node has it since 20.15 and 22.2.
const crc32: Crc32 = (zlib as { crc32?: Crc32 }).crc32 ?? slowCrc32

/** The CRC-32 of RFC 1952, continued from `sum`. */
export function slowCrc32(bytes: Uint8Array, sum: number): number {
  let crc = ~sum
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  }
  return ~crc >>> 0
}
