import { Readable, type Transform } from 'node:stream'
import {
  constants,
  createGunzip,
  createInflate,
  createInflateRaw,
  gunzipSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib'

/** A stream holds more bytes than allowed. */
export class TooLongError extends Error {}

// The highest ratio of content to compressed bytes of a deflate stream.
export const MOST_EXPANSION = 1032

const PIECE = 2 ** 20

/** The first bytes of a gzip stream's content; an incomplete stream is not an error. */
export const inflateStart = (bytes: Uint8Array): Uint8Array =>
  gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })

/**
 * All that a gzip stream holds.
 *
 * @param limit the most bytes it may hold
 * @returns the content, and how many of the compressed bytes belong to the stream: others may follow
 * @throws TooLongError if it holds more; otherwise the decoder's error
 */
export function inflateWhole(bytes: Uint8Array, limit: number): { bytes: Uint8Array; used: number } {
  // One buffer instead of thousands of chunks, but no larger than the content can be.
  const chunkSize = Math.max(64, Math.min(limit, MOST_EXPANSION * bytes.length) + 1)
  const options = { maxOutputLength: limit, chunkSize, info: true }
  const { buffer, engine } = limited(() => gunzipSync(bytes, options)) as unknown as {
    buffer: Buffer
    engine: { bytesWritten: number }
  }
  return { bytes: buffer, used: engine.bytesWritten }
}

/** The same of a zlib stream, such as a PNG file's pixels; @returns its content. */
export const inflateZlib = (bytes: Uint8Array, limit: number): Uint8Array =>
  limited(() => inflateSync(bytes, { maxOutputLength: limit }))

/** The content of a zlib stream, inflated on demand. */
export interface InflatedPieces {
  /** The next bytes; undefined at the end. @throws the decoder's error. */
  next(): Promise<Uint8Array | undefined>
  /** How many compressed bytes were used. */
  used(): number
  /** Frees the unread rest. */
  close(): void
}

/** Inflates a zlib stream piece by piece. */
export function inflatePieces(bytes: Uint8Array): InflatedPieces {
  const inflate = createInflate({ chunkSize: PIECE, readableHighWaterMark: PIECE } as ZlibOptions)
  inflate.end(bytes)
  const pieces = inflate[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  return {
    async next() {
      const piece = await pieces.next()
      return piece.done ? undefined : piece.value
    },
    used: () => inflate.bytesWritten,
    close: () => inflate.destroy(),
  }
}

/** Inflates a gzip stream piece by piece. @param packed its bytes, in pieces that may be used again. */
export const gunzipPieces = (packed: Iterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  through(packed, createGunzip({ chunkSize: PIECE }))

/** The same of a deflate stream, as in ZIP archives. */
export const inflatedRaw = (packed: Iterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  through(packed, createInflateRaw({ chunkSize: PIECE }))

function through(packed: Iterable<Uint8Array>, inflate: Transform): AsyncIterable<Uint8Array> {
  const copies = function* (): Generator<Uint8Array, void> {
    for (const piece of packed) yield Uint8Array.from(piece)
  }
  const source = Readable.from(copies())
  source.on('error', (error) => inflate.destroy(error))
  return source.pipe(inflate)
}

function limited<T>(inflate: () => T): T {
  try {
    return inflate()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLongError()
    throw error
  }
}
