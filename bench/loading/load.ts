/** The data sets that are loaded. */
export const setNames = ['fashion-mnist', 'omniglot', 'yahoo', 'yelp'] as const
export type SetName = (typeof setNames)[number]

/** What one load took, and what it delivered. */
export interface Load {
  ms: number
  /** Of the peer: its reading alone, before it makes float32 images or numbers of words. */
  bareMs?: number
  /** How much the process's peak of memory grew. */
  peakBytes: number
  /** Bytes of all numbers delivered, labels included. */
  decodedBytes?: number
  /** Images or texts of each part. */
  items: number[]
  /** Sum of all intensities, or of all words' numbers, of each part. */
  sums: number[]
  /** Sum of the labels of each part. */
  labels: number[]
  /** Where lidvae found the files. */
  source?: string
  versions?: Record<string, string>
}

/** True where both read the same: as many items, the same labels, the same numbers up to rounding in the sum. */
export const agree = (a: Load, b: Load): boolean =>
  same(a.items, b.items) &&
  same(a.labels, b.labels) &&
  a.sums.every((sum, i) => Math.abs(sum - b.sums[i]) <= 1e-6 * Math.abs(b.sums[i]))

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])
