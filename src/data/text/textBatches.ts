import { permutation, streamKey } from '../../compute/streams'
import { requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { BATCH_OPTIONS, type BatchOptions } from '../batches'
import { thousands } from '../../base/thousands'
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
 * Tokens of a batch: one of 32 texts is smaller from 512 tokens on, or its memory would grow with its texts' length.
 */
const TOKENS = 2 ** 14

/** Texts of this many words in a batch, at most `batchSize`. */
export const textsAtOnce = (words: number, batchSize: number): number =>
  Math.max(1, Math.min(batchSize, Math.floor(TOKENS / (words + 2))))

/**
 * The shuffled batches of one epoch over texts; each text occurs once. The texts of a batch have equal
 * length, without padding: texts are shuffled, grouped by length, cut into batches (the last of each length
 * may be smaller, and none has more than 16,384 tokens unless it is one text), and the batches shuffled.
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
  return filled(texts, textCuts(texts, { batchSize, seed, epoch, dropLast }).slice(skip))
}

/** Which texts each batch of an epoch has, in the order of the batches. */
export function textCuts(
  texts: TextSet,
  { batchSize, seed, epoch, dropLast = false }: Omit<BatchOptions, 'skip'>,
): number[][] {
  const byLength = new Map<number, number[]>()
  for (const index of permutation(texts.size, streamKey(seed, 'batches', `texts, epoch ${epoch}`))) {
    const { length } = texts.documents[index]
    const group = byLength.get(length)
    if (group) group.push(index)
    else byLength.set(length, [index])
  }
  const cut: number[][] = []
  // By length, not by first occurrence: the order of the batches then depends on the second shuffle only.
  for (const [words, group] of [...byLength].sort(([a], [b]) => a - b)) {
    const most = textsAtOnce(words, batchSize)
    for (let start = 0; start < group.length; start += most) {
      const some = group.slice(start, start + most)
      if (!dropLast || some.length === most) cut.push(some)
    }
  }
  const order = permutation(cut.length, streamKey(seed, 'batches', `batches, epoch ${epoch}`))
  return Array.from(order, (which) => cut[which])
}

function* filled(texts: TextSet, cuts: readonly number[][]): Generator<TextBatch, void, undefined> {
  for (const cut of cuts) yield textBatch(texts, cut)
}

/** A batch of these texts, which are of equal length. */
export function textBatch(texts: TextSet, cut: readonly number[]): TextBatch {
  const indices = Uint32Array.from(cut)
  const length = texts.documents[indices[0]].length + 2
  const x = new Int32Array(indices.length * length)
  indices.forEach((index, row) => {
    // 0 is <s>, the initial value.
    x.set(texts.documents[index], row * length + 1)
    x[(row + 1) * length - 1] = 1
  })
  return { indices, x, size: indices.length, length }
}

/**
 * What a user should know about the lengths of texts to train on: one far above the others, smaller batches;
 * undefined if nothing.
 */
export function describeLengths({ documents }: TextSet, batchSize: number): string | undefined {
  const lengths = Int32Array.from(documents, ({ length }) => length).sort()
  const [median, longest] = [lengths[lengths.length >> 1], lengths[lengths.length - 1]]
  const told: string[] = []
  if (longest > 128 && longest > 10 * median)
    told.push(
      `the longest text has ${thousands(longest)} tokens, half of the texts at most ${thousands(median)}: a step takes time and memory in proportion`,
    )
  const counts = new Map<number, number>()
  for (const length of lengths) counts.set(length, (counts.get(length) ?? 0) + 1)
  const fewer = [...counts].find(
    ([words, count]) => textsAtOnce(words, batchSize) < Math.min(batchSize, count),
  )
  if (fewer)
    told.push(
      `batches of texts from ${thousands(fewer[0])} tokens on have fewer than ${thousands(batchSize)} texts, at most ${thousands(TOKENS)} tokens`,
    )
  return told.length > 0 ? told.join('; ') : undefined
}
