/** Bytes a number, by the types of the format: integers, single, double, 64-bit integers. */
export const WIDTHS: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [2, 1],
  [3, 2],
  [4, 2],
  [5, 4],
  [6, 4],
  [7, 4],
  [9, 8],
  [12, 8],
  [13, 8],
])

const VIEWS: Record<number, (buffer: ArrayBuffer, length: number) => ArrayLike<number>> = {
  1: (buffer, length) => new Int8Array(buffer, 0, length),
  2: (buffer, length) => new Uint8Array(buffer, 0, length),
  3: (buffer, length) => new Int16Array(buffer, 0, length),
  4: (buffer, length) => new Uint16Array(buffer, 0, length),
  5: (buffer, length) => new Int32Array(buffer, 0, length),
  6: (buffer, length) => new Uint32Array(buffer, 0, length),
  7: (buffer, length) => new Float32Array(buffer, 0, length),
  9: (buffer, length) => new Float64Array(buffer, 0, length),
  12: (buffer, length) => Float64Array.from(new BigInt64Array(buffer, 0, length), Number),
  13: (buffer, length) => Float64Array.from(new BigUint64Array(buffer, 0, length), Number),
}

const LITTLE_MACHINE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const ROOM = 2 ** 16

/** Turns bytes, in whatever pieces they come, into numbers. */
export class NumberSink {
  private readonly scratch = Buffer.from(new ArrayBuffer(ROOM))
  private readonly width: number
  private filled = 0
  private at = 0

  /**
   * @param type of the numbers in the file
   * @param little whether the file is little-endian
   * @param out where they go
   */
  constructor(
    private readonly type: number,
    private readonly little: boolean,
    readonly out: Float32Array | Float64Array,
  ) {
    this.width = WIDTHS.get(type) ?? 1
  }

  /** Takes the next bytes; integers among them are stored, the rest waits for more. */
  add(piece: Uint8Array): void {
    for (let from = 0; from < piece.length;) {
      const some = piece.subarray(from, from + ROOM - this.filled)
      this.scratch.set(some, this.filled)
      this.filled += some.length
      from += some.length
      this.store()
    }
  }

  private store(): void {
    const { scratch, width, out } = this
    const count = Math.floor(this.filled / width)
    if (count === 0) return
    const used = count * width
    if (this.little !== LITTLE_MACHINE) swap(scratch.subarray(0, used), width)
    out.set(VIEWS[this.type](scratch.buffer, count), this.at)
    this.at += count
    scratch.copyWithin(0, used, this.filled)
    this.filled -= used
  }
}

function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16()
  if (width === 4) bytes.swap32()
  if (width === 8) bytes.swap64()
}
