import { ArgumentError, requireInteger, requirePositive } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { PINWHEEL_OPTIONS, type PinwheelOptions } from './pinwheel'

/** Grid points of the search for roots of the angle. */
const PLACES = 120

/**
 * The pinwheel's own density, log p(x) = log (1/K) Σ_k N(r; 1, radial²) N(t; 0, tangential²) / (scale² |1 −
 * a′(r) t|), where (r, t) is what the map of arm k sends to x, a(r) = rate · e^r, and the sum also goes over
 * several such (r, t), if there are any. No model of the data can exceed its mean.
 *
 * @param x points, `[size, 2]` in one array.
 * @param options the settings of the data: `{ arms = 5, radial = 0.3, tangential = 0.05, rate = 0.25, scale
 *   = 2 }`.
 * @returns log p(x) of each point, `[size]`, nats.
 * @throws ArgumentError if the length is odd, a number is not finite, or a setting is out of range; a spread
 *   of 0 has no density.
 * @example
 * const truth = lid.data.pinwheelLogDensity(lid.data.pinwheel({ seed: 1 }).test.x)
 * @see `pinwheel`, whose map from (r, t) to x it inverts.
 */
export function pinwheelLogDensity(
  x: ArrayLike<number>,
  options: Omit<PinwheelOptions, 'train' | 'test' | 'seed'> = {},
): Float64Array {
  const { arms, radial, tangential, rate, scale } = resolveOptions(
    'pinwheelLogDensity',
    options as PinwheelOptions,
    PINWHEEL_OPTIONS,
  )
  requireInteger('arms', arms)
  requirePositive('radial', radial)
  requirePositive('tangential', tangential)
  requirePositive('rate', rate, true)
  requirePositive('scale', scale)
  if (!(x?.length > 0) || x.length % 2 !== 0 || !Array.from(x).every(Number.isFinite))
    throw new ArgumentError('x', x, 'pairs of finite numbers', 'Give the points one after the other.')
  const normal = (value: number, mean: number, sd: number): number =>
    Math.exp(-(((value - mean) / sd) ** 2) / 2) / (sd * Math.sqrt(2 * Math.PI))
  const logNormal = (value: number, mean: number, sd: number): number =>
    -(((value - mean) / sd) ** 2) / 2 - Math.log(sd * Math.sqrt(2 * Math.PI))
  return Float64Array.from({ length: x.length / 2 }, (_, i) => {
    const radius = Math.hypot(x[2 * i], x[2 * i + 1]) / scale
    const angle = Math.atan2(x[2 * i + 1], x[2 * i])
    let density = 0
    // Far away every term is 0 in double precision: then the largest one counts.
    let most = -Infinity
    for (let k = 0; k < arms; k++) {
      // With (r, t) = radius (cos φ, sin φ): how far x is from arm k at φ, which is 0 at a preimage and falls
      // steeply through ±π where the angle wraps.
      const off = (phi: number): number =>
        wrapped(phi + rate * Math.exp(radius * Math.cos(phi)) + (2 * Math.PI * k) / arms - angle)
      for (let j = 0; j < PLACES; j++) {
        const from = -Math.PI + (2 * Math.PI * j) / PLACES
        const to = -Math.PI + (2 * Math.PI * (j + 1)) / PLACES
        const [low, high] = [off(from), off(to)]
        if (low * high > 0 || Math.abs(high - low) > Math.PI || high === 0) continue
        const phi = root(off, from, to)
        const [r, t] = [radius * Math.cos(phi), radius * Math.sin(phi)]
        const stretch = scale ** 2 * Math.abs(1 - rate * Math.exp(r) * t)
        density += (normal(r, 1, radial) * normal(t, 0, tangential)) / stretch / arms
        most = Math.max(
          most,
          logNormal(r, 1, radial) + logNormal(t, 0, tangential) - Math.log(stretch * arms),
        )
      }
    }
    return density > 0 ? Math.log(density) : most
  })
}

/** An angle as one in (−π, π]. */
const wrapped = (angle: number): number =>
  Math.PI - ((((Math.PI - angle) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI))

/** A root between two places where a function has opposite signs, by bisection. */
function root(f: (value: number) => number, low: number, high: number): number {
  const below = f(low) < 0
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (f(middle) < 0 === below) low = middle
    else high = middle
  }
  return (low + high) / 2
}
