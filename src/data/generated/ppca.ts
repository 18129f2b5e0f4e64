import { ArgumentError, requireInteger, requirePositive } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { RandomDoubles } from '../../compute/streams'
import { GENERATED_OPTIONS, generate, type Generated, type GeneratedOptions } from './parts'
import { loadedBy } from '../origin'

/** Settings of `ppca`. */
export interface PpcaDataOptions extends GeneratedOptions {
  /** Training points (default: 500). */
  train?: number
  /** Dimension of x, D (default: 5). */
  dim?: number
  /** Dimension of z (default: 2). */
  latent?: number
  /** How many of them x depends on, the first ones (default: all): the weights of the others are 0. */
  used?: number
  /** σ, the noise's standard deviation (default: 1). */
  sigma?: number
  /** Standard deviation of the weights (default: 2). */
  weightSd?: number
}

/** Draws of probabilistic PCA, with the truth. */
export interface PpcaData extends Generated {
  /** W, `[latent, dim]`, row-major: a row for each unit of z. */
  weights: Float64Array
}

/**
 * Draws of probabilistic PCA, x = z W + σ ε with z ~ N(0, I), ε ~ N(0, I) and W_uj ~ N(0, weightSd²) for the
 * units that are used, 0 for the others, on which the likelihood does not depend.
 *
 * Drawn in double precision from the seed only: the same on every engine. W is the same for every σ, and so
 * are z and ε.
 *
 * @param options `{ train = 500, test = 2000, seed = 0, dim = 5, latent = 2, used = latent, sigma = 1,
 *   weightSd = 2 }`
 * @returns `{ train, test, weights }`: points `[size, dim]`, values 'real', without labels; W `[latent, dim]`
 * @throws ArgumentError for sizes that are not integers ≥ 1, `used` > `latent`, or a spread that is not
 *   positive
 * @example
 * const { train, weights } = lid.data.ppca({ latent: 2, used: 1, sigma: 0.5 })
 * @see Wang, Blei, Cunningham 2021, the probabilistic PCA example; Tipping & Bishop 1999.
 */
export function ppca(options: PpcaDataOptions = {}): PpcaData {
  const resolved = resolveOptions('ppca', options, {
    ...GENERATED_OPTIONS,
    train: 500,
    dim: 5,
    latent: 2,
    used: undefined,
    sigma: 1,
    weightSd: 2,
  })
  const { train, test, seed, dim, latent, sigma, weightSd } = resolved
  const { used = latent } = resolved
  requireInteger('ppca({ dim })', dim)
  requireInteger('ppca({ latent })', latent)
  requireInteger('ppca({ used })', used, 0)
  requireInteger('ppca({ seed })', seed, 0)
  requirePositive('ppca({ sigma })', sigma)
  requirePositive('ppca({ weightSd })', weightSd)
  if (used > latent) throw new ArgumentError('ppca({ used })', used, `at most latent = ${latent}`)
  const draw = RandomDoubles.of(seed, 'PPCA, weights')
  // Drawn for every unit, so that an unused one does not change the others.
  const weights = Float64Array.from({ length: latent * dim }, () => weightSd * draw.polarNormal())
  weights.fill(0, used * dim)
  const z = new Float64Array(latent)
  const parts = generate('ppca', 'PPCA', dim, { train, test, seed }, (rowDraw, row) => {
    for (let unit = 0; unit < latent; unit++) z[unit] = rowDraw.polarNormal()
    for (let j = 0; j < dim; j++) {
      let mean = 0
      for (let unit = 0; unit < latent; unit++) mean += z[unit] * weights[unit * dim + j]
      row[j] = mean + sigma * rowDraw.polarNormal()
    }
    return undefined
  })
  return loadedBy('ppca', options, { ...parts, weights })
}
