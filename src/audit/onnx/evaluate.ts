import { streamKey } from '../../compute/streams'
import { sampledRows } from '../../data/sampled'
import { MOST_TIMES, type Evaluation } from '../../metrics/evaluation'
import { logSumExp, pointLogLikelihoods } from '../../metrics/importance'
import { biasLeft, doublings, logEvidence } from '../../metrics/logEvidence'
import { ROWS, TOLERANCE } from '../../metrics/moreDraws'
import { CODES } from '../../models/conditional'
import type { Noise } from '../../models/noise'
import { evaluationOf, type AuditEvaluation } from '../evaluation'
import { drawsOfQ } from '../fromArrays'
import type { AuditLikelihood } from '../likelihood'
import { drawsGivenW, mixtureTerms, proposalsGivenW, ratiosGivenW } from '../mixture'
import type { AuditPrior } from '../prior'
import type { OnnxDecoder } from './decoder'
import type { Moments } from './encoder'

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
  const { latent } = q
  const key = streamKey(seed, 'sampling', 'evaluation')
  const components = q.w?.components ?? 1
  // Where one normal serves all components, draws for each of them tell log p(x|w).
  const drawsOfEach = q.w && q.branches === 1 && prior.isMixture ? drawsGivenW(samples, components) : 0
  const most = Math.max(samples * q.branches, priorSamples, drawsOfEach * components)
  const atOnce = Math.max(1, Math.floor(CODES / most))
  const z = new Float32Array(size * samples * q.branches * latent)
  const logLikelihood = new Float32Array(size * samples * q.branches)
  const given = {
    samples: drawsOfEach,
    mean: new Float32Array(drawsOfEach && size * components * latent),
    sd: new Float32Array(drawsOfEach && size * components * latent),
    z: new Float32Array(size * drawsOfEach * components * latent),
    logRatio: new Float32Array(size * drawsOfEach * components),
  }
  const priorLogLikelihood = prior.draw ? new Float32Array(size * priorSamples) : undefined
  for (let start = 0; start < size; start += atOnce) {
    const rows = Array.from({ length: Math.min(atOnce, size - start) }, (_, i) => start + i)
    const of = momentsOf(q, rows)
    const drawn = drawsOfQ(of, latent, samples, key, start)
    z.set(drawn, start * samples * q.branches * latent)
    logLikelihood.set(await logLikelihoods(run, rows, drawn), start * samples * q.branches)
    if (drawsOfEach && of.w) {
      const each = proposalsGivenW({ ...of, ...of.w }, prior, drawsOfEach, key, start)
      const fits = await logLikelihoods(run, rows, each.z)
      const place = start * components
      given.mean.set(each.mean, place * latent)
      given.sd.set(each.sd, place * latent)
      given.z.set(each.z, place * drawsOfEach * latent)
      given.logRatio.set(ratiosGivenW(each, fits, drawsOfEach, components, prior), place * drawsOfEach)
    }
    if (priorLogLikelihood)
      priorLogLikelihood.set(
        await logLikelihoods(run, rows, prior.draw!(key, start, rows.length * priorSamples)),
        start * priorSamples,
      )
  }
  const measured = {
    ...data,
    prior,
    mean: q.mean,
    sd: q.sd,
    branches: q.branches,
    ...(q.w && { w: q.w }),
    ...(drawsOfEach && { given }),
    z,
    samples,
    logLikelihood,
    ...(priorLogLikelihood && { priorLogLikelihood }),
    ...extra,
  }
  const found = await evaluationOf(measured)
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
        const z = drawsOfQ(moments, q.latent, samples, key, number * parts.length + at)
        const logLikelihood = await logLikelihoods(run, rows, z)
        const draws = { z, samples, logLikelihood }
        const { w, ...marginal } = moments
        const logRatio =
          w && components > 1
            ? mixtureTerms({ ...moments, ...w }, draws, run.prior).logRatio!
            : (await evaluationOf({ ...marginal, ...draws, size: rows.length, prior: run.prior })).evaluation
                .logRatio
        rows.forEach((_, i) => {
          const each = samples * components
          block[at * atOnce + i] = logSumExp(logRatio, i * each, each) - Math.log(each)
        })
      }
      blocks.push(block)
    }
  }
  return { points, blocks }
}
