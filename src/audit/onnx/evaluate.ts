import { streamKey } from '../../compute/streams'
import { sampledRows } from '../../data/sampled'
import { MOST_TIMES, type Evaluation } from '../../metrics/evaluation'
import type { GivenW } from '../../metrics/givenW'
import { logSumExp, pointLogLikelihoods } from '../../metrics/importance'
import { biasLeft, doublings, logEvidence } from '../../metrics/logEvidence'
import { ROWS, TOLERANCE } from '../../metrics/moreDraws'
import { CODES } from '../../models/conditional'
import type { Noise } from '../../models/noise'
import { drawsOfQ, momentsBetween, type Moments } from '../draws'
import { evaluationOf, type AuditEvaluation } from '../evaluation'
import type { AuditLikelihood } from '../likelihood'
import { drawsGivenW, mixtureTerms, proposalsGivenW, ratiosGivenW } from '../mixture'
import type { AuditPrior } from '../prior'
import { marginalTerms, type MeasuredRows } from '../terms'
import type { OnnxDecoder } from './decoder'

/** Held-out data points as numbers, `[N, dim]`. */
export interface AuditRows {
  readonly x: Float32Array
  readonly size: number
  /** Numbers of a row; of texts their length. */
  readonly dim: number
  readonly isText: boolean
  /** Which of all data points they are. */
  readonly rows?: Uint32Array
  readonly labels?: Int32Array
}

/** What the decoder is run with. */
export interface DecoderRun {
  readonly decoder: OnnxDecoder
  readonly likelihood: AuditLikelihood
  readonly prior: AuditPrior
  readonly data: AuditRows
  readonly between: () => Promise<void>
}

interface Numbers {
  readonly samples: number
  readonly priorSamples: number
  readonly seed: number
}

/**
 * log p(x|z) of some data points, each at its own codes.
 *
 * @param rows which data points.
 * @param z `[rows, each, latent]`.
 * @returns `[rows, each]`, nats.
 */
export async function logLikelihoods(
  { decoder, likelihood, prior: { latent }, data, between }: DecoderRun,
  rows: ArrayLike<number>,
  z: Float32Array,
): Promise<Float32Array> {
  const { x, dim, isText } = data
  const count = z.length / latent
  const each = count / rows.length
  const out = new Float32Array(count)
  const rowOf = (code: number) => rows[Math.floor(code / each)] * dim
  let texts: Float32Array | undefined
  if (isText) {
    texts = new Float32Array(count * dim)
    for (let code = 0; code < count; code++) texts.set(x.subarray(rowOf(code), rowOf(code) + dim), code * dim)
  }
  await decoder.decode(
    z,
    latent,
    (of, first, some) => {
      for (let i = 0; i < some; i++)
        out[first + i] = likelihood.logProb(x, rowOf(first + i), of, i * of.width)
    },
    texts,
    between,
  )
  return out
}

/** The record of a model of an encoder and a decoder, with the draws that `evaluate` has of a model of this library. */
export async function evaluateOnnx(
  run: DecoderRun,
  q: Moments,
  { samples, priorSamples, seed }: Numbers,
  extra: { noise?: Noise; words?: Int32Array },
): Promise<AuditEvaluation> {
  const { prior, data } = run
  const { size } = data
  const { latent, branches } = q
  const key = streamKey(seed, 'sampling', 'evaluation')
  const components = q.w?.components ?? 1
  // Where one normal serves all components, draws for each of them tell log p(x|w).
  const samplesGivenW = q.w && branches === 1 && prior.isMixture ? drawsGivenW(samples, components) : 0
  const most = Math.max(samples * branches, priorSamples, samplesGivenW * components)
  const atOnce = Math.max(1, Math.floor(CODES / most))
  const starts = Array.from({ length: Math.ceil(size / atOnce) }, (_, i) => i * atOnce)
  const momentsFrom = (start: number) => momentsBetween(q, start, Math.min(size, start + atOnce))
  const draw = (start: number) => drawsOfQ(momentsFrom(start), samples, key, start)
  const drawGivenW = (start: number) => {
    const { w, ...of } = momentsFrom(start)
    return proposalsGivenW({ ...of, ...w! }, prior, samplesGivenW, key, start)
  }
  /** All draws, as they were drawn in parts. */
  const again = (width: number, drawFrom: (start: number) => Float32Array) => () => {
    const all = new Float32Array(size * width * latent)
    for (const start of starts) all.set(drawFrom(start), start * width * latent)
    return all
  }
  async function* measured(): AsyncGenerator<MeasuredRows> {
    for (const start of starts) {
      const of = momentsFrom(start)
      const rows = Array.from({ length: Math.min(atOnce, size - start) }, (_, i) => start + i)
      const z = draw(start)
      const logLikelihood = await logLikelihoods(run, rows, z)
      let given: GivenW | undefined
      if (samplesGivenW) {
        const each = drawGivenW(start)
        const fits = await logLikelihoods(run, rows, each.z)
        const logRatio = ratiosGivenW(each, fits, samplesGivenW, components, prior)
        given = { ...each, samples: samplesGivenW, logRatio }
      }
      const codes = prior.draw?.(key, start, rows.length * priorSamples)
      yield {
        size: rows.length,
        start,
        ...of,
        z,
        samples,
        logLikelihood,
        ...(given && { given }),
        ...(codes && { priorLogLikelihood: await logLikelihoods(run, rows, codes) }),
      }
    }
  }
  const found = await evaluationOf(
    {
      ...data,
      prior,
      ...q,
      samples,
      priorSamples,
      samplesGivenW,
      redraw: again(samples * branches, draw),
      redrawGivenW: again(samplesGivenW * components, (start) => drawGivenW(start).z),
      ...extra,
    },
    measured(),
  )
  if (!found.hasLikelihood) return found
  const more = await moreDraws(run, q, found.evaluation, seed)
  if (more) Object.assign(found.evaluation, { more })
  return found
}

/** Moments of some rows. */
function momentsOf({ mean, sd, latent, branches, w }: Moments, rows: readonly number[]): Moments {
  const take = (of: Float32Array, width: number) =>
    Float32Array.from(
      { length: rows.length * width },
      (_, i) => of[rows[Math.floor(i / width)] * width + (i % width)],
    )
  const width = branches * latent
  return {
    mean: take(mean, width),
    sd: take(sd, width),
    latent,
    branches,
    ...(w && { w: { components: w.components, logW: take(w.logW, w.components) } }),
  }
}

/** As for a model of this library: the draws of some data points doubled until log p(x) hardly changes. */
async function moreDraws(
  run: DecoderRun,
  q: Moments,
  e: Evaluation,
  seed: number,
): Promise<Evaluation['more']> {
  if (logEvidence(e).correction.bias >= -TOLERANCE) return undefined
  const { samples, size, components } = e
  const points = sampledRows(size, ROWS, seed)
  const atOnce = Math.max(1, Math.floor(CODES / samples))
  const parts = Array.from({ length: Math.ceil(points.length / atOnce) }, (_, i) =>
    Array.from(points.subarray(i * atOnce, (i + 1) * atOnce)),
  )
  const logs = pointLogLikelihoods(e)
  const blocks = [Float64Array.from(points, (point) => logs[point])]
  const key = streamKey(seed, 'sampling', 'more draws')
  while (blocks.length < MOST_TIMES && biasLeft(doublings(blocks, points.length)) > TOLERANCE) {
    const from = blocks.length
    for (let number = from; number < 2 * from; number++) {
      const block = new Float64Array(points.length)
      for (const [at, rows] of parts.entries()) {
        const moments = momentsOf(q, rows)
        const z = drawsOfQ(moments, samples, key, number * parts.length + at)
        const logLikelihood = await logLikelihoods(run, rows, z)
        const draws = { size: rows.length, start: 0, z, samples, logLikelihood }
        const { w, ...marginal } = moments
        const { logRatio } =
          w && components > 1
            ? mixtureTerms({ ...moments, ...w }, draws, run.prior)
            : await marginalTerms({ ...marginal, ...draws }, run.prior)
        rows.forEach((_, i) => {
          const each = samples * components
          block[at * atOnce + i] = logSumExp(logRatio!, i * each, each) - Math.log(each)
        })
      }
      blocks.push(block)
    }
  }
  return { points, blocks }
}
