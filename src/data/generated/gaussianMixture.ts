import { ArgumentError, requirePositive } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { GENERATED_OPTIONS, generate, numbered, type Generated, type GeneratedOptions } from './parts'
import { loadedBy } from '../origin'

/** Settings of `gaussianMixture`. */
export interface GaussianMixtureOptions extends GeneratedOptions {
  /** Training points (default: 10,000). */
  train?: number
  /** α, the weight of the first component (default: 0.15). */
  weight?: number
  /**
   * Means of the two components (default: [−10, 10]); [−0.5, 0.5] overlap, [0, 0] with equal sds are a single
   * Gaussian.
   */
  means?: readonly [number, number]
  /** Their standard deviations (default: [1, 1]). */
  sds?: readonly [number, number]
}

/**
 * Draws of a mixture of two Gaussians on a line, x ~ α N(μ₁, σ₁²) + (1 − α) N(μ₂, σ₂²), the data of the GMM
 * example. If both components are equal, the likelihood does not depend on α: its posterior collapses to its
 * prior.
 *
 * Drawn in double precision from the seed only: the same on every engine.
 *
 * @param options `{ train = 10000, test = 2000, seed = 0, weight = 0.15, means = [-10, 10], sds = [1, 1] }`
 * @returns `{ train, test }`: points `[size, 1]`, values 'real', the component as label
 * @throws ArgumentError for a weight outside [0, 1], means that are not numbers, or sds that are not > 0
 * @example
 * const apart = lid.data.gaussianMixture().train
 * const overlapping = lid.data.gaussianMixture({ means: [-0.5, 0.5] }).train
 * @see Wang, Blei, Cunningham 2021, the Gaussian mixture example.
 */
export function gaussianMixture(options: GaussianMixtureOptions = {}): Generated {
  const { train, test, seed, weight, means, sds } = resolveOptions('gaussianMixture', options, {
    ...GENERATED_OPTIONS,
    train: 10000,
    weight: 0.15,
    means: [-10, 10],
    sds: [1, 1],
  })
  if (!(weight >= 0 && weight <= 1))
    throw new ArgumentError(
      'gaussianMixture({ weight })',
      weight,
      'a number from 0 to 1',
      'It is the weight of the first component.',
    )
  if (means.length !== 2 || !means.every(Number.isFinite))
    throw new ArgumentError('gaussianMixture({ means })', means, 'two numbers', 'Give means: [-10, 10].')
  if (sds.length !== 2)
    throw new ArgumentError('gaussianMixture({ sds })', sds, 'two numbers > 0', 'Give sds: [1, 1].')
  sds.forEach((sd, k) => requirePositive(`gaussianMixture({ sds })[${k}]`, sd))
  const parts = generate(
    'gaussianMixture',
    'Gaussian mixture',
    1,
    { train, test, seed },
    (draw, row) => {
      const component = draw.uniform() < weight ? 0 : 1
      row[0] = means[component] + sds[component] * draw.polarNormal()
      return component
    },
    numbered('component', 2),
  )
  return loadedBy('gaussianMixture', options, parts)
}
