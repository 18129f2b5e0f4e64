import { deflateSync } from 'node:zlib'

/** What a PNG file of the tests holds: samples as they stand in the file, before any conversion. */
export interface PngContent {
  width: number
  height: number
  depth: 1 | 2 | 4 | 8 | 16
  /** 0 grey, 2 colour, 3 palette, 4 grey and opacity, 6 colour and opacity. */
  type: 0 | 2 | 3 | 4 | 6
  /** `[height, width, channels]`. */
  samples: readonly number[]
  palette?: readonly number[]
  transparency?: readonly number[]
  interlaced?: boolean
}

/** In which pass each pixel of a square of 8 × 8 comes, as the specification prints it. */
const ADAM7 = [
  [1, 6, 4, 6, 2, 6, 4, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [5, 6, 5, 6, 5, 6, 5, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [3, 6, 4, 6, 3, 6, 4, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [5, 6, 5, 6, 5, 6, 5, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
]
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/**
 * A PNG file written from its specification alone (ISO 15948), without filters, so that no library reads its
 * own writing.
 */
export function writePng(content: PngContent): Buffer {
  const { width, height, depth, type, samples, palette, transparency } = content
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, type, 0, 0, content.interlaced ? 1 : 0], 8)
  const channels = CHANNELS[type]
  const rows: number[] = []
  for (const pass of content.interlaced ? [1, 2, 3, 4, 5, 6, 7] : [0])
    for (let y = 0; y < height; y++) {
      const columns = Array.from({ length: width }, (_, x) => x).filter(
        (x) => pass === 0 || ADAM7[y % 8][x % 8] === pass,
      )
      if (columns.length === 0) continue
      const bits = columns
        .flatMap((x) => samples.slice((y * width + x) * channels, (y * width + x + 1) * channels))
        .map((sample) => sample.toString(2).padStart(depth, '0'))
        .join('')
      rows.push(0)
      for (let at = 0; at < bits.length; at += 8)
        rows.push(parseInt(bits.slice(at, at + 8).padEnd(8, '0'), 2))
    }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Buffer.from(palette))] : []),
    ...(transparency ? [chunk('tRNS', Buffer.from(transparency))] : []),
    chunk('IDAT', deflateSync(Buffer.from(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A chunk: length, name, content, CRC-32 of name and content. */
export function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content])
  const out = Buffer.alloc(named.length + 8)
  out.writeUInt32BE(content.length, 0)
  named.copy(out, 4)
  out.writeUInt32BE(crc32(named), named.length + 4)
  return out
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}
