import { requireInteger } from '../../base/errors'
import { DataSet } from '../dataset'
import { RandomDoubles } from '../../compute/streams'
import type { OptionDefaults } from '../../base/options'

/** How many rows, and from which seed: the same in every generated data set. */
export interface GeneratedOptions {
  /** Training rows. */
  train?: number
  /** Test rows, drawn afresh from the same law (default: 2,000). */
  test?: number
  /** Seed of all draws (default: 0). The first rows are the same however many follow. */
  seed?: number
}

/** Their defaults. */
export const GENERATED_OPTIONS = {
  train: undefined,
  test: 2000,
  seed: 0,
} satisfies OptionDefaults<GeneratedOptions>

/** Data drawn from a law that is known. */
export interface Generated {
  /** Training rows. */
  train: DataSet
  /** Fresh draws from the same law. */
  test: DataSet
}

/** A row to be filled, and its label, if any. */
export type DrawRow = (draw: RandomDoubles, row: Float32Array) => number | undefined

/**
 * Training and test rows, each part from a stream of its own.
 *
 * @param call the public function's name, for errors
 * @param name of the data set, also of its streams
 * @param dim numbers a row
 * @param options sizes and seed, with their defaults filled in
 * @param drawRow fills one row, and returns its label
 * @param labelNames what the labels mean, where there are any
 */
export function generate(
  call: string,
  name: string,
  dim: number,
  options: Required<GeneratedOptions>,
  drawRow: DrawRow,
  labelNames?: readonly string[],
): Generated {
  const { train, test, seed } = options
  requireInteger(`${call}({ train })`, train)
  requireInteger(`${call}({ test })`, test)
  requireInteger(`${call}({ seed })`, seed, 0)
  const part = (which: string, size: number): DataSet => {
    const draw = RandomDoubles.of(seed, `${name}, ${which}`)
    const x = new Float32Array(size * dim)
    const labels = new Int32Array(size)
    for (let row = 0; row < size; row++)
      labels[row] = drawRow(draw, x.subarray(row * dim, (row + 1) * dim)) ?? 0
    return new DataSet({
      name: `${name}, ${which}`,
      x,
      shape: [dim],
      values: 'real',
      labels: labelNames && labels,
      labelNames,
      source: `generated from seed ${seed}`,
    })
  }
  return { train: part('training', train), test: part('test', test) }
}

/** Names 'word 0', 'word 1', … of `count` classes. */
export const numbered = (word: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${word} ${i}`)
