import * as tf from '@tensorflow/tfjs'
import { permutation, streamKey } from '../compute/streams'
import { EvaluationStep, type ReadTensor } from '../compute/step'
import { isTexts, pieces, type ModelData, type Points } from '../data/modelData'
import { sampledRows } from '../data/sampled'
import { rowsAtOnce } from '../models/conditional'
import type { Model } from '../models/model'
import { MOST_TIMES, type Evaluation } from './evaluation'
import { biasLeft, doublings, logEvidence } from './logEvidence'
import { pointLogLikelihoods } from './importance'

/** The bias of log p(x) that is good enough, nats. */
export const TOLERANCE = 0.05
/** Data points that get more draws: rows, and (below) texts. */
export const ROWS = 64
const TEXTS = 16

type Drawn = Pick<Evaluation, 'size' | 'samples' | 'components' | 'logRatio' | 'priorSamples' | 'fromPrior'>

/**
 * Doubles the draws of q for a sample of the data points until the bias that may be left in the mean of log p(x) is
 * at most 0.05 nat, or 64 times the draws are taken; undefined where the draws there are suffice.
 *
 * @param rows the data points as they were evaluated. @param e what was drawn.
 */
export async function moreDraws(
  model: Model,
  rows: ModelData,
  e: Drawn,
  seed: number,
  between: () => Promise<void>,
): Promise<Evaluation['more']> {
  if (logEvidence(e).correction.bias >= -TOLERANCE) return undefined
  const { points, parts } = chosen(model, rows, e.samples, seed)
  const logs = pointLogLikelihoods(e)
  const blocks = [Float64Array.from(points, (point) => logs[point])]
  const place = new Map(Array.from(points, (point, at) => [point, at]))
  const step = new EvaluationStep(({ x }, draws) => {
    const { logRatio } = model.importanceTerms(x, draws, e.samples)
    return { log: tf.sub(tf.logSumExp(logRatio, [1, 2]), Math.log(e.samples * e.components)) }
  })
  const key = streamKey(seed, 'sampling', 'more draws')
  try {
    while (blocks.length < MOST_TIMES && biasLeft(doublings(blocks, points.length)) > TOLERANCE) {
      const from = blocks.length
      const fresh = Array.from({ length: from }, () => new Float64Array(points.length))
      const calls = fresh.flatMap((block, i) =>
        parts.map((part, at) => ({ block, part, at, number: from + i })),
      )
      const keep = ({ log }: Record<'log', ReadTensor>, index: number): void => {
        const { block, part } = calls[index]
        for (let row = 0; row < part.size; row++) block[place.get(part.indices[row])!] = log.values[row]
      }
      await step.runAll(
        calls.map(({ part: { x }, at, number }) => ({
          inputs: { x },
          key: [key, number * parts.length + at] as const,
        })),
        keep,
        between,
      )
      blocks.push(...fresh)
    }
  } finally {
    step.dispose()
  }
  return { points, blocks }
}

/** The data points that get more draws, and their values; of texts whole pieces, each of one length. */
function chosen(
  model: Model,
  data: ModelData,
  samples: number,
  seed: number,
): { points: Uint32Array; parts: Points[] } {
  const atOnce = (shape: readonly number[]) => rowsAtOnce(model.conditional, shape, samples)
  if (!isTexts(data)) {
    const points = sampledRows(data.size, ROWS, seed)
    const parts = pieces(data.select(points), atOnce)
    return {
      points,
      parts: parts.map((part) => ({
        ...part,
        indices: Uint32Array.from(part.indices, (row) => points[row]),
      })),
    }
  }
  const all = pieces(data, atOnce)
  const order = permutation(all.length, streamKey(seed, 'sampling', 'pieces'))
  const parts: Points[] = []
  let count = 0
  for (const at of order) {
    if (count >= TEXTS) break
    parts.push(all[at])
    count += all[at].size
  }
  return { points: Uint32Array.from(parts.flatMap(({ indices }) => Array.from(indices))), parts }
}
