import { ArgumentError, requirePositive } from '../base/errors'

/** Beta(a, b), a distribution on (0, 1), in double precision. */
export interface Beta {
  /** a: a larger a moves mass towards 1. */
  readonly a: number
  /** b: a larger b moves mass towards 0. */
  readonly b: number
  /** Its mean, a/(a + b). */
  readonly mean: number
  /** Its standard deviation. */
  readonly sd: number
  /** log density at α in (0, 1), nats. */
  logDensity(alpha: number): number
}

/**
 * The beta distribution: p(α) = α^(a−1) (1 − α)^(b−1) / B(a, b).
 *
 * @param a positive; 1 with b = 1 is uniform.
 * @param b positive.
 * @returns mean, standard deviation and log density.
 * @throws ArgumentError when a or b is not positive.
 * @example
 * lid.beta(5, 5).logDensity(0.5)
 */
export function beta(a: number, b: number): Beta {
  requirePositive('a', a)
  requirePositive('b', b)
  const logB = logGamma(a) + logGamma(b) - logGamma(a + b)
  const sum = a + b
  return {
    a,
    b,
    mean: a / sum,
    sd: Math.sqrt((a * b) / (sum * sum * (sum + 1))),
    // At α = 0 or 1 the logarithm is infinite, but a factor of 0 must give 0.
    logDensity: (alpha) =>
      (a === 1 ? 0 : (a - 1) * Math.log(alpha)) + (b === 1 ? 0 : (b - 1) * Math.log1p(-alpha)) - logB,
  }
}

/** Throws unless the prior is a result of `beta`. */
export function requireBeta(prior: Beta): void {
  if (typeof (prior as Partial<Beta> | null)?.logDensity !== 'function')
    throw new ArgumentError('prior', prior, 'a beta distribution', 'Give one: lid.beta(5, 5).')
}

/** log Γ(x) for x > 0: Stirling's series after shifting x above 10, error below 1e-14 relative. */
export function logGamma(x: number): number {
  let shift = 0
  let z = x
  for (; z < 10; z++) shift += Math.log(z)
  const r = 1 / (z * z)
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / z
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift
}

/** ψ(x) = d log Γ / dx for x > 0, by the same method. */
export function digamma(x: number): number {
  let shift = 0
  let z = x
  for (; z < 10; z++) shift += 1 / z
  const r = 1 / (z * z)
  return Math.log(z) - 1 / (2 * z) - r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r / 240))) - shift
}
