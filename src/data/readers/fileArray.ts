import { DataError, LidvaeError } from '../../base/errors'
import { formatBytes } from '../../platform/files'
import { NumberSink, type NumberType } from './numberSink'

/** An array in a file: its description, and how to read it. */
export interface FileArray {
  /** Its name in the file; that of the file, if the file holds one array. */
  readonly name: string
  /** Lengths along each axis; the first counts the rows. */
  readonly shape: readonly number[]
  /** The kind of its elements, in the words of NumPy: 'float64', 'uint8', 'text' … */
  readonly dtype: string
  /** True if the first index runs fastest. */
  readonly columnMajor?: boolean
  /** Why it can be neither x nor labels, and what to do. */
  readonly refused?: { readonly what: string; readonly remedy: string }
  /** Number of stored elements of a sparse matrix; the others are zero. */
  readonly stored?: number
  /** Writes its numbers, in the order of the file, into an array of as many. */
  read?: (out: Float32Array | Float64Array) => Promise<Stored> | Stored
  /** Its texts. */
  texts?: () => Promise<string[]> | string[]
}

/** How numbers were stored. */
export interface Stored {
  /** How many there were. */
  readonly count: number
  /** The largest integer that float32 does not hold, if there is one. */
  readonly rounded?: number
  /** Index of the first integer beyond 2^53, or −1. */
  readonly unsafe: number
}

/** Throws an error that names the file, says what is wrong, and what to do. */
export type Fail = (problem: string, remedy?: string) => never

const AGAIN = 'Write or copy the file again.'

/** The function that fails about a file. */
export const failing =
  (file: string): Fail =>
  (problem, remedy = AGAIN) => {
    throw new DataError(`${file}: ${problem}. ${remedy}`)
  }

/**
 * Why a library could not read something, in a few words. Of the errors of HDF5, which are pages long, the
 * deepest.
 */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const lines = [...text.matchAll(/line \d+ in \w+\(\): (.*)/g)].map(([, reason]) => reason)
  return (lines[lines.length - 1] ?? text).replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, 120)
}

/** Fails for what a library threw at a file. */
export function notRead(error: unknown, fail: Fail): never {
  if (error instanceof LidvaeError) throw error
  return fail(`is damaged or of a kind that is not read (${reasonOf(error)})`)
}

/** The most bytes of numbers, as float32, that one data set may have. */
export const MOST_BYTES = 4 * 2 ** 30

/** Number of elements. */
export const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** `[100, 28, 28]` */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** `images [100, 28, 28] uint8` */
export const arrayText = ({ name, shape, dtype }: FileArray): string =>
  `${name} ${shapeText(shape)} ${dtype}`.trim()

// More zeros than this per stored number are not taken on trust.
const MOST_ZEROS = 2 ** 14

/** Fails for arrays that are too large, before memory is allocated. */
export function requireRoom({ shape, stored, name }: FileArray, bytes: number, fail: Fail): void {
  const count = countOf(shape)
  if (!(count * bytes <= MOST_BYTES))
    fail(
      `declares ${shapeText(shape)} numbers in ${name}, more than the limit of ${formatBytes(MOST_BYTES)}`,
      'Take a part of the rows or columns, and save that.',
    )
  if (stored !== undefined && count > MOST_ZEROS * (stored + 64))
    fail(`declares ${shapeText(shape)} numbers in ${name}, of which only ${stored} are not zero`)
}

/** Reads numbers that lie in the file one after the other. */
export const reading =
  (
    type: NumberType,
    little: boolean,
    pieces: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): NonNullable<FileArray['read']> =>
  async (out) => {
    const sink = new NumberSink(type, little, out)
    for await (const piece of pieces()) sink.add(piece)
    return sink
  }
