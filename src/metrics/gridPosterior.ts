import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import { solveLower } from '../distributions/triangular'
import { requireEngine } from '../compute/engine'
import { evaluateOnce, EvaluationStep } from '../compute/step'
import { ArgumentError, requireInteger, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import { logProbAtCodes } from '../models/context'
import type { Model } from '../models/model'
import { requireModel } from '../models/requireModel'
import { Work } from '../platform/cancellation'
import { everySecond, gridOf, pointsOf, requireNormals, support, type Box, type Grid } from './grid'
import { logSumExp } from './importance'

/** Options of `gridPosterior`. */
export interface GridOptions {
  /**
   * Points per dimension; by default 1001 for one latent unit and 101 for two. Integrals, and `axes` without
   * a `range`, never use fewer points than the default.
   */
  points?: number
  /**
   * The ranges of `axes`, `[from, to]` of each unit; by default they cover the posterior. The integrals do
   * not depend on them.
   */
  range?: readonly (readonly [number, number])[]
}

/** The exact posterior at one data point. */
export interface GridPosterior {
  /** The points of each unit of z. */
  readonly axes: readonly Float64Array[]
  /** log p(x|z), `[points]` or `[points, points]`, the last unit runs fastest, nats. */
  readonly logLikelihood: Float64Array
  /** p(z|x) at the same points, a density. */
  readonly density: Float64Array
  /** log p(x), nats. */
  readonly logX: number
  /**
   * Largest change of any log p(x|w) if every second point is left out, nats: well above the actual error for
   * a smooth decoder.
   */
  readonly error: number
  /** log p(x|w), `[K]`, nats. */
  readonly logGivenW: Float64Array
  /** p(w|x), `[K]`. */
  readonly posteriorW: Float64Array
  /** E[z|x], `[latent]`, of the posterior within `axes`. */
  readonly mean: Float64Array
  /** Standard deviations of p(z|x), `[latent]`, of the posterior within `axes`. */
  readonly sd: Float64Array
  /** F_z and F_w at this data point, nats: `flatness` without sampling. */
  readonly flatness: { readonly z: number; readonly w: number }
  /** log p(x) − ELBO and the contributions of z and w, nats: `inferenceGap` without sampling. */
  readonly inferenceGap: { readonly total: number; readonly z: number; readonly w: number }
}

/** Decoder rows per call of the engine. */
const ROWS = 2048
/** Half width of a grid about a normal, in standard deviations. */
const WIDE = 8
const MOST_ZOOMS = 12

/**
 * The exact posterior of one data point for one or two latent units, by quadrature on a grid: p(z|x) ∝ p(x|z)
 * p(z), log p(x) = log ∫ p(x|z) p(z) dz, p(w|x) ∝ p(x|w), and from them flatness and inference gap. The grid
 * of each integral is narrowed to the support of its integrand. The trapezoidal rule is exact up to rounding
 * for smooth decoders; for decoders with kinks the error falls with the square of the grid spacing.
 *
 * @param model a model with one or two latent units.
 * @param x one data point, `[dim]`, as the likelihood needs it: binarised for a Bernoulli likelihood.
 * @param options `{ points, range }`, in units of z.
 * @returns the posterior on its grid, and integrals in nats.
 * @throws ArgumentError for more than two latent units, a data point of a different dimension, or an invalid
 *   option.
 * @example
 * const { logX, posteriorW } = await lid.gridPosterior(model, test.rows([0]))
 * @see Wang, Blei, Cunningham 2021, theorem 1.
 */
export async function gridPosterior(
  model: Model<DataSet>,
  x: ArrayLike<number>,
  options: GridOptions = {},
): Promise<GridPosterior> {
  const resolved = resolveOptions('gridPosterior', options, { points: undefined, range: undefined })
  requireEngine('gridPosterior')
  requireModel(model)
  const { latent, components, dim } = model
  const fine = latent === 1 ? 1001 : 101
  const { points = fine, range } = resolved
  requireArguments(model, x, points, range)
  const values = Float32Array.from(x)
  const enough = Math.max(points, fine)
  const step = new EvaluationStep(({ x: given, z }) => ({
    log: tf.squeeze(logProbAtCodes(model, given, z), [0]),
  }))
  const prior = withFactors(
    normalsOf(
      evaluateOnce(() => model.prior.moments(), {}, [0, 0]),
      latent,
    ),
    model.prior.factor && evaluateOnce(() => ({ factor: model.prior.factor!() })).factor.values,
  )
  const read = evaluateOnce(
    ({ x: given }) => {
      const { mean, sd, logW } = model.posterior.encode(given)
      return { mean, sd, logW }
    },
    { x: { values, shape: [1, dim] } },
    [0, 0],
  )
  const q = normalsOf(read, latent)
  const qw = read.logW.values

  const onGrid = async (grid: Grid): Promise<{ z: Float64Array; log: Float64Array }> => {
    const z = pointsOf(grid)
    const log = new Float64Array(grid.count)
    for (let start = 0; start < grid.count; start += ROWS) {
      await work.pause()
      // The last rows are repeated, so that all calls have one shape and share one graph.
      const from = Math.max(0, Math.min(start, grid.count - ROWS))
      const rows = Float32Array.from(z.subarray(from * latent, (from + ROWS) * latent))
      const inputs = {
        x: { values, shape: [1, dim] },
        z: { values: rows, shape: [rows.length / latent, latent] },
      }
      log.set(step.run(inputs, [0, 0]).log.values, from)
    }
    return { z, log }
  }
  /** log p(x|z) + log p(z) on a grid that is moved and narrowed to where the sum is not negligible. */
  const narrowed = async (weigh: (z: Float64Array, i: number) => number, from: Box) => {
    let box = from
    for (let zoom = 0; ; zoom++) {
      const grid = gridOf(box, enough)
      const { z, log } = await onGrid(grid)
      const joint = log.map((value, i) => value + weigh(z, i))
      const next = support(grid, joint)
      const settled = next.every(([low, high], u) => {
        const [left, right] = box[u]
        return low >= left && high <= right && high - low > 0.6 * (right - left)
      })
      if (settled || zoom === MOST_ZOOMS) {
        const logIntegral = logSumExp(joint) + grid.logCell
        const coarser = logSumExp(everySecond(grid, joint)) + grid.logCell + latent * Math.log(2)
        return { grid, z, log, logIntegral, error: Math.abs(coarser - logIntegral) }
      }
      box = next
    }
  }
  /** E log p(x|z) under a normal. */
  const expected = async (normal: Normal): Promise<number> => {
    const grid = gridOf(about([normal]), enough)
    const { z, log } = await onGrid(grid)
    return log.reduce((sum, value, i) => sum + value * Math.exp(logDensity(normal, z, i) + grid.logCell), 0)
  }

  const work = new Work('gridPosterior')
  try {
    const ofPrior = (z: Float64Array, i: number): number =>
      logSumExp(prior.map((normal) => logDensity(normal, z, i))) - Math.log(components)
    const logGivenW = new Float64Array(components)
    let error = 0
    for (const [k, normal] of prior.entries()) {
      const integral = await narrowed((z, i) => logDensity(normal, z, i), about([normal]))
      logGivenW[k] = integral.logIntegral
      error = Math.max(error, integral.error)
    }
    const logX = logSumExp(logGivenW) - Math.log(components)
    const posteriorW = logGivenW.map((log) => Math.exp(log - logX) / components)
    let underPrior = 0
    for (const normal of prior) underPrior += (await expected(normal)) / components

    let fit = 0
    let klZ = 0
    for (const [k, normal] of prior.entries()) {
      const own = q[q.length === 1 ? 0 : k]
      const weight = Math.exp(qw[k])
      if (q.length > 1 || k === 0) fit += (q.length > 1 ? weight : 1) * (await expected(own))
      klZ += weight * normalKl(own, normal)
    }
    const klW = qw.reduce((sum, log) => sum + Math.exp(log) * (log + Math.log(components)), 0)
    const total = logX - (fit - klZ - klW)
    const gapW = qw.reduce((sum, log, k) => sum + Math.exp(log) * (log - Math.log(posteriorW[k])), 0)

    const shown = range && gridOf(range, points)
    const { grid, z, log } = shown
      ? { grid: shown, ...(await onGrid(shown)) }
      : await narrowed(ofPrior, about(prior))
    const density = log.map((value, i) => Math.exp(value + ofPrior(z, i) - logX))
    return {
      axes: grid.axes,
      logLikelihood: log,
      density,
      logX,
      error,
      logGivenW,
      posteriorW,
      ...momentsOf(z, density, latent),
      flatness: {
        z: logX - underPrior,
        w: logX - logGivenW.reduce((sum, value) => sum + value, 0) / components,
      },
      inferenceGap: { total, z: total - gapW, w: gapW },
    }
  } finally {
    step.dispose()
    work.end()
  }
}

/** A normal with independent units, or with covariance LLᵀ; then `sd` is of single units. */
interface Normal {
  mean: Float64Array
  sd: Float64Array
  /** L, row after row. */
  L?: Float64Array
}

/** Components with the lower triangular L of each, `[K, latent, latent]`, if there is one. */
const withFactors = (normals: Normal[], factor: Float32Array | undefined): Normal[] =>
  normals.map(({ mean, sd }, k) => {
    const size = mean.length ** 2
    return { mean, sd, ...(factor && { L: Float64Array.from(factor.subarray(k * size, (k + 1) * size)) }) }
  })

/** The normals of an array `[…, count, latent]`. */
function normalsOf(
  { mean, sd }: { mean: { values: Float32Array }; sd: { values: Float32Array } },
  latent: number,
): Normal[] {
  return Array.from({ length: mean.values.length / latent }, (_, k) => ({
    mean: Float64Array.from(mean.values.subarray(k * latent, (k + 1) * latent)),
    sd: Float64Array.from(sd.values.subarray(k * latent, (k + 1) * latent)),
  }))
}

/** A box that contains the mass of the given normals. */
const about = (normals: readonly Normal[]): Box =>
  Array.from(normals[0].mean, (_, u): [number, number] => [
    Math.min(...normals.map(({ mean, sd }) => mean[u] - WIDE * sd[u])),
    Math.max(...normals.map(({ mean, sd }) => mean[u] + WIDE * sd[u])),
  ])

/** log N(z_i; mean, sd²), nats. */
function logDensity({ mean, sd, L }: Normal, z: Float64Array, i: number): number {
  let sum = 0
  if (L) {
    const standard = solveLower(
      L,
      mean.map((m, u) => z[i * mean.length + u] - m),
    )
    return standard.reduce(
      (log, v, u) => log - v ** 2 / 2 - Math.log(L[u * (mean.length + 1)]) - Math.log(2 * Math.PI) / 2,
      0,
    )
  }
  for (let u = 0; u < mean.length; u++) {
    const d = (z[i * mean.length + u] - mean[u]) / sd[u]
    sum -= d ** 2 / 2 + Math.log(sd[u]) + Math.log(2 * Math.PI) / 2
  }
  return sum
}

/** KL between a normal with independent units and another, nats. */
function normalKl(a: Normal, b: Normal): number {
  const { L } = b
  if (!L)
    return a.mean.reduce(
      (sum, m, u) =>
        sum + Math.log(b.sd[u] / a.sd[u]) + (a.sd[u] ** 2 + (m - b.mean[u]) ** 2) / (2 * b.sd[u] ** 2) - 0.5,
      0,
    )
  const square = (x: Float64Array): number => x.reduce((sum, value) => sum + value ** 2, 0)
  const size = a.mean.length
  return a.mean.reduce(
    (sum, _, u) => {
      const column = a.mean.map((_value, v) => (u === v ? a.sd[u] : 0))
      return sum + Math.log(L[u * (size + 1)] / a.sd[u]) + (square(solveLower(L, column)) - 1) / 2
    },
    square(
      solveLower(
        L,
        a.mean.map((m, u) => m - b.mean[u]),
      ),
    ) / 2,
  )
}

/** Weighted mean and standard deviation of each unit. */
function momentsOf(
  z: Float64Array,
  weights: Float64Array,
  latent: number,
): { mean: Float64Array; sd: Float64Array } {
  const total = weights.reduce((a, b) => a + b, 0)
  const average = (f: (value: number) => number, u: number) =>
    weights.reduce((sum, weight, i) => sum + (weight / total) * f(z[i * latent + u]), 0)
  const mean = Float64Array.from({ length: latent }, (_, u) => average((v) => v, u))
  return { mean, sd: mean.map((m, u) => Math.sqrt(average((v) => (v - m) ** 2, u))) }
}

function requireArguments(
  { latent, dim, posterior, prior }: Model,
  x: ArrayLike<number>,
  points: number,
  range: GridOptions['range'],
): void {
  if (latent > 2)
    throw new ArgumentError(
      'model',
      unquoted(`one with ${latent}`),
      'a model with one or two latent units',
      'A grid in more dimensions has too many points.',
    )
  if (posterior.flow)
    throw new ArgumentError(
      'model',
      unquoted('one with a flow'),
      'a model whose posterior has no flow',
      'The inference gap is computed for normals only. Build the model without a flow: its exact posterior is the same.',
    )
  requireNormals(prior)
  if (x?.length !== dim || !Array.from(x).every(Number.isFinite))
    throw new ArgumentError('x', x, `${dim} finite numbers, one data point`, 'For example test.rows([0]).')
  requireInteger('points', points, 11)
  if (range && (range.length !== latent || range.some((one) => !(one?.[1] > one?.[0]))))
    throw new ArgumentError('range', range, `${latent} ranges [from, to] with from < to, one per latent unit`)
}
