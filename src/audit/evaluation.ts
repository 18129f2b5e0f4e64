import type { Evaluation } from '../metrics/evaluation'
import { logSumExp } from '../metrics/importance'
import { withPoints } from '../metrics/points'
import type { GivenW } from '../metrics/givenW'
import type { Noise } from '../models/noise'
import type { ComponentWeights } from './components'
import { mixtureTerms } from './mixture'
import { logNormal, type AuditPrior } from './prior'

/** What was measured of a model of any framework; everything after `z` may be missing. */
export interface Measured {
  readonly size: number
  readonly rows?: Uint32Array
  readonly prior: AuditPrior
  /** J: 1, or K where q(z|x, w) depends on w; 1 by default. */
  readonly branches?: number
  /** q(w|x) of a mixture. */
  readonly w?: ComponentWeights
  /** Separate draws for each of its components. */
  readonly given?: GivenW
  /** Moments of q(z|x), `[N, J, latent]`. */
  readonly mean: Float32Array
  readonly sd: Float32Array
  /** Draws of q(z|x), `[N, S, J, latent]`. */
  readonly z: Float32Array
  readonly samples: number
  /** log p(x|z) at them, `[N, S, J]`. */
  readonly logLikelihood?: Float32Array
  /** log p(x|z) at draws of the prior, `[N, P]`. */
  readonly priorLogLikelihood?: Float32Array
  readonly noise?: Noise
  readonly labels?: Int32Array
  readonly words?: Int32Array
}

/** The record behind every metric, and which parts of it could not be had. */
export interface AuditEvaluation {
  /** Fields of what is missing are absent, against its type. */
  readonly evaluation: Evaluation
  /** True if log p(x|z) is known at draws of q, and log p(z). */
  readonly hasLikelihood: boolean
  /** True if log p(x|z) is known at draws of the prior. */
  readonly hasPriorLikelihood: boolean
  /** True if KL is known. */
  readonly hasKl: boolean
  /** True if it is known of each unit. */
  readonly hasKlOfUnits: boolean
  /** q(w|x) where w is not part of the record: log p(x|w) cannot be had. */
  readonly w?: ComponentWeights
  /** Mean and standard deviation of each unit of the prior, all components together, `[latent]`. */
  readonly prior: Pick<AuditPrior, 'mean' | 'sd'>
}

/** The same record that `evaluate` makes of a model of this library. */
export async function evaluationOf(measured: Measured): Promise<AuditEvaluation> {
  const { size, prior, mean, sd, z, samples, logLikelihood, priorLogLikelihood, w } = measured
  if (w && isJoint(measured)) return jointEvaluation(measured, w)
  const { latent } = prior
  const logPrior = prior.logProb && (await prior.logProb(z))
  const terms = logPrior ? logPrior.length / (size * samples) : 0
  const kl = prior.isNormal ? closedKl(mean, sd, prior) : logPrior && sampledKl(measured, logPrior, terms)
  const hasLikelihood = logLikelihood !== undefined && logPrior !== undefined
  const logRatio = hasLikelihood ? ratios(measured, logPrior, terms) : undefined
  const record = {
    model: 'audited model' as const,
    size,
    ...(measured.rows && { rows: measured.rows }),
    samples,
    latent,
    components: 1,
    branches: 1,
    mean,
    sd,
    logW: new Float32Array(size),
    ...(kl && { klZ: kl, klW: new Float64Array(size), klIsSampled: !prior.isNormal }),
    z,
    ...(hasLikelihood && {
      reconstruction: rowMeans(logLikelihood, size),
      logRatio: logRatio!,
      given: { samples, mean, sd, z, logRatio: logRatio! },
    }),
    ...fromPriorOf(priorLogLikelihood, size),
    ...extrasOf(measured),
    priorMean: prior.mean,
    priorSd: prior.sd,
  } as Omit<Evaluation, 'points'>
  return {
    evaluation: withPoints(record),
    hasLikelihood,
    hasPriorLikelihood: hasLikelihood && priorLogLikelihood !== undefined,
    hasKl: kl !== undefined,
    hasKlOfUnits: kl !== undefined && (prior.isNormal || terms === latent),
    ...(w && { w }),
    prior,
  }
}

/**
 * True where w is part of the record, as of a mixture of this library: its components are known, and log p(x|w) too
 * where log p(x|z) is known at all.
 */
const isJoint = ({ w, prior, branches = 1, given, logLikelihood }: Measured): boolean =>
  w !== undefined && prior.isMixture && (branches > 1 || given !== undefined || logLikelihood === undefined)

/** The record of a mixture with w. */
function jointEvaluation(measured: Measured, w: ComponentWeights): AuditEvaluation {
  const { size, prior, mean, sd, z, samples, logLikelihood, priorLogLikelihood, branches = 1 } = measured
  const terms = mixtureTerms(
    { ...w, branches, mean, sd },
    { z, samples, ...(logLikelihood && { logLikelihood }) },
    prior,
  )
  const given =
    measured.given ?? (terms.logRatio && branches > 1 && { samples, mean, sd, z, logRatio: terms.logRatio })
  const record = {
    model: 'audited model' as const,
    size,
    ...(measured.rows && { rows: measured.rows }),
    samples,
    latent: prior.latent,
    ...w,
    branches,
    mean,
    sd,
    z,
    ...terms,
    ...(given && { given }),
    ...fromPriorOf(priorLogLikelihood, size),
    ...extrasOf(measured),
    priorMean: prior.balls.mean,
    priorSd: prior.balls.sd,
  } as Omit<Evaluation, 'points'>
  const hasLikelihood = logLikelihood !== undefined
  return {
    evaluation: withPoints(record),
    hasLikelihood,
    hasPriorLikelihood: hasLikelihood && priorLogLikelihood !== undefined,
    hasKl: true,
    hasKlOfUnits: true,
    prior,
  }
}

const fromPriorOf = (priorLogLikelihood: Float32Array | undefined, size: number) =>
  priorLogLikelihood && {
    priorLogLikelihood: rowMeans(priorLogLikelihood, size),
    priorSamples: priorLogLikelihood.length / size,
    fromPrior: evidenceFrom(priorLogLikelihood, size),
  }

const extrasOf = ({ noise, labels, words }: Measured) => ({
  ...(noise && { noise }),
  ...(labels && { labels }),
  ...(words && { words }),
})

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
function sampledKl({ size, samples, prior, mean, sd, z }: Measured, logPrior: Float64Array, terms: number) {
  const { latent } = prior
  const out = new Float32Array(size * latent)
  for (let i = 0; i < size; i++)
    for (let u = 0; u < latent; u++) {
      let sum = 0
      for (let s = 0; s < samples; s++) {
        const at = i * samples + s
        const log = terms === latent ? logPrior[at * latent + u] : logPrior[at] / latent
        sum += logNormal(z[at * latent + u], mean[i * latent + u], sd[i * latent + u]) - log
      }
      out[i * latent + u] = sum / samples
    }
  return out
}

/** log p(x|z) p(z) / q(z|x), `[N, S]`. */
function ratios(
  { size, samples, prior: { latent }, mean, sd, z, logLikelihood }: Measured,
  logPrior: Float64Array,
  terms: number,
): Float32Array {
  const out = new Float32Array(size * samples)
  for (let at = 0; at < out.length; at++) {
    const row = Math.floor(at / samples) * latent
    let log = logLikelihood![at]
    for (let t = 0; t < terms; t++) log += logPrior[at * terms + t]
    for (let u = 0; u < latent; u++) log -= logNormal(z[at * latent + u], mean[row + u], sd[row + u])
    out[at] = log
  }
  return out
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
