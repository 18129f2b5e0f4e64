import { Gunzip, Inflate, Unzlib, type AsyncFlateStreamHandler } from 'fflate'

export class TooLongError extends Error {}

export const MOST_EXPANSION = 1032

const PIECE = 2 ** 20

interface Decoder {
  ondata: AsyncFlateStreamHandler | ((piece: Uint8Array, last: boolean) => void)
  push(piece: Uint8Array, last?: boolean): void
}

/** What a decoder makes of some bytes, in pieces; `limit` is the most it may be. */
function decoded(decoder: Decoder, bytes: Uint8Array, isWhole: boolean, limit = Infinity): Uint8Array {
  const pieces: Uint8Array[] = []
  let [length, ended] = [0, false]
  decoder.ondata = (piece: Uint8Array, last: boolean) => {
    length += piece.length
    if (length > limit) throw new TooLongError()
    pieces.push(piece)
    ended ||= last
  }
  for (let at = 0; at < bytes.length || at === 0; at += PIECE)
    decoder.push(bytes.subarray(at, at + PIECE), isWhole && at + PIECE >= bytes.length)
  if (isWhole && !ended) throw new Error('unexpected end of file')
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

export const inflateStart = (bytes: Uint8Array): Uint8Array => decoded(new Gunzip(), bytes, false)

/** Bytes after the stream are not looked for: the files of this edition have none. */
export const inflateWhole = (bytes: Uint8Array, limit: number): { bytes: Uint8Array; used: number } => ({
  bytes: decoded(new Gunzip(), bytes, true, limit),
  used: bytes.length,
})

export const inflateZlib = (bytes: Uint8Array, limit: number): Uint8Array =>
  decoded(new Unzlib(), bytes, true, limit)

export interface InflatedPieces {
  next(): Promise<Uint8Array | undefined>
  used(): number
  close(): void
}

export function inflatePieces(bytes: Uint8Array): InflatedPieces {
  let rest: Uint8Array | undefined = bytes
  return {
    next() {
      const whole = rest && decoded(new Unzlib(), rest, true)
      rest = undefined
      return Promise.resolve(whole)
    },
    used: () => bytes.length,
    close: () => undefined,
  }
}

const through = (packed: Iterable<Uint8Array>, make: () => Decoder): AsyncIterable<Uint8Array> => ({
  // eslint-disable-next-line @typescript-eslint/require-await
  async *[Symbol.asyncIterator]() {
    const ready: Uint8Array[] = []
    const decoder = make()
    decoder.ondata = (piece: Uint8Array) => void ready.push(piece)
    for (const piece of packed) {
      decoder.push(Uint8Array.from(piece))
      yield* ready.splice(0)
    }
    decoder.push(new Uint8Array(0), true)
    yield* ready.splice(0)
  },
})

export const gunzipPieces = (packed: Iterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  through(packed, () => new Gunzip())

export const inflatedRaw = (packed: Iterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  through(packed, () => new Inflate())
