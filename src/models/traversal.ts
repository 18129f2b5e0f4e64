import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import { requireEngine } from '../compute/engine'
import { evaluateOnce } from '../compute/step'
import { ArgumentError, requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { sampled } from '../data/sampled'
import { evaluationData } from './evaluationData'
import { evaluationRows } from './evaluationRows'
import type { Model } from './model'
import { requireModel } from './requireModel'
import { decode, eachChunk, encode } from './use'

/** Rows over which the KL of each unit is averaged. */
const KL_ROWS = 1000

/** How a decoded data point changes as each unit of z in turn moves through its prior. */
export interface Traversal {
  /** E[x|z], `[units × steps, dim]`: the steps of the first unit, then those of the second … */
  readonly mean: Float32Array
  /** Which unit of z moves in each row, largest KL first. */
  readonly units: readonly number[]
  /** KL of each of these units from its prior, nats, mean over the data. */
  readonly kl: readonly number[]
  /** The unit's value at each step, in standard deviations of its prior from the prior's mean. */
  readonly steps: readonly number[]
  /** The value of the data point's own code in each of these units, on the same scale. */
  readonly code: readonly number[]
  /** Shape of one data point, `[height, width]` for an image. */
  readonly shape: readonly number[]
  /** All units of z in the model. */
  readonly latent: number
}

/** Options of `traversal`. */
export interface TraversalOptions {
  /** The data point, by its row in the data; 0 by default. */
  point?: number
  /** Where the other units stay: at the data point's code (default), or at the prior's mean. */
  about?: 'code' | 'prior'
  /**
   * How many units, those of largest KL first, or which ones; 16 by default, or all where there are fewer.
   */
  units?: number | readonly number[]
  /** Steps per unit; 9 by default. */
  steps?: number
  /** Range to each side, in standard deviations of the prior; 3 by default. */
  reach?: number
}

/**
 * Moves each unit of z in turn through its prior, z_u = m_u + s γ_u for s from −3 to 3, and decodes: E[x|z].
 * A unit that changes nothing is dead. In a mixture m and γ are those of the most likely component at the
 * data point.
 *
 * @param model a model.
 * @param data rows of the model's dimension; the KL of each unit is averaged over at most 1000,
 *   drawn at random.
 * @param options `{ point = 0, about = 'code', units = 16, steps = 9, reach = 3 }`.
 * @returns the decoded steps, with the KL of each unit, largest first; for `lid.plots.traversal`.
 * @throws ArgumentError for data of another dimension or kind, a row or unit out of range, or fewer than 2
 *   steps.
 * @example
 * lid.show(lid.plots.traversal(await lid.traversal(model, test, { point: 3 })))
 */
export async function traversal(
  model: Model<DataSet>,
  data: DataSet,
  options: TraversalOptions = {},
): Promise<Traversal> {
  const {
    point,
    about,
    steps: count,
    reach,
  } = resolveOptions('traversal', options, { point: 0, about: 'code', units: undefined, steps: 9, reach: 3 })
  requireEngine('traversal')
  requireModel(model)
  requireInteger('steps', count, 2)
  requirePositive('reach', reach)
  const { latent } = model
  requireUnits(options.units, latent)
  const one = evaluationRows(model, data, 'point', [point])
  const klOf = await unitKl(model, data)
  const units = chosen(options.units, klOf)
  const { mean: code, component } = await encode(model, one)
  const prior = evaluateOnce(() => model.prior.moments())
  const at = (values: Float32Array, unit: number) => values[component[0] * latent + unit]
  const base = about === 'code' ? code : code.map((_, unit) => at(prior.mean.values, unit))
  const steps = Array.from({ length: count }, (_, i) => reach * ((2 * i) / (count - 1) - 1))
  const z = new Float32Array(units.length * count * latent)
  units.forEach((unit, row) =>
    steps.forEach((step, i) => {
      const start = (row * count + i) * latent
      z.set(base, start)
      z[start + unit] = at(prior.mean.values, unit) + step * at(prior.sd.values, unit)
    }),
  )
  return {
    mean: await decode(model, z),
    units,
    kl: units.map((unit) => klOf[unit]),
    steps,
    code: units.map((unit) => (code[unit] - at(prior.mean.values, unit)) / at(prior.sd.values, unit)),
    shape: data.shape,
    latent,
  }
}

function requireUnits(units: TraversalOptions['units'], latent: number): void {
  if (units === undefined) return
  if (typeof units === 'number') return requireInteger('units', units)
  const wrong = units.find((unit) => !Number.isInteger(unit) || unit < 0 || unit >= latent)
  if (wrong !== undefined || units.length === 0)
    throw new ArgumentError('units', wrong ?? units, `units of z from 0 to ${latent - 1}, or how many`)
}

/** The requested units, in the order of their KL. */
function chosen(units: TraversalOptions['units'], kl: readonly number[]): number[] {
  const asked = typeof units === 'object' ? [...new Set(units)] : kl.map((_, unit) => unit)
  const sorted = asked.sort((a, b) => kl[b] - kl[a])
  return typeof units === 'object' ? sorted : sorted.slice(0, units ?? 16)
}

/** KL of each unit of z from its prior, mean over the data, nats. */
async function unitKl(model: Model<DataSet>, data: DataSet): Promise<number[]> {
  const { x, size } = evaluationData(model, sampled(data, KL_ROWS, 0))
  const kl = new Array<number>(model.latent).fill(0)
  await eachChunk(
    'traversal',
    x,
    model.dim,
    ({ x: rows }, draws) => ({ sum: tf.sum(model.elboTerms(rows, draws).klZ, 0) }),
    ({ sum }) => sum.values.forEach((value, unit) => (kl[unit] += value / size)),
  )
  return kl
}
