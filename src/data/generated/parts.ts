import { requireInteger } from '../../base/errors'
import { DataSet } from '../dataset'
import { RandomDoubles } from '../../compute/streams'
import type { OptionDefaults } from '../../base/options'

/** Sizes and seed, the same for every generated data set. */
export interface GeneratedOptions {
  /** Training rows. */
  train?: number
  /** Test rows, new draws from the same distribution (default: 2,000). */
  test?: number
  /** Seed of all draws (default: 0). The first rows do not depend on how many follow. */
  seed?: number
}

/** Their defaults. */
export const GENERATED_OPTIONS = {
  train: undefined,
  test: 2000,
  seed: 0,
} satisfies OptionDefaults<GeneratedOptions>

/** Data drawn from a known distribution. */
export interface Generated {
  /** Training rows. */
  train: DataSet
  /** New draws from the same distribution. */
  test: DataSet
}

/** Fills a row; returns its label, if any. */
export type DrawRow = (draw: RandomDoubles, row: Float32Array) => number | undefined

/**
 * Training and test rows, each from its own random stream.
 *
 * @param call the public function's name, for errors
 * @param name of the data set, also of its streams
 * @param dim dimension of a row
 * @param options sizes and seed, with their defaults filled in
 * @param drawRow fills one row, and returns its label
 * @param labelNames names of the labels, if there are any
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
