const STEPS = 32
/** 2^(j/32) by square roots and products only, which IEEE 754 defines to the last bit. */
const ROOTS = (() => {
  let root = 2
  for (let left = STEPS; left > 1; left /= 2) root = Math.sqrt(root)
  const out = new Float64Array(STEPS)
  out[0] = 1
  for (let j = 1; j < STEPS; j++) out[j] = j % 2 === 0 ? out[j / 2] * out[j / 2] : out[j - 1] * root
  return out
})()
const LARGEST = 1000
const SHIFT = 2 ** 15
const POWERS = (() => {
  const out = new Float64Array(2 * LARGEST + 1).fill(1)
  for (let n = 1; n <= LARGEST; n++) {
    out[LARGEST + n] = 2 * out[LARGEST + n - 1]
    out[LARGEST - n] = out[LARGEST - n + 1] / 2
  }
  return out
})()
const PER_STEP = Math.LN2 / STEPS
const STEPS_PER_UNIT = STEPS / Math.LN2

/**
 * e^x for |x| < 690 within a relative error of 1e-13. `Math.exp` may differ in the last bit from one
 * JavaScript engine to the next; this uses only operations that are defined to the last bit.
 */
export function exponential(x: number): number {
  // Rounded to the nearest integer; shifted above zero first, since cutting off is the fastest rounding.
  const n = ((x * STEPS_PER_UNIT + (SHIFT + 0.5)) | 0) - SHIFT
  const r = x - n * PER_STEP
  const j = n & (STEPS - 1)
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))))
  return ROOTS[j] * series * POWERS[((n - j) >> 5) + LARGEST]
}
