/**
 * Philox 4×32-10 (Salmon et al. 2011), a counter-based generator: the n-th number depends on key and n alone,
 * so streams need no state and a run resumes exactly. Key scrambling, uniforms and Box–Muller follow
 * TensorFlow's StatelessRandom operations, so that the WASM and pure JavaScript engines draw the numbers the
 * native one draws (uniforms bit for bit, normals to float32 rounding).
 */

const ROUNDS = 10
// Multipliers (once as unsigned doubles, for the high word) and key increments of the paper.
const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85
const INVERSE_2_32 = 2 ** -32

/**
 * One Philox 4×32-10 block: four random 32-bit words from a key of two words and a counter of four.
 *
 * @internal
 */
export function philoxBlock(key: readonly number[], counter: readonly number[]): Uint32Array {
  const out = new Uint32Array(4)
  blocks(key[0], key[1], Uint32Array.from(counter), out)
  return out
}

/**
 * Fills `out` (a multiple of four numbers) from consecutive counters; only the counter's lower 64 bits
 * advance.
 */
function blocks(key0: number, key1: number, counter: Uint32Array, out: Uint32Array): void {
  let low = counter[0] | 0
  let high = counter[1] | 0
  const fixed2 = counter[2] | 0
  const fixed3 = counter[3] | 0
  for (let at = 0; at < out.length; at += 4) {
    let c0 = low
    let c1 = high
    let c2 = fixed2
    let c3 = fixed3
    let k0 = key0 | 0
    let k1 = key1 | 0
    for (let round = 0; round < ROUNDS; round++) {
      const low0 = Math.imul(M0, c0)
      const low1 = Math.imul(M1, c2)
      // The high word of a 64-bit product: the double product less the exact low word is within 2^12 of
      // high·2^32, so rounding is exact.
      const high0 = ((M0 * (c0 >>> 0) - (low0 >>> 0)) * INVERSE_2_32 + 0.5) >>> 0
      const high1 = ((M1 * (c2 >>> 0) - (low1 >>> 0)) * INVERSE_2_32 + 0.5) >>> 0
      c0 = high1 ^ c1 ^ k0
      c1 = low1
      c2 = high0 ^ c3 ^ k1
      c3 = low0
      k0 = (k0 + W0) | 0
      k1 = (k1 + W1) | 0
    }
    out[at] = c0
    out[at + 1] = c1
    out[at + 2] = c2
    out[at + 3] = c3
    low = (low + 1) | 0
    if (low === 0) high = (high + 1) | 0
  }
}

/**
 * At least `count` random words for the seed pair (key, counter), from block `from` on, as TensorFlow's
 * StatelessRandom lays them out.
 */
export function words(key: number, counter: number, count: number, from = 0): Uint32Array {
  const mixed = philoxBlock([0x3ec8f720, 0x02461e29], [key, key < 0 ? -1 : 0, counter, counter < 0 ? -1 : 0])
  const out = new Uint32Array(4 * Math.ceil(count / 4))
  blocks(mixed[0], mixed[1], Uint32Array.of(from, 0, mixed[2], mixed[3]), out)
  return out
}

/** A float32 in [0, 1) from the lower 23 of a word's bits. */
const unit = (word: number): number => (word & 0x7fffff) * 2 ** -23

/**
 * Uniform float32 numbers in [0, 1); equal bit for bit to TensorFlow's StatelessRandomUniform with
 * `seed = [key, counter]`.
 *
 * @param key int32, the stream (see `streamKey`)
 * @param counter int32, which draw of the stream
 * @param count how many numbers
 * @returns `[count]`
 * @example
 * const u = uniforms(streamKey(1, 'binarisation'), 0, 784)
 */
export function uniforms(key: number, counter: number, count: number): Float32Array {
  const drawn = words(key, counter, count)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = unit(drawn[i])
  return out
}

const LEAST = Math.fround(1e-7)

/**
 * Standard normal float32 numbers by Box–Muller; equal to TensorFlow's StatelessRandomNormal with
 * `seed = [key, counter]` up to the last bits of float32 logarithm and sine.
 *
 * @param key int32, the stream (see `streamKey`)
 * @param counter int32, which draw of the stream
 * @param count how many numbers
 * @param from which of that draw's numbers is the first, a multiple of 4; 0 by default
 * @returns `[count]`
 * @example
 * const noise = normals(streamKey(1, 'sampling'), 0, 16)
 */
export function normals(key: number, counter: number, count: number, from = 0): Float32Array {
  const drawn = words(key, counter, count, from / 4)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i += 2) {
    // TensorFlow rounds each step to float32; so do we, or large angles differ in the last digits.
    const logarithm = Math.fround(Math.log(Math.max(unit(drawn[i]), LEAST)))
    const radius = Math.fround(Math.sqrt(-2 * logarithm))
    const angle = Math.fround(2 * Math.PI * unit(drawn[i + 1]))
    out[i] = radius * Math.fround(Math.sin(angle))
    // Beyond the end, for an odd count, a typed array drops the write.
    out[i + 1] = radius * Math.fround(Math.cos(angle))
  }
  return out
}
