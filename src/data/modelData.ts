import { epochOrder, type BatchOptions } from './batches'
import type { DataSet } from './dataset'
import { textBatch, textCuts, textsAtOnce } from './text/textBatches'
import type { TextSet } from './text/textSet'

/** What a model is trained on and measured with: rows of numbers, or texts. */
export type ModelData = DataSet | TextSet

/** True for texts. */
export const isTexts = (data: ModelData): data is TextSet =>
  (data as Partial<TextSet> | undefined)?.vocabulary !== undefined

/** Words that log p(x|z) sums over, `</s>` included, `[size]`; undefined for rows. */
export const wordsOf = (data: ModelData): Int32Array | undefined =>
  isTexts(data) ? Int32Array.from(data.documents, ({ length }) => length + 1) : undefined

/** Some data points as they enter a step. */
export interface Points {
  /** Which ones, in the order they stand in `x`. */
  readonly indices: ArrayLike<number>
  /** How many; `x` may have more rows, which count nothing. */
  readonly size: number
  /** Their values: `[rows, dim]`, of texts `<s>`, the words and `</s>` as numbers, `[rows, length]`. */
  readonly x: { readonly values: Float32Array | Int32Array; readonly shape: number[] }
  /** 1 for each row that counts, 0 for one that fills the batch up; absent where all count. */
  readonly weight?: Float32Array
}

/** The shuffled batches of one epoch, each data point once; the same again for the same seed and epoch. */
export function* trainingPoints(data: ModelData, options: BatchOptions): Generator<Points> {
  const { count, at } = epochBatches(data, options)
  for (let i = options.skip ?? 0; i < count; i++) yield at(i)
}

/** The batches of one epoch by number, in the order of `trainingPoints`: any of them without those before. */
export function epochBatches(
  data: ModelData,
  { batchSize, seed, epoch }: BatchOptions,
): { readonly count: number; readonly at: (batch: number) => Points } {
  if (!isTexts(data)) {
    const order = epochOrder(data.size, seed, epoch)
    const at = (batch: number): Points => {
      const indices = order.slice(batch * batchSize, (batch + 1) * batchSize)
      const size = indices.length
      return { indices, size, x: { values: data.rows(indices), shape: [size, data.dim] } }
    }
    return { count: Math.ceil(data.size / batchSize), at }
  }
  const groups = byLength(data)
  const cuts = textCuts(data, { batchSize, seed, epoch })
  const at = (batch: number): Points => {
    const { indices, x, size, length } = textBatch(data, cuts[batch])
    // One shape a length: what is recorded for a batch of that length serves its last, smaller one too. No
    // more rows than texts of the length: a long one is often alone.
    const rows = Math.min(textsAtOnce(length - 2, batchSize), groups.get(length - 2)!.length)
    return {
      indices,
      size,
      x: { values: filled(x, rows, length), shape: [rows, length] },
      weight: ones(size, rows),
    }
  }
  return { count: cuts.length, at }
}

/** Batches an epoch. */
export function batchesAnEpoch(data: ModelData, batchSize: number): number {
  if (!isTexts(data)) return Math.ceil(data.size / batchSize)
  let count = 0
  for (const [words, { length }] of byLength(data)) count += Math.ceil(length / textsAtOnce(words, batchSize))
  return count
}

/**
 * All data points in pieces, none shuffled, texts gathered by length.
 *
 * @param most rows a piece for data points of a shape, at least 1.
 */
export function pieces(data: ModelData, most: (shape: readonly number[]) => number): Points[] {
  if (!isTexts(data)) {
    const { dim, size } = data
    const rows = most([dim])
    return Array.from({ length: Math.ceil(size / rows) }, (_, i) => {
      const part = data.slice(i * rows, Math.min((i + 1) * rows, size))
      const indices = Uint32Array.from({ length: part.size }, (_value, row) => i * rows + row)
      return { indices, size: part.size, x: { values: part.x, shape: [part.size, dim] } }
    })
  }
  return [...byLength(data)].flatMap(([words, indices]) => {
    const length = words + 2
    const rows = Math.min(most([length]), indices.length)
    return Array.from({ length: Math.ceil(indices.length / rows) }, (_, i) => {
      const some = indices.slice(i * rows, (i + 1) * rows)
      return {
        indices: some,
        size: some.length,
        x: { values: filled(marked(data, some, length), rows, length), shape: [rows, length] },
        weight: ones(some.length, rows),
      }
    })
  })
}

/** Puts the first `size` rows of `width` numbers where their data points stand. */
export function scatter(
  out: Float32Array | Float64Array,
  values: ArrayLike<number>,
  width: number,
  { indices, size }: Points,
): void {
  for (let row = 0; row < size; row++)
    for (let k = 0; k < width; k++) out[indices[row] * width + k] = values[row * width + k]
}

/** The numbers of the texts of each length, shortest first. */
function byLength({ documents }: TextSet): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  documents.forEach(({ length }, index) => {
    const group = groups.get(length)
    if (group) group.push(index)
    else groups.set(length, [index])
  })
  return new Map([...groups].sort(([a], [b]) => a - b))
}

/** `<s>`, the words and `</s>` of some texts of equal length. */
function marked({ documents }: TextSet, indices: readonly number[], length: number): Int32Array {
  const x = new Int32Array(indices.length * length)
  indices.forEach((index, row) => {
    // 0 is <s>, the initial value.
    x.set(documents[index], row * length + 1)
    x[(row + 1) * length - 1] = 1
  })
  return x
}

/** The rows, and the first one again until there are `rows`. */
function filled(x: Int32Array, rows: number, width: number): Int32Array {
  const out = new Int32Array(rows * width)
  out.set(x)
  for (let at = x.length; at < out.length; at += width) out.set(x.subarray(0, width), at)
  return out
}

const ones = (size: number, rows: number): Float32Array => new Float32Array(rows).fill(1, 0, size)
