import { meanEstimate, moments, type Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import { logSumExp, pointLogLikelihoods } from './importance'

/** What log p(x) is computed from. */
export type Evidence = Pick<Evaluation, 'size' | 'samples' | 'components' | 'logRatio'> &
  Partial<Pick<Evaluation, 'priorSamples' | 'fromPrior' | 'more'>>

/** log p(x) as every metric uses it. */
export interface LogEvidence {
  /** log p(x) of each data point, `[N]`, nats, before the correction. */
  readonly points: Float64Array
  /** What more draws add to the mean, nats: with its standard error, and the bias that may be left. */
  readonly correction: Estimate & { readonly bias: number }
}

/** log (1/count) Σ exp, from `start`. */
const logMeanExp = (values: ArrayLike<number>, start: number, count: number): number =>
  logSumExp(values, start, count) - Math.log(count)

/**
 * log p(x) of each data point from the better of two proposals, q(z|x) and the prior. Both give lower bounds
 * in expectation, so the greater mean is nearer to the truth: where the likelihood is flat the prior is exact,
 * however wrong q is.
 */
export function logEvidence(e: Evidence): LogEvidence {
  const ofQ = evidenceOfQ(e)
  const ofPrior = evidenceOfPrior(e)
  return ofPrior && total(ofPrior) > total(ofQ) ? ofPrior : ofQ
}

const total = ({ points, correction }: LogEvidence): number => moments(points).mean + correction.value

/** An estimate of the mean of `points`, one value per data point that contains log p(x) once. */
export function withCorrection(points: Float64Array, { correction }: LogEvidence, how: string): Estimate {
  const mean = meanEstimate(points, how)
  return {
    ...mean,
    value: mean.value + correction.value,
    standardError: Math.hypot(mean.standardError, correction.standardError),
    // JSON has no infinity: of a single draw the bias is unknown.
    ...(correction.bias < 0 && Number.isFinite(correction.bias) && { bias: correction.bias }),
  }
}

function evidenceOfQ(e: Evidence): LogEvidence {
  const points = pointLogLikelihoods(e)
  const { more } = e
  if (more === undefined) {
    const bias = -biasLeft(halvings(e))
    return { points, correction: { value: 0, standardError: 0, estimator: '', bias } }
  }
  const levels = doublings(more.blocks, more.points.length)
  const gain = levels[levels.length - 1].map((log, i) => log - levels[0][i])
  const added = meanEstimate(gain, 'more draws')
  return { points, correction: { ...added, bias: -biasLeft(levels) } }
}

function evidenceOfPrior({ size, priorSamples = 1, fromPrior }: Evidence): LogEvidence | undefined {
  if (fromPrior === undefined) return undefined
  const { logMean, logMeanOfHalves } = fromPrior
  const levels = size > 0 && priorSamples > 1 ? [logMeanOfHalves, logMean] : [logMean]
  return {
    points: logMean,
    correction: { value: 0, standardError: 0, estimator: '', bias: -biasLeft(levels) },
  }
}

/**
 * log p(x) with a quarter, a half and all of the draws of each data point; the parts are averaged, so that each
 * step can only rise.
 */
function halvings({ size, samples, components, logRatio }: Evidence): Float64Array[] {
  const quarters = samples >= 8 ? 4 : samples >= 2 ? 2 : 1
  const part = Math.floor(samples / quarters)
  const blocks = Array.from({ length: quarters }, (_, block) =>
    Float64Array.from({ length: size }, (_value, i) =>
      logMeanExp(logRatio, (i * samples + block * part) * components, part * components),
    ),
  )
  return doublings(blocks, size)
}

/**
 * log p(x) with one block of draws, with two, four …, `[points]` each: mean over the groups of blocks.
 *
 * @param blocks log p(x) of each block of draws alone, `[points]` each; their number is a power of 2.
 */
export function doublings(blocks: readonly Float64Array[], points: number): Float64Array[] {
  const levels: Float64Array[] = []
  for (let together = blocks; together.length > 0; together = inPairs(together)) {
    const { length } = together
    const at = (i: number) => together.reduce((sum, block) => sum + block[i], 0) / length
    levels.push(Float64Array.from({ length: points }, (_, i) => at(i)))
    if (length === 1) break
  }
  return levels
}

/** log ½(eᵃ + eᵇ) of neighbours. */
const inPairs = (blocks: readonly Float64Array[]): Float64Array[] =>
  Array.from({ length: blocks.length >> 1 }, (_, pair) =>
    blocks[2 * pair].map((a, i) => logMeanExp([a, blocks[2 * pair + 1][i]], 0, 2)),
  )

/**
 * How much the mean would still rise with draws without end, nats: the last change, summed as a geometric series
 * with the ratio of the last two changes, between ½ (the rate 1/S of good proposals) and 0.9 (of poor ones).
 *
 * @param levels values for draws that double from one to the next.
 */
export function biasLeft(levels: readonly Float64Array[]): number {
  if (levels.length < 2) return Infinity
  const change = (level: number) => moments(levels[level].map((value, i) => value - levels[level - 1][i]))
  const last = change(levels.length - 1)
  const before = levels.length > 2 ? change(levels.length - 2).mean : 0
  const ratio = before > 0 ? Math.min(0.9, Math.max(0.5, last.mean / before)) : 0.5
  const most = Math.max(0, last.mean) + Math.sqrt(last.variance / levels[0].length)
  return (most * ratio) / (1 - ratio)
}
