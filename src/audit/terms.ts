import type { GivenW } from '../metrics/givenW'
import { logSumExp } from '../metrics/importance'
import { shiftsOf } from '../metrics/unitFlatness'
import type { ComponentWeights } from './components'
import { mixtureTerms } from './mixture'
import { logNormal, type AuditPrior } from './prior'

/** Some data points, their draws, and what the decoder made of them. */
export interface MeasuredRows {
  readonly size: number
  /** Which of all data points is the first of them. */
  readonly start: number
  /** Moments of q(z|x), `[N, J, latent]`. */
  readonly mean: Float32Array
  readonly sd: Float32Array
  /** J: 1, or K where q(z|x, w) depends on w; 1 by default. */
  readonly branches?: number
  /** q(w|x) of a mixture. */
  readonly w?: ComponentWeights
  /** Separate draws for each of its components. */
  readonly given?: GivenW
  /** Draws of q(z|x), `[N, S, J, latent]`. */
  readonly z: Float32Array
  readonly samples: number
  /** log p(x|z) at them, `[N, S, J]`. */
  readonly logLikelihood?: Float32Array
  /** log p(x|z) at draws of the prior, `[N, P]`. */
  readonly priorLogLikelihood?: Float32Array
}

/** What is kept of some data points: each array has the same count of numbers for every one. */
export interface Terms {
  /** The first draw of each data point, `[N, J, latent]`. */
  readonly first: Float32Array
  readonly klZ?: Float32Array
  readonly klW?: Float64Array
  readonly reconstruction?: Float64Array
  readonly logRatio?: Float32Array
  /** As in `GivenW`, of separate draws for each component. */
  readonly givenMean?: Float32Array
  readonly givenSd?: Float32Array
  readonly givenLogRatio?: Float32Array
  /** As in `UnitShifts`. */
  readonly shiftMean?: Float64Array
  readonly shiftLogFactor?: Float64Array
  readonly priorLogLikelihood?: Float64Array
  readonly logMean?: Float64Array
  readonly logMeanOfHalves?: Float64Array
}

/**
 * True where w is part of the record, as of a mixture of this library: its components are known, and log p(x|w) too
 * where log p(x|z) is known at all.
 */
export const isJoint = (
  { w, branches = 1, given, logLikelihood }: MeasuredRows,
  prior: AuditPrior,
): boolean =>
  w !== undefined && prior.isMixture && (branches > 1 || given !== undefined || logLikelihood === undefined)

/** Everything that the metrics need of some data points, so that their draws need not be kept. */
export async function termsOf(rows: MeasuredRows, prior: AuditPrior): Promise<Terms> {
  const { size, samples, branches = 1, w, mean, sd, z, priorLogLikelihood } = rows
  const { latent } = prior
  const joint = w && isJoint(rows, prior)
  const own = joint
    ? mixtureTerms({ ...w, branches, mean, sd }, rows, prior)
    : await marginalTerms(rows, prior)
  const components = joint ? w.components : 1
  const given = rows.given ?? (own.logRatio && { samples, mean, sd, z, logRatio: own.logRatio })
  const shifts = given && shiftsOf({ size, components, latent, given })
  return {
    first: firstDraws(z, size, branches * latent),
    ...own,
    ...(rows.given && {
      givenMean: rows.given.mean,
      givenSd: rows.given.sd,
      givenLogRatio: rows.given.logRatio,
    }),
    ...(shifts && { shiftMean: shifts.mean, shiftLogFactor: shifts.logFactor }),
    ...(priorLogLikelihood && {
      priorLogLikelihood: rowMeans(priorLogLikelihood, size),
      ...evidenceFrom(priorLogLikelihood, size),
    }),
  }
}

/** KL, reconstruction and weights where z alone is part of the record. */
export async function marginalTerms(rows: MeasuredRows, prior: AuditPrior): Promise<Omit<Terms, 'first'>> {
  const { size, samples, mean, sd, z, start, logLikelihood } = rows
  const isNeeded = logLikelihood !== undefined || !prior.isNormal
  const logPrior = isNeeded && prior.logProb ? await prior.logProb(z, start * samples) : undefined
  const klZ = prior.isNormal ? closedKl(mean, sd, prior) : logPrior && sampledKl(rows, prior, logPrior)
  return {
    ...(klZ && { klZ, klW: new Float64Array(size) }),
    ...(logLikelihood &&
      logPrior && {
        reconstruction: rowMeans(logLikelihood, size),
        logRatio: ratios(rows, prior, logPrior, logLikelihood),
      }),
  }
}

function firstDraws(z: Float32Array, size: number, width: number): Float32Array {
  const each = z.length / size
  const out = new Float32Array(size * width)
  for (let i = 0; i < size; i++) out.set(z.subarray(i * each, i * each + width), i * width)
  return out
}

/** KL of each unit between normals, `[N, latent]`. */
function closedKl(mean: Float32Array, sd: Float32Array, prior: AuditPrior): Float32Array {
  const { latent } = prior
  return mean.map((m, i) => {
    const u = i % latent
    const v = (sd[i] / prior.sd[u]) ** 2
    return (v + ((m - prior.mean[u]) / prior.sd[u]) ** 2 - 1 - Math.log(v)) / 2
  })
}

/** The mean over the draws of log q(z_u|x) − log p(z_u|z_1 …), `[N, latent]`; of a total its share. */
function sampledKl(
  { size, samples, mean, sd, z }: MeasuredRows,
  { latent }: AuditPrior,
  logPrior: Float64Array,
): Float32Array {
  const isByUnit = logPrior.length === z.length
  const out = new Float32Array(size * latent)
  for (let i = 0; i < size; i++)
    for (let u = 0; u < latent; u++) {
      let sum = 0
      for (let s = 0; s < samples; s++) {
        const at = i * samples + s
        const log = isByUnit ? logPrior[at * latent + u] : logPrior[at] / latent
        sum += logNormal(z[at * latent + u], mean[i * latent + u], sd[i * latent + u]) - log
      }
      out[i * latent + u] = sum / samples
    }
  return out
}

/** log p(x|z) p(z) / q(z|x), `[N, S]`. */
function ratios(
  { samples, mean, sd, z }: MeasuredRows,
  { latent }: AuditPrior,
  logPrior: Float64Array,
  logLikelihood: Float32Array,
): Float32Array {
  const terms = logPrior.length / logLikelihood.length
  return logLikelihood.map((fit, at) => {
    const row = Math.floor(at / samples) * latent
    let log = fit
    for (let t = 0; t < terms; t++) log += logPrior[at * terms + t]
    for (let u = 0; u < latent; u++) log -= logNormal(z[at * latent + u], mean[row + u], sd[row + u])
    return log
  })
}

/** Mean of each of N rows. */
function rowMeans(values: Float32Array, size: number): Float64Array {
  const each = values.length / size
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let s = 0; s < each; s++) sum += values[i * each + s]
    return sum / each
  })
}

/** log p(x) from draws of the prior: all of them, and two halves averaged. */
function evidenceFrom(values: Float32Array, size: number) {
  const each = values.length / size
  const half = each >> 1
  const log = (i: number, from: number, count: number) =>
    logSumExp(values, i * each + from, count) - Math.log(count)
  const logMean = Float64Array.from({ length: size }, (_, i) => log(i, 0, each))
  const logMeanOfHalves = half ? logMean.map((_, i) => (log(i, 0, half) + log(i, half, half)) / 2) : logMean
  return { logMean, logMeanOfHalves }
}
