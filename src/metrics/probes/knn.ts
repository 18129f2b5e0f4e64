import type { ModelData } from '../../data/modelData'
import { ArgumentError, requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import type { Model } from '../../models/model'
import { requireModel } from '../../models/requireModel'
import { Work } from '../../platform/cancellation'
import type { Estimate } from '../../base/estimate'
import { accuracy, labelledCodes, type LabelledCodes } from './codes'

/** Options of `knn`. */
export interface KnnOptions {
  /** Number of neighbours; 10 by default. */
  k?: number
}

/** Rows between two pauses of the computation. */
const CHUNK = 64

/**
 * The k-nearest-neighbour probe: the fraction of test points whose label is the most frequent among the k
 * training points nearest in E[z|x], by Euclidean distance ‖E[z|x] − E[z|x′]‖. A tie goes to the label of the
 * nearest neighbour. Compare it with the fraction of the most frequent label, which a collapsed code reaches.
 *
 * @param model a model.
 * @param train labelled data whose codes are the neighbours.
 * @param test labelled data whose labels are predicted.
 * @param options `{ k = 10 }`.
 * @returns a fraction, with its binomial standard error over test points.
 * @throws ArgumentError if the data have no labels or do not fit the model, or k is not an integer from 1 to
 *   the number of training points.
 * @example
 * const { value } = await lid.probes.knn(model, train.take(10000), test)
 */
export async function knn<D extends ModelData>(
  model: Model<D>,
  train: D,
  test: D,
  options: KnnOptions = {},
): Promise<Estimate> {
  const { k } = resolveOptions('probes.knn', options, { k: 10 })
  requireInteger('k', k)
  requireModel(model)
  model.conditional.requireFit(train, 'train')
  if (k > train.size) throw new ArgumentError('k', k, `at most ${train.size}, the number of training points`)
  const codes = await labelledCodes('probes.knn', model, train, test)
  const predicted = await nearestLabels(codes.train, codes.test, k)
  return accuracy(
    predicted,
    codes.test.labels,
    `${k} nearest of ${train.size} training points, ${test.size} test points`,
  )
}

/** The label that most of the k nearest training rows have, for every test row. */
export async function nearestLabels(
  train: LabelledCodes,
  test: Pick<LabelledCodes, 'size' | 'codes'>,
  k: number,
): Promise<Int32Array> {
  const { latent } = train
  // A table of doubles, whatever the type of the codes.
  const table = Float64Array.from(train.codes)
  const out = new Int32Array(test.size)
  const distances = new Float64Array(k)
  const labels = new Int32Array(k)
  const work = new Work('probes.knn')
  try {
    for (let i = 0; i < test.size; i++) {
      if (i % CHUNK === 0) await work.pause()
      distances.fill(Infinity)
      for (let j = 0; j < train.size; j++) {
        let square = 0
        for (let u = 0; u < latent; u++) square += (test.codes[i * latent + u] - table[j * latent + u]) ** 2
        if (!(square < distances[k - 1])) continue
        let at = k - 1
        for (; at > 0 && distances[at - 1] > square; at--) {
          distances[at] = distances[at - 1]
          labels[at] = labels[at - 1]
        }
        distances[at] = square
        labels[at] = train.labels[j]
      }
      out[i] = mostFrequent(labels)
    }
  } finally {
    work.end()
  }
  return out
}

/** The most frequent label; the first label of a tie. */
function mostFrequent(labels: Int32Array): number {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  let best = labels[0]
  for (const [label, count] of counts) if (count > (counts.get(best) ?? 0)) best = label
  return best
}
