import { permutation, streamKey } from '../../compute/streams'
import { requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { BATCH_OPTIONS, type BatchOptions } from '../batches'
import type { TextSet } from './textSet'

/** Some texts of equal length. */
export interface TextBatch {
  /** Text indices, in the order of `x`. */
  indices: Uint32Array
  /** Token ids from `<s>` to `</s>`, row-major, `[size, length]`. */
  x: Int32Array
  /** Number of texts. */
  size: number
  /** Tokens per row, `<s>` and `</s>` included. */
  length: number
}

/**
 * The shuffled batches of one epoch over texts; each text occurs once. The texts of a batch have equal
 * length, without padding: texts are shuffled, grouped by length, cut into batches (the last of each length
 * may be smaller), and the batches shuffled.
 *
 * @param texts the texts
 * @param options `{ batchSize, seed, epoch, dropLast?, skip? }`
 * @returns a generator of `{ indices, x, size, length }`
 * @throws ArgumentError if `batchSize` < 1 or `epoch` < 0, or one is not an integer
 * @example
 * const { train } = await lid.data.yelp()
 * for (const { x, size, length } of lid.data.textBatches(train, { batchSize: 32, seed: 1, epoch: 0 })) {
 *   const ids = lid.tf.tensor2d(x, [size, length], 'int32')
 * }
 * @see He et al. 2019, Lagging inference networks and posterior collapse in variational autoencoders, which
 *   uses such batches
 */
export function textBatches(texts: TextSet, options: BatchOptions): Generator<TextBatch, void, undefined> {
  const { batchSize, seed, epoch, dropLast, skip } = resolveOptions(
    'textBatches',
    options,
    BATCH_OPTIONS,
    '{ batchSize: 32, seed: 1, epoch: 0 }',
  )
  requireInteger('textBatches({ batchSize })', batchSize)
  requireInteger('textBatches({ epoch })', epoch, 0)
  requireInteger('textBatches({ skip })', skip, 0)
  const byLength = new Map<number, number[]>()
  for (const index of permutation(texts.size, streamKey(seed, 'batches', `texts, epoch ${epoch}`))) {
    const { length } = texts.documents[index]
    const group = byLength.get(length)
    if (group) group.push(index)
    else byLength.set(length, [index])
  }
  const cut: number[][] = []
  // By length, not by first occurrence: the order of the batches then depends on the second shuffle only.
  for (const [, group] of [...byLength].sort(([a], [b]) => a - b))
    for (let start = 0; start < group.length; start += batchSize) {
      const some = group.slice(start, start + batchSize)
      if (!dropLast || some.length === batchSize) cut.push(some)
    }
  const order = permutation(cut.length, streamKey(seed, 'batches', `batches, epoch ${epoch}`))
  return filled(texts, cut, order.subarray(skip))
}

function* filled(
  texts: TextSet,
  cut: readonly number[][],
  order: Uint32Array,
): Generator<TextBatch, void, undefined> {
  for (const which of order) {
    const indices = Uint32Array.from(cut[which])
    const length = texts.documents[indices[0]].length + 2
    const x = new Int32Array(indices.length * length)
    indices.forEach((index, row) => {
      // 0 is <s>, the initial value.
      x.set(texts.documents[index], row * length + 1)
      x[(row + 1) * length - 1] = 1
    })
    yield { indices, x, size: indices.length, length }
  }
}
