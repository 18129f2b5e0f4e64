import { requireInteger, requirePositive } from '../../base/errors'
import { type OptionDefaults, resolveOptions } from '../../base/options'
import { GENERATED_OPTIONS, generate, numbered, type Generated, type GeneratedOptions } from './parts'
import { loadedBy } from '../origin'

/** Settings of `pinwheel`. */
export interface PinwheelOptions extends GeneratedOptions {
  /** Training points (default: 5,000). */
  train?: number
  /** Number of arms, K (default: 5). */
  arms?: number
  /** Standard deviation along an arm, before scaling (default: 0.3). */
  radial?: number
  /** Standard deviation across an arm (default: 0.05). */
  tangential?: number
  /** How fast arms turn with their distance from the centre (default: 0.25). */
  rate?: number
  /** Factor of all points at the end (default: 2). */
  scale?: number
}

/** Their defaults. */
export const PINWHEEL_OPTIONS = {
  ...GENERATED_OPTIONS,
  train: 5000,
  arms: 5,
  radial: 0.3,
  tangential: 0.05,
  rate: 0.25,
  scale: 2,
} satisfies OptionDefaults<PinwheelOptions>

/**
 * The pinwheel: K bent arms in the plane. An arm k is drawn, all equally likely, and a point (r, t) with r ~
 * N(1, radial²), t ~ N(0, tangential²), turned by the angle 2πk/K + rate · e^r: x = scale · R(angle) (r, t).
 *
 * Drawn in double precision from the seed only: the same on every engine.
 *
 * @param options `{ train = 5000, test = 2000, seed = 0, arms = 5, radial = 0.3, tangential = 0.05, rate =
 *   0.25, scale = 2 }`
 * @returns `{ train, test }`: points `[size, 2]`, values 'real', the arm as label
 * @throws ArgumentError for a number of points or arms that is not an integer ≥ 1, or a spread < 0
 * @example
 * const { train, test } = lid.data.pinwheel({ seed: 1 })
 * @see Johnson et al. 2016, Composing graphical models with neural networks (the data); Wang, Blei,
 *   Cunningham 2021 (the GMVAE on it).
 */
export function pinwheel(options: PinwheelOptions = {}): Generated {
  const resolved = resolveOptions('pinwheel', options, PINWHEEL_OPTIONS)
  const { train, test, seed, arms, radial, tangential, rate, scale } = resolved
  requireInteger('pinwheel({ arms })', arms)
  for (const [name, value] of Object.entries({ radial, tangential, rate }))
    requirePositive(`pinwheel({ ${name} })`, value, true)
  requirePositive('pinwheel({ scale })', scale)
  const parts = generate(
    'pinwheel',
    'pinwheel',
    2,
    { train, test, seed },
    (draw, row) => {
      const arm = draw.below(arms)
      const r = 1 + radial * draw.polarNormal()
      const t = tangential * draw.polarNormal()
      const angle = (2 * Math.PI * arm) / arms + rate * Math.exp(r)
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
      row[0] = scale * (r * cos - t * sin)
      row[1] = scale * (r * sin + t * cos)
      return arm
    },
    numbered('arm', arms),
  )
  return loadedBy('pinwheel', options, parts)
}
