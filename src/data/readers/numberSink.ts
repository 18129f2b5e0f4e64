/** Types of numbers in files: letter and bytes, as NumPy names them; 'h' is bfloat16. */
export type NumberType = keyof typeof READERS

const LITTLE_MACHINE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const ROOM = 2 ** 16

type Convert = (buffer: ArrayBufferLike, count: number, at: number) => ArrayLike<number>

const READERS = {
  b1: (buffer, count, at) => new Uint8Array(buffer, at, count).map((value) => (value === 0 ? 0 : 1)),
  i1: (buffer, count, at) => new Int8Array(buffer, at, count),
  u1: (buffer, count, at) => new Uint8Array(buffer, at, count),
  i2: (buffer, count, at) => new Int16Array(buffer, at, count),
  u2: (buffer, count, at) => new Uint16Array(buffer, at, count),
  i4: (buffer, count, at) => new Int32Array(buffer, at, count),
  u4: (buffer, count, at) => new Uint32Array(buffer, at, count),
  i8: (buffer, count, at) =>
    longs(new Uint32Array(buffer, at, 2 * count), new Int32Array(buffer, at, 2 * count)),
  u8: (buffer, count, at) =>
    longs(new Uint32Array(buffer, at, 2 * count), new Uint32Array(buffer, at, 2 * count)),
  f2: (buffer, count, at) => Float32Array.from(new Uint16Array(buffer, at, count), half),
  h2: (buffer, count, at) => brains(new Uint16Array(buffer, at, count)),
  f4: (buffer, count, at) => new Float32Array(buffer, at, count),
  f8: (buffer, count, at) => new Float64Array(buffer, at, count),
} satisfies Record<string, Convert>

/** True if files may have numbers of this type. */
export const isNumberType = (type: string): type is NumberType => Object.hasOwn(READERS, type)

/** Bytes of a number. */
export const bytesOf = (type: NumberType): number => Number(type[1])

const NAMES: Record<string, string> = { b: 'bool', i: 'int', u: 'uint', f: 'float', h: 'bfloat' }

/** `float64` for f8 */
export const typeName = (type: NumberType): string =>
  type === 'b1' ? 'bool' : `${NAMES[type[0]]}${8 * bytesOf(type)}`

/** Turns bytes, in whatever pieces they come, into numbers. */
export class NumberSink {
  private readonly scratch = Buffer.from(new ArrayBuffer(ROOM))
  private readonly width: number
  private readonly swapped: boolean
  private filled = 0
  private at = 0
  /** The largest integer beyond 2^24 that float32 does not hold, if there is one. */
  rounded: number | undefined
  /** Index of the first integer beyond 2^53, or −1. */
  unsafe = -1

  /**
   * @param type of the numbers in the file
   * @param little whether the file is little-endian
   * @param out where they go
   */
  constructor(
    private readonly type: NumberType,
    little: boolean,
    readonly out: Float32Array | Float64Array,
  ) {
    this.width = bytesOf(type)
    this.swapped = little !== LITTLE_MACHINE
  }

  /** How many numbers there are so far. */
  get count(): number {
    return this.at
  }

  /** Takes the next bytes; complete numbers among them are stored, the rest waits for more. */
  add(piece: Uint8Array): void {
    let from = 0
    // Where nothing waits, and nothing must be turned round, most of it is stored without a copy.
    if (this.filled === 0 && !this.swapped && piece.byteOffset % this.width === 0) {
      const count = Math.floor(piece.length / this.width)
      this.store(piece.buffer, count, piece.byteOffset)
      from = count * this.width
    }
    while (from < piece.length) {
      const some = piece.subarray(from, from + ROOM - this.filled)
      this.scratch.set(some, this.filled)
      this.filled += some.length
      from += some.length
      this.empty()
    }
  }

  /** Stores the complete numbers among the waiting bytes. */
  private empty(): void {
    const { scratch, width } = this
    const count = Math.floor(this.filled / width)
    const used = count * width
    if (this.swapped) swap(scratch.subarray(0, used), width)
    this.store(scratch.buffer, count, 0)
    scratch.copyWithin(0, used, this.filled)
    this.filled -= used
  }

  private store(buffer: ArrayBufferLike, count: number, at: number): void {
    if (count === 0) return
    const { type } = this
    const numbers = READERS[type](buffer, count, at)
    if ((type[0] === 'i' || type[0] === 'u') && this.width > 2) this.inspect(numbers)
    this.out.set(numbers, this.at)
    this.at += count
  }

  /** Notes integers that are not stored as they are. */
  private inspect(numbers: ArrayLike<number>): void {
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i]
      if (value <= 16777216 && value >= -16777216) continue
      if (!Number.isSafeInteger(value) && this.unsafe < 0) this.unsafe = this.at + i
      if (Math.fround(value) !== value) this.rounded = Math.max(this.rounded ?? 0, Math.abs(value))
    }
  }
}

/** Integers of 64 bits; those beyond 2^53 only approximately, as `inspect` notices. */
function longs(lows: Uint32Array, highs: Int32Array | Uint32Array): Float64Array {
  const [low, high] = LITTLE_MACHINE ? [0, 1] : [1, 0]
  const out = new Float64Array(lows.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = highs[2 * i + high] * 2 ** 32 + lows[2 * i + low]
  return out
}

/** A number of 16 bits: sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024))
}

/** The upper halves of float32. */
const brains = (halves: Uint16Array): Float32Array =>
  new Float32Array(Uint32Array.from(halves, (upper) => upper << 16).buffer)

function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16()
  if (width === 4) bytes.swap32()
  if (width === 8) bytes.swap64()
}
