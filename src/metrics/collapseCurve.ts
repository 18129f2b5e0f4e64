import { uniforms } from '../compute/philox'
import { streamKey } from '../compute/streams'
import { ArgumentError, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { moments, type Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import { requireEvaluation } from './requireEvaluation'

/** Options of `collapseCurve`. */
export interface CollapseCurveOptions {
  /** δ, the fraction of the data whose posterior may differ from the prior; 0.01 by default. */
  delta?: number
  /** Values of ε, nats; by default 41 from 1e-3 to 10 at equal ratios. */
  epsilons?: readonly number[]
}

/** Fraction of units of z collapsed at one ε. */
export interface CollapseRow extends Estimate {
  /** ε, nats. */
  readonly epsilon: number
}

/** The (ε, δ)-collapse curve. */
export interface CollapseCurve {
  /** One row per ε, in the given order. */
  readonly rows: readonly CollapseRow[]
  /**
   * For each unit the smallest ε above which it counts as collapsed, nats: the (1 − δ)-quantile of its KL
   * over the data.
   */
  readonly units: Float64Array
  /** δ. */
  readonly delta: number
}

const REPETITIONS = 200

/**
 * The (ε, δ)-collapse curve: unit u of z has collapsed to (ε, δ) if P_x[KL(q(z_u|x) ‖ p(z_u)) < ε] ≥ 1 − δ;
 * the curve is the fraction of collapsed units as a function of ε. The curve of a collapsed model rises at
 * small ε. In a mixture the KL is averaged over q(w|x).
 *
 * @param evaluation from `evaluate`.
 * @param options `{ delta = 0.01, epsilons }`, ε in nats.
 * @returns one row per ε with fraction and bootstrap standard error over data points, and the ε of each unit.
 * @throws ArgumentError for δ outside [0, 1), or if an ε is not a number ≥ 0.
 * @example
 * lid.collapseCurve(evaluation, { delta: 0.05 }).rows.map(({ epsilon, value }) => [epsilon, value])
 * @see Lucas et al. 2019 (Don’t blame the ELBO!), (ε, δ)-collapse.
 */
export function collapseCurve(
  evaluation: Pick<Evaluation, 'size' | 'latent' | 'klZ'>,
  options: CollapseCurveOptions = {},
): CollapseCurve {
  const { delta, epsilons } = resolveOptions('collapseCurve', options, {
    delta: 0.01,
    epsilons: Array.from({ length: 41 }, (_, i) => 10 ** (-3 + i / 10)),
  })
  requireEvaluation(evaluation, 'klZ')
  if (!(delta >= 0 && delta < 1)) throw new ArgumentError('delta', delta, 'a number from 0 to below 1')
  for (const epsilon of epsilons) requirePositive('epsilons', epsilon, true)
  const { size, latent, klZ } = evaluation
  const sorted = Array.from({ length: latent }, (_, u) => {
    const order = Uint32Array.from({ length: size }, (_value, i) => i)
    return order.sort((i, j) => klZ[i * latent + u] - klZ[j * latent + u])
  })
  // The smallest number of data points that is a fraction of at least 1 − δ, up to rounding.
  const needed = Math.max(1, Math.ceil((1 - delta) * size - 1e-9))
  const quantiles = (counts: Uint32Array): Float64Array =>
    Float64Array.from(sorted, (order, u) => {
      let passed = 0
      for (const i of order) {
        passed += counts[i]
        if (passed >= needed) return klZ[i * latent + u]
      }
      return Infinity
    })
  const counts = new Uint32Array(size).fill(1)
  const units = quantiles(counts)
  const key = streamKey(0, 'sampling', 'bootstrap')
  const repeated = Array.from({ length: REPETITIONS }, (_, repetition) => {
    counts.fill(0)
    for (const u of uniforms(key, repetition, size)) counts[Math.floor(u * size)]++
    return quantiles(counts)
  })
  const below = (values: Float64Array, epsilon: number): number =>
    values.filter((value) => value < epsilon).length / latent
  const rows = epsilons.map((epsilon) => ({
    epsilon,
    value: below(units, epsilon),
    standardError: Math.sqrt(moments(repeated.map((values) => below(values, epsilon))).variance),
    estimator: `KL of each unit below ε for a fraction of ${1 - delta} of ${size} data points, standard error from ${REPETITIONS} bootstrap samples`,
  }))
  return { rows, units, delta }
}
