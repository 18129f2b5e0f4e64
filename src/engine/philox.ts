/**
 * Philox 4×32-10 (Salmon et al. 2011), a counter-based generator: the n-th number depends on key and n alone, so streams need no state and
 * a run resumes exactly. Key scrambling, uniforms and Box–Muller follow TensorFlow's StatelessRandom operations, so that the WASM and
 * pure JavaScript engines draw the numbers the native one draws.
 */

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85

/** High 32 bits of the product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aHigh = a >>> 16
  const aLow = a & 0xffff
  const bHigh = b >>> 16
  const bLow = b & 0xffff
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0
}

/** One block: four words out of a key of two words and a counter of four, written into `out`. */
function block(k0: number, k1: number, counter: Uint32Array, out: Uint32Array): void {
  let [c0, c1, c2, c3] = counter
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0)
    const low0 = Math.imul(M0, c0) >>> 0
    const high1 = mulHigh(M1, c2)
    const low1 = Math.imul(M1, c2) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + W0) >>> 0
    k1 = (k1 + W1) >>> 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/** Calls `use` with each block of four random words for a 2 × int32 seed, enough for `count` numbers. */
function eachBlock(
  key: number,
  counter: number,
  count: number,
  use: (words: Uint32Array, at: number) => void,
): void {
  const words = new Uint32Array(4)
  const position = new Uint32Array([key, key < 0 ? -1 : 0, counter, counter < 0 ? -1 : 0])
  block(0x3ec8f720, 0x02461e29, position, words)
  const [k0, k1] = words
  position[0] = 0
  position[1] = 0
  position[2] = words[2]
  position[3] = words[3]
  for (let at = 0; at < count; at += 4) {
    block(k0, k1, position, words)
    use(words, at)
    position[0]++
    if (position[0] === 0) position[1]++
  }
}

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

/** A float32 in [0, 1) from 23 random bits. */
function unit(word: number): number {
  bits[0] = (127 << 23) | (word & 0x7fffff)
  return float[0] - 1
}

/** `count` uniform float32 numbers in [0, 1) for the seed pair (key, counter); equals TensorFlow's StatelessRandomUniform. */
export function uniforms(key: number, counter: number, count: number): Float32Array {
  const out = new Float32Array(count)
  eachBlock(key, counter, count, (words, at) => {
    for (let i = 0; i < 4 && at + i < count; i++) out[at + i] = unit(words[i])
  })
  return out
}

/** `count` standard normal float32 numbers for the seed pair (key, counter); equals TensorFlow's StatelessRandomNormal. */
export function normals(key: number, counter: number, count: number): Float32Array {
  const out = new Float32Array(count)
  eachBlock(key, counter, count, (words, at) => {
    for (let i = 0; i < 4 && at + i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(Math.max(unit(words[i]), 1e-7)))
      const angle = 2 * Math.PI * unit(words[i + 1])
      out[at + i] = radius * Math.sin(angle)
      if (at + i + 1 < count) out[at + i + 1] = radius * Math.cos(angle)
    }
  })
  return out
}

/** Doubles in [0, 1) one after the other, 53 bits each, for work in plain JavaScript: shuffles, generated data. */
export function* doubles(key: number): Generator<number, never, undefined> {
  for (let counter = 0; ; counter++) {
    const chunk: number[] = []
    eachBlock(key, counter, 256, (words) => {
      chunk.push(
        (words[0] >>> 5) * 2 ** -27 + (words[1] >>> 6) * 2 ** -53,
        (words[2] >>> 5) * 2 ** -27 + (words[3] >>> 6) * 2 ** -53,
      )
    })
    for (const value of chunk) yield value
  }
}
