/** Φ⁻¹(p) for p well inside (0, 1), to about 1e-9. */
export function normalQuantile(p: number): number {
  // A rational approximation by Abramowitz & Stegun 26.2.23 (error below 4.5e-4), then Halley's iterations on
  // Φ, each of which triples the number of correct digits.
  const tail = Math.min(p, 1 - p)
  const t = Math.sqrt(-2 * Math.log(tail))
  const start =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  let x = -start
  for (let step = 0; step < 2; step++) {
    const error = (normalTail(-x) - tail) * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2)
    x -= error / (1 + (x * error) / 2)
  }
  return p < 0.5 ? x : -x
}

/** P(Z > x) for a standard normal: a series near 0, a continued fraction in the tail. */
export function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x)
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  if (x < 2.5) {
    let term = x
    let sum = x
    for (let k = 3; Math.abs(term) > 1e-17 * sum; k += 2) sum += term *= (x * x) / k
    return 0.5 - density * sum
  }
  let fraction = x
  for (let k = 200; k > 0; k--) fraction = x + k / fraction
  return density / fraction
}
