import type { DataSet } from '../data/dataset'
import { requireEngine } from '../compute/engine'
import { ArgumentError, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { evaluationRows } from './evaluationRows'
import type { Model } from './model'
import { requireModel } from './requireModel'
import { decode, encode } from './use'

/** Decoded points on the line between the codes of two data points, for several pairs. */
export interface Interpolation {
  /** E[x|z], `[pairs × steps, dim]`: the steps of the first pair, then those of the second … */
  readonly mean: Float32Array
  /** The data points themselves, `[pairs × 2, dim]`: from, to. */
  readonly ends: Float32Array
  /** The name of each pair: class names where the data have them, row numbers otherwise. */
  readonly names: readonly string[]
  /** The position of each step, t from 0 to 1. */
  readonly steps: readonly number[]
  /** Shape of one data point, `[height, width]` for an image. */
  readonly shape: readonly number[]
}

/** Options of `interpolation`. */
export interface InterpolationOptions {
  /** Steps between the two codes, both included; 9 by default. */
  steps?: number
}

/**
 * Interpolates linearly between the codes of two data points and decodes each step: E[x|z] at z = (1 − t)
 * E[z|x_from] + t E[z|x_to], t from 0 to 1.
 *
 * @param model a model.
 * @param data rows of the model's dimension.
 * @param pairs rows of the data, `[[from, to], …]`.
 * @param options `{ steps = 9 }`.
 * @returns the decoded steps and the data points themselves, for `lid.plots.interpolation`.
 * @throws ArgumentError for data of another dimension or kind, a row out of range, or fewer than 2 steps.
 * @example
 * lid.show(lid.plots.interpolation(await lid.interpolation(model, test, [[0, 1], [2, 3]])))
 */
export async function interpolation(
  model: Model<DataSet>,
  data: DataSet,
  pairs: readonly (readonly number[])[],
  options: InterpolationOptions = {},
): Promise<Interpolation> {
  const { steps: count } = resolveOptions('interpolation', options, { steps: 9 })
  requireEngine('interpolation')
  requireModel(model)
  requireInteger('steps', count, 2)
  requirePairs(pairs)
  const ends = evaluationRows(model, data, 'pairs', pairs.flat())
  const { mean: codes } = await encode(model, ends)
  const { latent } = model
  const steps = Array.from({ length: count }, (_, i) => i / (count - 1))
  const z = new Float32Array(pairs.length * count * latent)
  for (let i = 0; i < z.length; i++) {
    const unit = i % latent
    const t = steps[Math.floor(i / latent) % count]
    const from = 2 * Math.floor(i / latent / count) * latent
    z[i] = (1 - t) * codes[from + unit] + t * codes[from + latent + unit]
  }
  const name = (row: number) => data.labelNames?.[data.labels?.[row] ?? -1] ?? `row ${row}`
  return {
    mean: await decode(model, z),
    ends: data.rows(pairs.flat()),
    names: pairs.map(([from, to]) => `${name(from)} to ${name(to)}`),
    steps,
    shape: data.shape,
  }
}

function requirePairs(pairs: unknown): void {
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2
  if (!Array.isArray(pairs) || pairs.length === 0 || !pairs.every(isPair))
    throw new ArgumentError(
      'pairs',
      pairs,
      'at least one pair of rows of the data',
      'Give, say, [[0, 1], [2, 3]].',
    )
}
