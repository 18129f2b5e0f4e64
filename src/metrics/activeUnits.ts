import { uniforms } from '../compute/philox'
import { streamKey } from '../compute/streams'
import { requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { moments, type Estimate } from '../base/estimate'
import type { Encoded, Evaluation } from './evaluation'
import { requireEvaluation } from './requireEvaluation'

/** How much each unit of a latent variable varies with the data, and which units count as active. */
export interface ActiveUnits {
  /** Fraction of units above the threshold. */
  fraction: Estimate
  /**
   * For z the variance over x of E[z_u|x], divided by the unit's prior variance; for w the variance over x of
   * q(w = k|x).
   */
  activity: Float64Array
  /** Standard error of each activity, from bootstrap samples of the data points. */
  standardErrors: Float64Array
  /** The units above the threshold. */
  active: boolean[]
}

/** Ratio of the variance over x to the prior's variance above which a unit is active. */
const THRESHOLD = 0.01

/** Options of `activeUnits`. */
export interface ActiveUnitsOptions {
  /** A number ≥ 0; 0.01 by default, 0.1 is the stricter test. */
  threshold?: number
}

/**
 * Active units: for z the fraction of units with Var_x E[z_u|x] / Var p(z_u) > threshold; for w the fraction
 * of components with Var_x q(w = k|x) > threshold (Table 1's AU of mixtures). The standard error is a
 * bootstrap over data points; it is 0 if every unit is far from the threshold.
 *
 * @param evaluation from `evaluate`.
 * @param options `{ threshold = 0.01 }`.
 * @returns `{ z, w }`, each with the fraction, the activity of every unit, and the active units; w is empty
 *   without components.
 * @throws ArgumentError for anything else, or a threshold that is not a number ≥ 0.
 * @example
 * lid.activeUnits(evaluation).z.fraction.value
 * @see Burda et al. 2016, section 5.1; Wang, Blei, Cunningham 2021, section 4 (AU).
 */
export function activeUnits(
  evaluation: Evaluation,
  options: ActiveUnitsOptions = {},
): { z: ActiveUnits; w: ActiveUnits } {
  const { threshold } = resolveOptions('activeUnits', options, { threshold: THRESHOLD })
  requireEvaluation(evaluation, 'mean', 'logW')
  requirePositive('threshold', threshold, true)
  const { size, latent, components } = evaluation
  return {
    z: summarize(scaledMeans(evaluation), size, latent, threshold),
    w: summarize(responsibilities(evaluation), size, components === 1 ? 0 : components, threshold),
  }
}

/** Options of `activeUnitsCurve`. */
export interface ActiveUnitsCurveOptions {
  /** Thresholds of the activity; by default 41 from 1e-4 to 1 at equal ratios. */
  thresholds?: readonly number[]
}

/** Fraction of active units at one threshold. */
export interface ActiveUnitsRow extends Estimate {
  /** The activity a unit must exceed to count. */
  readonly threshold: number
}

/**
 * The active-units curve: the fraction of units with Var_x E[z_u|x] / Var p(z_u) > threshold, and of
 * components with Var_x q(w = k|x) > threshold, as a function of the threshold, so that no conclusion depends
 * on a single threshold.
 *
 * @param evaluation from `evaluate`.
 * @param options `{ thresholds }`, 41 from 1e-4 to 1 by default.
 * @returns `{ z, w }`, one row per threshold with fraction and bootstrap standard error; w is empty without
 *   components.
 * @throws ArgumentError if a threshold is not a number ≥ 0.
 * @example
 * lid.activeUnitsCurve(evaluation).z.map(({ threshold, value }) => [threshold, value])
 * @see Burda et al. 2016, section 5.1.
 */
export function activeUnitsCurve(
  evaluation: Evaluation,
  options: ActiveUnitsCurveOptions = {},
): { z: ActiveUnitsRow[]; w: ActiveUnitsRow[] } {
  const { thresholds } = resolveOptions('activeUnitsCurve', options, {
    thresholds: Array.from({ length: 41 }, (_, i) => 10 ** (-4 + i / 10)),
  })
  requireEvaluation(evaluation, 'mean', 'logW')
  for (const threshold of thresholds) requirePositive('thresholds', threshold, true)
  const { size, latent, components } = evaluation
  const rows = (values: Float64Array, units: number): ActiveUnitsRow[] => {
    const activities = bootstrap(centre(values, size, units), size, units)
    return thresholds.map((threshold) => ({
      threshold,
      ...fractionAbove(activities, threshold, size),
    }))
  }
  return {
    z: rows(scaledMeans(evaluation), latent),
    w: components === 1 ? [] : rows(responsibilities(evaluation), components),
  }
}

/**
 * The fractions of active units of z and active components of w (0 without w) at the threshold 0.01, without
 * standard errors, for `Glimpse`.
 */
export function fractionsActive(encoded: Encoded): { z: number; w: number } {
  const { size, latent, components } = encoded
  const once = new Uint32Array(size).fill(1)
  const fraction = (values: Float64Array, units: number): number =>
    above(variances(centre(values, size, units), size, units, once), THRESHOLD)
  return {
    z: fraction(scaledMeans(encoded), latent),
    w: components === 1 ? 0 : fraction(responsibilities(encoded), components),
  }
}

/** E[z_u|x] in standard deviations of the prior, `[N, latent]`. */
function scaledMeans(evaluation: Encoded): Float64Array {
  const { latent } = evaluation
  const variance = priorVariance(evaluation)
  return posteriorMeans(evaluation).map((value, i) => value / Math.sqrt(variance[i % latent]))
}

/** q(w|x), `[N, K]`. */
const responsibilities = ({ logW }: Encoded): Float64Array => Float64Array.from(logW, Math.exp)

/** E[z|x], `[N, latent]`, averaged over q(w|x) if z depends on w. */
export function posteriorMeans(e: Encoded): Float64Array {
  const out = new Float64Array(e.size * e.latent)
  for (let i = 0; i < e.size; i++)
    for (let j = 0; j < e.branches; j++) {
      const q = e.branches === 1 ? 1 : Math.exp(e.logW[i * e.components + j])
      for (let u = 0; u < e.latent; u++)
        out[i * e.latent + u] += q * e.mean[(i * e.branches + j) * e.latent + u]
    }
  return out
}

/** Mean of each unit under the prior, `[latent]`. */
export const priorMeans = ({ components, latent, priorMean }: Encoded): Float64Array =>
  Float64Array.from({ length: latent }, (_, u) => {
    let sum = 0
    for (let k = 0; k < components; k++) sum += priorMean[k * latent + u]
    return sum / components
  })

/** Variance of each unit under the prior, all components together, `[latent]`. */
export function priorVariance(e: Encoded): Float64Array {
  const centre = priorMeans(e)
  return Float64Array.from({ length: e.latent }, (_, u) => {
    let sum = 0
    for (let k = 0; k < e.components; k++)
      sum += e.priorSd[k * e.latent + u] ** 2 + (e.priorMean[k * e.latent + u] - centre[u]) ** 2
    return sum / e.components
  })
}

const REPETITIONS = 200

function summarize(values: Float64Array, size: number, units: number, threshold: number): ActiveUnits {
  const activities = bootstrap(centre(values, size, units), size, units)
  const { activity, repeated } = activities
  return {
    fraction: fractionAbove(activities, threshold, size),
    activity,
    standardErrors: activity.map((_, unit) => Math.sqrt(moments(repeated.map((of) => of[unit])).variance)),
    active: Array.from(activity, (a) => a > threshold),
  }
}

/** Variance of each unit over the data points and over bootstrap samples. */
interface Activities {
  activity: Float64Array
  repeated: Float64Array[]
}

function bootstrap(centred: Float64Array, size: number, units: number): Activities {
  const key = streamKey(0, 'sampling', 'bootstrap')
  const counts = new Uint32Array(size).fill(1)
  const activity = variances(centred, size, units, counts)
  const repeated = Array.from({ length: units ? REPETITIONS : 1 }, (_, repetition) => {
    counts.fill(0)
    for (const u of uniforms(key, repetition, size)) counts[Math.floor(u * size)]++
    return variances(centred, size, units, counts)
  })
  return { activity, repeated }
}

const fractionAbove = ({ activity, repeated }: Activities, threshold: number, size: number): Estimate => ({
  value: above(activity, threshold),
  standardError: Math.sqrt(moments(repeated.map((values) => above(values, threshold))).variance),
  estimator: `variance over ${size} data points > ${threshold}, standard error from ${REPETITIONS} bootstrap samples`,
})

/** Fraction of values above the threshold. */
const above = (values: Float64Array, threshold: number): number =>
  values.length ? values.filter((x) => x > threshold).length / values.length : 0

/** The values minus the mean of their unit, so that sums of squares keep their precision. */
function centre(values: Float64Array, size: number, units: number): Float64Array {
  const mean = new Float64Array(units)
  values.forEach((value, i) => (mean[i % units] += value / size))
  return values.map((value, i) => value - mean[i % units])
}

/**
 * Unbiased variance of each unit if data point i counts `counts[i]` times (N in total), in one pass for all
 * units.
 */
function variances(centred: Float64Array, size: number, units: number, counts: Uint32Array): Float64Array {
  const sums = new Float64Array(units)
  const squares = new Float64Array(units)
  for (let i = 0; i < size; i++) {
    const count = counts[i]
    if (count === 0) continue
    for (let u = 0; u < units; u++) {
      const value = centred[i * units + u]
      sums[u] += count * value
      squares[u] += count * value * value
    }
  }
  return squares.map((square, u) => Math.max(0, square - sums[u] ** 2 / size) / Math.max(1, size - 1))
}
