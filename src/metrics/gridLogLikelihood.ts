import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import { lowerTimes } from '../distributions/triangular'
import { requireEngine } from '../compute/engine'
import { evaluateOnce, EvaluationStep } from '../compute/step'
import { ArgumentError, requireInteger, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import { logProbAtCodes } from '../models/context'
import type { Model } from '../models/model'
import { requireModel } from '../models/requireModel'
import { Work } from '../platform/cancellation'
import { sampled } from '../data/sampled'
import { evaluationData } from '../models/evaluationData'
import { meanEstimate, type Estimate } from '../base/estimate'
import { everySecond, gridOf, pointsOf, requireNormals, type Grid } from './grid'
import { logSumExp } from './importance'

/** Options of `gridLogLikelihood`. */
export interface GridLogLikelihoodOptions {
  /**
   * Grid points per dimension for each component; by default 2001 for one latent unit, 401 for two, and 161
   * for two in a mixture.
   */
  points?: number
  /** Number of data points, drawn at random where there are more; 1000 by default. */
  size?: number
}

/** log p(x) of many data points, without sampling. */
export interface GridLogLikelihood {
  /** log p(x) of each data point, `[N]`, nats. */
  readonly values: Float64Array
  /** The mean over data points, nats. */
  readonly mean: Estimate
  /** log p(x|w), `[N, K]`, nats. */
  readonly logGivenW: Float64Array
  /** p(w|x) ∝ p(x|w), the exact posterior of w, `[N, K]`. */
  readonly posteriorW: Float64Array
  /**
   * Change of the mean if every second grid point is left out, nats: well above the actual error for a smooth
   * decoder.
   */
  readonly error: number
}

/** Half width of a component's grid, in its standard deviations: the mass outside is below 1e-10. */
const WIDE = 6.5
/** Data points and grid points per call of the engine; they limit memory to some tens of MB. */
const BATCH = 250
const ROWS = 2048

/**
 * The exact log-likelihood of a model with one or two latent units, by the trapezoidal rule for each
 * component of the prior:
 *   log p(x) = log (1/K) Σ_w ∫ p(x|z) p(z|w) dz,
 * on a grid of ± 6.5 standard deviations about each component's mean, the same for all data points. It uses
 * no encoder, and so measures the generative model alone, however poor its inference network is.
 *
 * @param model a model with one or two latent units.
 * @param data rows of the model's dimension.
 * @param options `{ points, size = 1000 }`.
 * @returns log p(x) and p(w|x) of each data point, their mean in nats, and an estimate of the quadrature
 *   error.
 * @throws ArgumentError for more than two latent units, a prior that is no normal or mixture of normals with
 *   w, data of a different dimension or kind, or an invalid option.
 * @example
 * const { mean, error } = await lid.gridLogLikelihood(model, test)
 * @see `gridPosterior` for one data point, on a grid adapted to it.
 */
export async function gridLogLikelihood(
  model: Model<DataSet>,
  data: DataSet,
  options: GridLogLikelihoodOptions = {},
): Promise<GridLogLikelihood> {
  const resolved = resolveOptions('gridLogLikelihood', options, { points: undefined, size: 1000 })
  requireEngine('gridLogLikelihood')
  requireModel(model)
  const { latent, components, dim } = model
  if (latent > 2)
    throw new ArgumentError(
      'model',
      unquoted(`one with ${latent}`),
      'a model with one or two latent units',
      'A grid in more dimensions has too many points. Use lid.logLikelihood.',
    )
  requireNormals(model.prior)
  model.conditional.requireFit(data, 'data')
  const { points = latent === 1 ? 2001 : components === 1 ? 401 : 161, size } = resolved
  requireInteger('points', points, 11)
  requireInteger('size', size)
  const { x } = evaluationData(model, sampled(data, size, 0))
  const count = x.length / dim
  const { logGivenW, coarse } = await integrals(model, x, points)
  const values = mixed(logGivenW, count, components)
  const posteriorW = logGivenW.map((value, i) => {
    const row = Math.floor(i / components)
    return Math.exp(value - Math.log(components) - values[row])
  })
  const mean = meanEstimate(values, `quadrature, ${points} points per dimension, ${count} data points`)
  const coarser = meanEstimate(mixed(coarse, count, components), '').value
  return { values, mean, logGivenW, posteriorW, error: Math.abs(coarser - mean.value) }
}

/** log p(x|w) of every data point on the grid, and on every second point. */
async function integrals(
  model: Model<DataSet>,
  x: Float32Array,
  points: number,
): Promise<{ logGivenW: Float64Array; coarse: Float64Array }> {
  const { latent, components, dim } = model
  const count = x.length / dim
  const logGivenW = new Float64Array(count * components)
  const coarse = new Float64Array(count * components)
  const prior = evaluateOnce(() => model.prior.moments())
  const factor = model.prior.factor && evaluateOnce(() => ({ factor: model.prior.factor!() })).factor.values
  // log Σ_rows weight · p(x|z): one weight for the grid and one for every second point.
  const step = new EvaluationStep(({ x: given, z, fine, second }) => {
    const log = logProbAtCodes(model, given, z)
    return { fine: tf.logSumExp(tf.add(log, fine), 1), second: tf.logSumExp(tf.add(log, second), 1) }
  })
  const work = new Work('gridLogLikelihood')
  try {
    for (let k = 0; k < components; k++) {
      const of = (values: Float32Array) => Array.from(values.subarray(k * latent, (k + 1) * latent))
      const [mean, sd] = [of(prior.mean.values), of(prior.sd.values)]
      // With full covariance the grid is turned and stretched with the component: z = m + L v.
      const { z, fine, second } = factor
        ? turned(mean, factor.subarray(k * latent * latent, (k + 1) * latent * latent), points)
        : weighted(mean, sd, points)
      const rows = fine.length
      for (let start = 0; start < count; start += BATCH) {
        const size = Math.min(BATCH, count - start)
        const given = { values: x.subarray(start * dim, (start + size) * dim), shape: [size, dim] }
        const parts: [Float32Array, Float32Array][] = []
        for (let from = 0; from < rows; from += ROWS) {
          const length = Math.min(ROWS, rows - from)
          const inputs = {
            x: given,
            z: { values: z.subarray(from * latent, (from + length) * latent), shape: [length, latent] },
            fine: { values: fine.subarray(from, from + length), shape: [length] },
            second: { values: second.subarray(from, from + length), shape: [length] },
          }
          const out = step.run(inputs, [0, 0])
          parts.push([out.fine.values, out.second.values])
          await work.pause()
        }
        for (let i = 0; i < size; i++) {
          logGivenW[(start + i) * components + k] = logSumExp(parts.map(([value]) => value[i]))
          coarse[(start + i) * components + k] = logSumExp(parts.map(([, value]) => value[i]))
        }
      }
    }
  } finally {
    step.dispose()
    work.end()
  }
  return { logGivenW, coarse }
}

/**
 * A grid about a normal, with the logarithm of the normal's mass at each point, for the grid and for every
 * second point.
 */
function weighted(
  mean: number[],
  sd: number[],
  points: number,
): { z: Float32Array; fine: Float32Array; second: Float32Array } {
  const odd = points % 2 === 0 ? points + 1 : points
  const grid: Grid = gridOf(
    mean.map((m, u) => [m - WIDE * sd[u], m + WIDE * sd[u]] as const),
    odd,
  )
  const z = pointsOf(grid)
  const log = Float64Array.from({ length: grid.count }, (_, i) =>
    mean.reduce((sum, m, u) => sum - ((z[i * mean.length + u] - m) / sd[u]) ** 2 / 2, 0),
  )
  // The masses sum to 1 on both grids.
  const whole = logSumExp(log)
  const half = logSumExp(everySecond(grid, log))
  const chosen = new Set(
    everySecond(
      grid,
      Float64Array.from(log, (_, i) => i),
    ),
  )
  return {
    z: Float32Array.from(z),
    fine: Float32Array.from(log, (value) => value - whole),
    second: Float32Array.from(log, (value, i) => (chosen.has(i) ? value - half : -1e30)),
  }
}

/** The same about a normal with covariance LLᵀ. */
function turned(mean: number[], L: ArrayLike<number>, points: number): ReturnType<typeof weighted> {
  const latent = mean.length
  const standard = weighted(
    mean.map(() => 0),
    mean.map(() => 1),
    points,
  )
  const z = new Float32Array(standard.z.length)
  for (let i = 0; i < z.length; i += latent) {
    const moved = lowerTimes(L, standard.z.subarray(i, i + latent))
    mean.forEach((m, u) => (z[i + u] = m + moved[u]))
  }
  return { ...standard, z }
}

/** log (1/K) Σ_w p(x|w) of each data point. */
const mixed = (logGivenW: Float64Array, count: number, components: number): Float64Array =>
  Float64Array.from(
    { length: count },
    (_, i) => logSumExp(logGivenW, i * components, components) - Math.log(components),
  )
