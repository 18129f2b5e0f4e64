import { priorMeans, priorVariance } from './activeUnits'
import { meanEstimate, type Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import type { UnitShifts } from './givenW'
import { logLikelihoodGivenW, logSumExp } from './importance'

/**
 * F of each unit of z: KL(p(z_u) ‖ p(z_u|x)) between normals with the moments of prior and posterior. The
 * posterior's moments are those of the proposal normals (known exactly), corrected by the importance weights
 * ω: the mean by Σ_s (ω_s − 1/C) ζ_s, where ζ are the standardised draws, and the variance by the factor
 * (weighted variance of ζ + Σ ω²) / (unweighted variance + 1/C). The term Σ ω² prevents one heavy draw from
 * looking like a point posterior.
 *
 * If the weights are independent of unit u, the shift has mean 0 and variance V, and the logarithm of the
 * factor has mean 0 and variance about 2V, with V = Σ ω² − 1/C. Pooled over the data, this shows how much of
 * the corrections is noise, and they are shrunk accordingly: to 0 for a unit with the right proposal, and
 * hardly at all for one with a wrong proposal.
 */
export function unitFlatness(e: Evaluation): Estimate[] {
  const { size, components, latent, given } = e
  const centre = priorMeans(e)
  const variance = priorVariance(e)
  const posteriorW = componentPosterior(e)
  const omega = normalizedWeights(e)
  const concentration = sumOfSquares(omega, given.samples, size * components, components)
  const how = `moments of ${given.samples} importance-weighted draws${components > 1 ? ' per component' : ''}, ${size} data points`
  return Array.from({ length: latent }, (_, u) => {
    const shifts = given.shifts
      ? { mean: column(given.shifts.mean, latent, u), logFactor: column(given.shifts.logFactor, latent, u) }
      : unitShifts(e, omega, concentration, u)
    const [keepMean, keepFactor] = signal(shifts, concentration, given.samples, posteriorW)
    const points = Float64Array.from({ length: size }, (_value, i) => {
      let mean = 0
      let square = 0
      for (let k = 0; k < components; k++) {
        const row = i * components + k
        const sd = given.sd[row * latent + u]
        const m = given.mean[row * latent + u] + sd * keepMean * shifts.mean[row] - centre[u]
        mean += posteriorW[row] * m
        square += posteriorW[row] * (sd * sd * Math.exp(keepFactor * shifts.logFactor[row]) + m * m)
      }
      return normalKl(0, variance[u], mean, square - mean * mean)
    })
    return meanEstimate(points, how)
  })
}

/** What `unitFlatness` needs of the draws of some data points, which then need not be kept. */
export function shiftsOf(e: Drawn): UnitShifts {
  const { size, components, latent, given } = e
  const rows = size * components
  const omega = normalizedWeights(e)
  const concentration = sumOfSquares(omega, given.samples, rows, components)
  const out = { mean: new Float64Array(rows * latent), logFactor: new Float64Array(rows * latent) }
  for (let u = 0; u < latent; u++) {
    const { mean, logFactor } = unitShifts(e, omega, concentration, u)
    for (let row = 0; row < rows; row++) {
      out.mean[row * latent + u] = mean[row]
      out.logFactor[row * latent + u] = logFactor[row]
    }
  }
  return out
}

/** The part that concerns draws. */
type Drawn = Pick<Evaluation, 'size' | 'components' | 'latent' | 'given'>

/** One unit of `[N, K, latent]`. */
const column = (of: Float64Array, latent: number, u: number): Float64Array =>
  Float64Array.from({ length: of.length / latent }, (_, row) => of[row * latent + u])

/** KL between normals of given means and variances. */
const normalKl = (m0: number, v0: number, m1: number, v1: number): number =>
  (Math.log(v1 / v0) + (v0 + (m0 - m1) ** 2) / v1 - 1) / 2

/** p(w|x), `[N, K]`. */
function componentPosterior(e: Evaluation): Float64Array {
  const { size, components } = e
  const logs = logLikelihoodGivenW(e)
  for (let i = 0; i < size; i++) {
    const total = logSumExp(logs, i * components, components)
    for (let k = 0; k < components; k++) logs[i * components + k] -= total
  }
  return logs.map(Math.exp)
}

/** Importance weights of the draws, summing to 1 for each data point and component, `[N, C, K]`. */
function normalizedWeights({ size, components, given }: Drawn): Float64Array {
  const { samples, logRatio } = given
  const out = new Float64Array(logRatio.length)
  for (let i = 0; i < size; i++)
    for (let k = 0; k < components; k++) {
      const start = i * samples * components + k
      const total = logSumExp(logRatio, start, samples, components)
      for (let s = 0; s < samples; s++)
        out[start + s * components] = Math.exp(logRatio[start + s * components] - total)
    }
  return out
}

/** Σ ω² for each data point and component, `[N, K]`: 1/C for equal weights, 1 for a single heavy draw. */
function sumOfSquares(omega: Float64Array, samples: number, rows: number, components: number): Float64Array {
  const out = new Float64Array(rows)
  for (let at = 0; at < omega.length; at++) out[rowOf(at, samples, components)] += omega[at] ** 2
  return out
}

/** Data point and component of a draw: the index in `[N, K]` of an index in `[N, C, K]`. */
const rowOf = (at: number, samples: number, components: number): number =>
  Math.floor(at / (samples * components)) * components + (at % components)

/**
 * The correction by the weights of one unit's mean, in standard deviations of the proposal, and of its
 * variance, each `[N, K]`.
 */
interface Shifts {
  mean: Float64Array
  logFactor: Float64Array
}

function unitShifts(
  { size, components, latent, given }: Drawn,
  omega: Float64Array,
  concentration: Float64Array,
  u: number,
): Shifts {
  const { samples, mean, sd, z } = given
  const sums = Array.from({ length: 4 }, () => new Float64Array(size * components))
  const [weighted, weightedSquare, plain, plainSquare] = sums
  for (let at = 0; at < omega.length; at++) {
    const row = rowOf(at, samples, components)
    const zeta = (z[at * latent + u] - mean[row * latent + u]) / sd[row * latent + u]
    weighted[row] += omega[at] * zeta
    weightedSquare[row] += omega[at] * zeta * zeta
    plain[row] += zeta / samples
    plainSquare[row] += (zeta * zeta) / samples
  }
  return {
    mean: weighted.map((m, row) => m - plain[row]),
    logFactor: weighted.map((m, row) =>
      Math.log(
        (weightedSquare[row] - m * m + concentration[row]) /
          (plainSquare[row] - plain[row] ** 2 + 1 / samples),
      ),
    ),
  }
}

/** The fraction of each correction that is not noise, in [0, 1], pooled over data points and components. */
function signal(
  shifts: Shifts,
  concentration: Float64Array,
  samples: number,
  posteriorW: Float64Array,
): [number, number] {
  let [noise, mean, factor] = [0, 0, 0]
  for (let row = 0; row < concentration.length; row++) {
    noise += posteriorW[row] * (concentration[row] - 1 / samples)
    mean += posteriorW[row] * shifts.mean[row] ** 2
    factor += posteriorW[row] * shifts.logFactor[row] ** 2
  }
  const share = (all: number, ofNoise: number) => (all > 0 ? Math.max(0, 1 - ofNoise / all) : 0)
  return [share(mean, noise), share(factor, 2 * noise)]
}
