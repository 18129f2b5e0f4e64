import { formatBytes } from '../../platform/files'
import { inflatePieces, MOST_EXPANSION } from '../../platform/inflate'

type Fail = (problem: string) => never

/** The bytes of one variable in order, inflated on demand. */
export class MatBytes {
  private pieces: Uint8Array[] = []
  private held = 0

  private constructor(
    /** Upper bound of the number of bytes. */
    readonly most: number,
    private readonly next: () => Promise<Uint8Array | undefined>,
    /** Frees the unread rest. */
    readonly close: () => void,
    private readonly fail: Fail,
  ) {}

  /** Uncompressed bytes of the file. */
  static plain(bytes: Uint8Array, fail: Fail): MatBytes {
    let rest: Uint8Array | undefined = bytes
    const next = () => {
      const all = rest
      rest = undefined
      return Promise.resolve(all)
    }
    return new MatBytes(bytes.length, next, () => undefined, fail)
  }

  /** Bytes of a zlib stream in the file. */
  static compressed(bytes: Uint8Array, fail: Fail): MatBytes {
    const pieces = inflatePieces(bytes)
    const next = async (): Promise<Uint8Array | undefined> => {
      let piece: Uint8Array | undefined
      try {
        piece = await pieces.next()
      } catch (error) {
        return fail(`has a damaged compressed variable (${(error as Error).message})`)
      }
      if (piece) return piece
      const trailing = bytes.length - pieces.used()
      return trailing === 0
        ? undefined
        : fail(`has ${formatBytes(trailing)} after the end of a compressed variable`)
    }
    return new MatBytes(MOST_EXPANSION * bytes.length, next, () => pieces.close(), fail)
  }

  /** The next `count` bytes, which must exist; for small counts. */
  async take(count: number, what: string): Promise<Uint8Array> {
    await this.hold(count, what)
    const out = new Uint8Array(count)
    let at = 0
    while (at < count) {
      const piece = this.pieces[0].subarray(0, count - at)
      out.set(piece, at)
      at += piece.length
      this.drop(piece.length)
    }
    return out
  }

  /** Passes the next `count` bytes to `use` in pieces. */
  async each(count: number, what: string, use: (piece: Uint8Array) => void): Promise<void> {
    for (let left = count; left > 0;) {
      await this.hold(1, what)
      const piece = this.pieces[0].subarray(0, left)
      use(piece)
      left -= piece.length
      this.drop(piece.length)
    }
  }

  /** Fails unless every byte was read; the checksum of a compressed variable is verified by then. */
  async end(): Promise<void> {
    if (this.held === 0) {
      const more = await this.next()
      if (!more || more.length === 0) return
      this.keep(more)
    }
    this.fail('has a variable with bytes after its numbers')
  }

  private async hold(count: number, what: string): Promise<void> {
    while (this.held < count) {
      const piece = await this.next()
      if (!piece) return this.fail(`is cut off inside ${what}: a variable ends too early`)
      this.keep(piece)
    }
  }

  private keep(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.pieces.push(piece)
    this.held += piece.length
  }

  private drop(count: number): void {
    this.held -= count
    if (this.pieces[0].length === count) this.pieces.shift()
    else this.pieces[0] = this.pieces[0].subarray(count)
  }
}
