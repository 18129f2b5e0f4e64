/** True for different numbers of which float32 would leave fewer than half. */
export function losesDigits(numbers: Float64Array): boolean {
  const singles = new Float32Array(numbers)
  // A set of all values takes longer than reading them; most columns need none.
  if (areSame(singles, numbers)) return false
  if (2 * atLeastDifferent(singles, numbers.length / 2) >= numbers.length) return false
  const different = new Set(numbers)
  if (different.size < 3) return false
  return 2 * new Set(Float32Array.from(different)).size < different.size
}

function areSame(singles: Float32Array, numbers: Float64Array): boolean {
  for (let i = 0; i < numbers.length; i++)
    if (singles[i] !== numbers[i] && !Number.isNaN(numbers[i])) return false
  return true
}

/**
 * A lower bound of how many values are different: how many places of a table their hash codes take.
 *
 * @param enough where counting may end
 */
export function atLeastDifferent(singles: Float32Array, enough = Infinity): number {
  const places = 2 ** Math.ceil(Math.log2(8 * singles.length + 1))
  const taken = new Uint8Array(places)
  const bits = new Uint32Array(singles.buffer, singles.byteOffset, singles.length)
  let count = 0
  for (let i = 0; i < bits.length && count < enough; i++) {
    const one = bits[i]
    // Multiplication by a large odd number spreads the differences of the lower bits over the upper ones.
    const place = (Math.imul(one ^ (one >>> 15), 0x9e3779b1) >>> 0) & (places - 1)
    count += 1 - taken[place]
    taken[place] = 1
  }
  return count
}
