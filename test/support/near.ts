import assert from 'node:assert/strict'

/**
 * Checks numbers one by one: |actual − expected| ≤ tolerance · max(1, largest |expected|), so that a float32
 * sum with cancellation is judged by the size of what was summed.
 */
export function near(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = 'value',
): void {
  assert.equal(actual.length, expected.length, `${what}: length`)
  let size = 1
  for (let i = 0; i < expected.length; i++) size = Math.max(size, Math.abs(expected[i]))
  for (let i = 0; i < expected.length; i++)
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance * size))
      assert.fail(`${what}[${i}]: ${actual[i]}, expected ${expected[i]} within ${tolerance * size}`)
}

/** Checks one number, relative to its size where that is above 1. */
export const nearNumber = (actual: number, expected: number, tolerance: number, what?: string): void =>
  near([actual], [expected], tolerance, what)

/** Central finite differences of f with respect to every number of x; x is put back as it was. */
export function finiteDifferences(f: () => number, x: number[] | Float64Array, step = 1e-6): number[] {
  return Array.from(x, (value, i) => {
    x[i] = value + step
    const up = f()
    x[i] = value - step
    const down = f()
    x[i] = value
    return (up - down) / (2 * step)
  })
}
