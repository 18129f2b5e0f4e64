import { words } from './philox'

/** The separate random streams of a run: an additional draw in one changes no number of another. */
export type StreamName = 'initialisation' | 'batches' | 'binarisation' | 'sampling'

/** FNV-1a over a text: a 32-bit signed hash, the same on every machine. */
export function hash32(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mixed(h)
}

/** The same over the bits of float32 numbers, begun at `key`. */
export function hashNumbers(numbers: Float32Array, key: number): number {
  const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)
  let h = 0x811c9dc5 ^ key
  for (const one of bits) {
    h = Math.imul(h ^ one, 0x01000193)
    h ^= h >>> 15
  }
  return mixed(h)
}

/** One more mixing round, so that inputs differing in the last place differ in every bit. */
function mixed(h: number): number {
  h ^= h >>> 16
  h = Math.imul(h, 0x7feb352d)
  h ^= h >>> 15
  return Math.imul(h, 0x846ca68b) ^ 0
}

/** The int32 key of stream `name` (and, where given, of one part of it) for a user's seed. */
export const streamKey = (seed: number, name: StreamName, part = ''): number =>
  hash32(`${seed}/${name}/${part}`)

/** Number of random 32-bit words drawn at once. */
const CHUNK = 256

/**
 * A sequence of seeded doubles, 53 random bits each, for work in plain JavaScript: the same on every machine.
 */
export class RandomDoubles {
  private drawn = new Uint32Array(0)
  private at = 0
  private block = 0
  private spare: number | undefined

  /** @param key int32, the stream (see `streamKey`). */
  constructor(private readonly key: number) {}

  /** @param part which of the numbers drawn for this seed: 'hmc/0', 'gmm' … */
  static of(seed: number, part: string): RandomDoubles {
    return new RandomDoubles(streamKey(seed, 'sampling', part))
  }

  /** In [0, 1). */
  uniform(): number {
    if (this.at === this.drawn.length) {
      this.drawn = words(this.key, 0, CHUNK, this.block)
      this.block += CHUNK / 4
      this.at = 0
    }
    return (this.drawn[this.at++] >>> 5) * 2 ** -27 + (this.drawn[this.at++] >>> 6) * 2 ** -53
  }

  /** An integer from 0 to below `count`, all equally likely. */
  below(count: number): number {
    return Math.floor(count * this.uniform())
  }

  /** N(0, 1), by Box–Muller, two at a time. */
  normal(): number {
    return this.kept(() => {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
      const angle = 2 * Math.PI * this.uniform()
      return [radius * Math.cos(angle), radius * Math.sin(angle)]
    })
  }

  /**
   * N(0, 1), by the polar method: apart from the logarithm it uses only operations whose last bit is fixed by
   * IEEE 754.
   */
  polarNormal(): number {
    return this.kept(() => {
      for (;;) {
        const a = 2 * this.uniform() - 1
        const b = 2 * this.uniform() - 1
        const square = a * a + b * b
        if (square === 0 || square >= 1) continue
        const scale = Math.sqrt((-2 * Math.log(square)) / square)
        return [a * scale, b * scale]
      }
    })
  }

  /** One of two draws; the next call returns the other. */
  private kept(two: () => [number, number]): number {
    const { spare } = this
    this.spare = undefined
    if (spare !== undefined) return spare
    const [one, other] = two()
    this.spare = other
    return one
  }
}

/** The numbers 0 … size − 1 in a seeded random order (Fisher–Yates). */
export function permutation(size: number, key: number): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i)
  const draw = new RandomDoubles(key)
  for (let i = size - 1; i > 0; i--) {
    const j = draw.below(i + 1)
    const kept = order[i]
    order[i] = order[j]
    order[j] = kept
  }
  return order
}
