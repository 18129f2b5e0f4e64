import { constants, createInflate, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib'

/** A stream that holds more bytes than it may. */
export class TooLongError extends Error {}

// No deflate stream holds more than that many bytes in one of its own.
export const MOST_EXPANSION = 1032

const PIECE = 2 ** 20

/** The first bytes of what a gzip stream holds; that it is cut off is no error. */
export const inflateStart = (bytes: Uint8Array): Uint8Array =>
  gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })

/**
 * All that a gzip stream holds.
 *
 * @param limit the most bytes it may hold
 * @returns them, and how many of the compressed bytes belong to the stream: others may follow
 * @throws TooLongError where it holds more; else the decoder's reason
 */
export function inflateWhole(bytes: Uint8Array, limit: number): { bytes: Uint8Array; used: number } {
  // In one piece, rather than in thousands that are then put together; but no room for what cannot be in there.
  const chunkSize = Math.max(64, Math.min(limit, MOST_EXPANSION * bytes.length) + 1)
  const options = { maxOutputLength: limit, chunkSize, info: true }
  const { buffer, engine } = limited(() => gunzipSync(bytes, options)) as unknown as {
    buffer: Buffer
    engine: { bytesWritten: number }
  }
  return { bytes: buffer, used: engine.bytesWritten }
}

/** The same of a zlib stream, such as a PNG file's pixels; @returns what it holds. */
export const inflateZlib = (bytes: Uint8Array, limit: number): Uint8Array =>
  limited(() => inflateSync(bytes, { maxOutputLength: limit }))

/** What a zlib stream holds, inflated only as it is asked for. */
export interface InflatedPieces {
  /** The next bytes; undefined at the end. @throws the decoder's reason. */
  next(): Promise<Uint8Array | undefined>
  /** How many of the compressed bytes were used. */
  used(): number
  /** Frees what is left unread. */
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

function limited<T>(inflate: () => T): T {
  try {
    return inflate()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLongError()
    throw error
  }
}
