import { inflateZlib, TooLongError } from '../../platform/inflate'

type Fail = (problem: string) => never

/** Bytes to the end of IHDR. */
const HEADER = 33
const CHUNK = 12
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
/** First column and row of each pass of an interlaced image, and the steps to the next ones. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
]

/**
 * Fails unless a PNG file has exactly as many pixels as its header declares: the decoder fills missing ones
 * with uninitialised memory, and inflates interlaced ones without a limit.
 *
 * @param bytes of the file, its signature checked
 * @param fail receives what is wrong
 */
export function checkPixels(bytes: Buffer, fail: Fail): void {
  if (bytes.length < HEADER) fail('is a damaged PNG file: it is cut off inside its header')
  const wanted = pixelBytes(bytes, fail)
  const damaged = 'is a damaged PNG file'
  const chunks = Buffer.concat(pixelChunks(bytes, fail))
  let length = 0
  try {
    length = inflateZlib(chunks, wanted).length
  } catch (error) {
    if (error instanceof TooLongError) fail(`${damaged}: it has more pixels than its header says`)
    fail(`${damaged} (${(error as Error).message})`)
  }
  if (length < wanted) fail(`${damaged}: it has fewer pixels than its header says`)
}

/** Length of the inflated pixels: per row and pass, one byte and the samples in whole bytes. */
function pixelBytes(bytes: Buffer, fail: Fail): number {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  const [depth, type, interlace] = [bytes[24], bytes[25], bytes[28]]
  if (!(type in CHANNELS) || ![1, 2, 4, 8, 16].includes(depth))
    fail(`is a damaged PNG file: its header has colour type ${type} with ${depth} bits`)
  const bits = CHANNELS[type] * depth
  const passes = interlace === 0 ? [[0, 0, 1, 1]] : PASSES
  return passes.reduce((sum, [column, row, right, down]) => {
    const [columns, rows] = [Math.ceil((width - column) / right), Math.ceil((height - row) / down)]
    return columns > 0 && rows > 0 ? sum + rows * (1 + Math.ceil((columns * bits) / 8)) : sum
  }, 0)
}

function pixelChunks(bytes: Buffer, fail: Fail): Buffer[] {
  const found: Buffer[] = []
  for (let at = 8; at < bytes.length;) {
    const length = at + CHUNK <= bytes.length ? bytes.readUInt32BE(at) : Infinity
    if (at + CHUNK + length > bytes.length) fail('is a damaged PNG file: it is cut off')
    const name = bytes.toString('latin1', at + 4, at + 8)
    if (name === 'IEND') break
    if (name === 'IDAT') found.push(bytes.subarray(at + 8, at + 8 + length))
    at += CHUNK + length
  }
  return found
}
