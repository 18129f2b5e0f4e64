import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import { requireEngine } from '../compute/engine'
import { evaluateOnce, EvaluationStep } from '../compute/step'
import { ArgumentError, requireInteger, requirePositive, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import { evaluationRows } from '../models/evaluationRows'
import { logProbAtCodes } from '../models/context'
import type { Model } from '../models/model'
import { requireModel } from '../models/requireModel'
import { Work } from '../platform/cancellation'
import { encode } from '../models/use'

/** Grid points per call of the engine, to limit memory. */
const CHUNK = 500

/** A normal distribution of two units of z, without correlation. */
export interface TwoUnits {
  /** Means of the two units. */
  readonly mean: readonly [number, number]
  /** Their standard deviations. */
  readonly sd: readonly [number, number]
}

/** The likelihood of one data point over two units of z. */
export interface LikelihoodSurface {
  /** The two units of z. */
  readonly units: readonly [number, number]
  /** Values of the first unit, ascending and evenly spaced, `[size]`. */
  readonly first: Float32Array
  /** Values of the second unit, ascending and evenly spaced, `[size]`. */
  readonly second: Float32Array
  /**
   * log p(x|z) in nats, `[size, size]`: all values of the first unit at the smallest value of the second,
   * then at the next …
   */
  readonly logLikelihood: Float32Array
  /** q(z|x) of the two units. */
  readonly posterior: TwoUnits
  /** p(z) of the two units; in a mixture, of the most probable component. */
  readonly prior: TwoUnits
}

/** Options of `likelihoodSurface`. */
export interface LikelihoodSurfaceOptions {
  /** Row of the data point in the data; 0 by default. */
  point?: number
  /** The two units of z; by default the two in which q(z|x) differs most from the prior. */
  units?: readonly [number, number]
  /**
   * Whose mean is the centre of the grid and whose standard deviations are its unit: the prior's (default) or
   * the posterior's.
   */
  about?: 'prior' | 'posterior'
  /** Half width of the grid in these standard deviations; 3 by default, or 6 about the posterior. */
  reach?: number
  /** Grid points along each axis; 61 by default. */
  size?: number
}

/**
 * log p(x|z) of one data point over a grid of two units of z, with the other units at their posterior mean,
 * and q(z|x) of the two. If it is flat along a unit, the model is non-identifiable in that unit at this data
 * point.
 *
 * @param model a model with at least two units of z.
 * @param data rows of the model's dimension.
 * @param options `{ point = 0, units, about = 'prior', reach = 3, size = 61 }`.
 * @returns grid, log-likelihoods in nats, posterior and prior of the two units; for
 *   `lid.plots.likelihoodSurface`.
 * @throws ArgumentError for data of a different dimension or kind, a row or unit that does not exist, or a
 *   model with one unit.
 * @example
 * lid.show(lid.plots.likelihoodSurface(await lid.likelihoodSurface(model, test, { units: [0, 1] })))
 * @see Wang, Blei, Cunningham 2021, theorem 1: collapse iff the likelihood is constant in the variable.
 */
export async function likelihoodSurface(
  model: Model<DataSet>,
  data: DataSet,
  options: LikelihoodSurfaceOptions = {},
): Promise<LikelihoodSurface> {
  const resolved = resolveOptions('likelihoodSurface', options, {
    point: 0,
    units: undefined,
    about: 'prior',
    reach: undefined,
    size: 61,
  })
  const { point, about, size } = resolved
  const { reach = about === 'prior' ? 3 : 6 } = resolved
  requireEngine('likelihoodSurface')
  requireModel(model)
  requireInteger('size', size, 2)
  requirePositive('reach', reach)
  requireUnits(options.units, model.latent)
  const one = evaluationRows(model, data, 'point', [point])
  const { mean, sd, component } = await encode(model, one)
  const moments = evaluateOnce(() => model.prior.moments())
  const ofComponent = (values: Float32Array) =>
    values.subarray(component[0] * model.latent, (component[0] + 1) * model.latent)
  const prior = { mean: ofComponent(moments.mean.values), sd: ofComponent(moments.sd.values) }
  const units = options.units ?? farthest({ mean, sd }, prior)
  const two = (of: { mean: Float32Array; sd: Float32Array }): TwoUnits => ({
    mean: [of.mean[units[0]], of.mean[units[1]]],
    sd: [of.sd[units[0]], of.sd[units[1]]],
  })
  const posterior = two({ mean, sd })
  const span = about === 'prior' ? two(prior) : posterior
  const axis = (which: 0 | 1) =>
    Float32Array.from(
      { length: size },
      (_, i) => span.mean[which] + span.sd[which] * reach * ((2 * i) / (size - 1) - 1),
    )
  const [first, second] = [axis(0), axis(1)]
  const z = new Float32Array(size * size * model.latent)
  for (let i = 0; i < size * size; i++) {
    z.set(mean, i * model.latent)
    z[i * model.latent + units[0]] = first[i % size]
    z[i * model.latent + units[1]] = second[Math.floor(i / size)]
  }
  return {
    units: [units[0], units[1]],
    first,
    second,
    logLikelihood: await logLikelihoods(model, one.x, z),
    posterior,
    prior: two(prior),
  }
}

/** log p(x|z) of one x at each of many z. */
async function logLikelihoods(
  model: Model<DataSet>,
  x: Float32Array,
  z: Float32Array,
): Promise<Float32Array> {
  const { latent, dim } = model
  const count = z.length / latent
  const out = new Float32Array(count)
  const step = new EvaluationStep(({ x: row, z: codes }) => ({
    logLikelihood: tf.squeeze(logProbAtCodes(model, row, codes), [0]),
  }))
  const work = new Work('likelihoodSurface')
  try {
    for (let start = 0; start < count; start += CHUNK) {
      await work.pause()
      const end = Math.min(start + CHUNK, count)
      const codes = { values: z.subarray(start * latent, end * latent), shape: [end - start, latent] }
      out.set(step.run({ x: { values: x, shape: [1, dim] }, z: codes }, [0, 0]).logLikelihood.values, start)
    }
  } finally {
    step.dispose()
    work.end()
  }
  return out
}

/** The two units whose posterior has the largest KL from the prior, the smaller index first. */
function farthest(
  posterior: { mean: Float32Array; sd: Float32Array },
  prior: { mean: Float32Array; sd: Float32Array },
): [number, number] {
  const kl = Array.from(posterior.mean, (mean, u) => {
    const ratio = posterior.sd[u] / prior.sd[u]
    return (ratio ** 2 + ((mean - prior.mean[u]) / prior.sd[u]) ** 2 - 1) / 2 - Math.log(ratio)
  })
  const [a, b] = kl.map((_, unit) => unit).sort((u, v) => kl[v] - kl[u])
  return [Math.min(a, b), Math.max(a, b)]
}

function requireUnits(units: readonly number[] | undefined, latent: number): void {
  if (latent < 2)
    throw new ArgumentError('model', unquoted('one with one unit'), 'a model with at least two units of z')
  if (units === undefined) return
  const right = (unit: number) => Number.isInteger(unit) && unit >= 0 && unit < latent
  if (units.length !== 2 || units[0] === units[1] || !units.every(right))
    throw new ArgumentError(
      'units',
      unquoted(`[${units.join(', ')}]`),
      `two different units of z from 0 to ${latent - 1}`,
      'Leave it out to use the two units farthest from the prior.',
    )
}
