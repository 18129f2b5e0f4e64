import * as tf from '@tensorflow/tfjs'
import type { ModelData } from '../data/modelData'
import type { Draws } from '../compute/draws'
import { constantInit, inverseSoftplus, normalInit, type Parameters } from '../compute/parameters'
import { RandomDoubles } from '../compute/streams'
import { alternatives, ArgumentError, requirePositive } from '../base/errors'
import { type OptionDefaults, type ResolvedOptions, resolveOptions } from '../base/options'
import { fullRank } from '../layers/fullRank'
import { withProvenance } from '../base/provenance'
import type { PosteriorMoments } from './posterior'

/**
 * p(z) = (1/K) Σ_w N(z; m_w, diag γ_w²), or N(z; m_w, L_w L_wᵀ): K components, one for a standard normal.
 */
export interface Prior {
  /** Which prior it is. */
  readonly kind: 'standard normal' | 'free means' | 'anchored means' | 'pseudo-inputs'
  /** K, components of w; 1 without. */
  readonly components: number
  /** Units of z. */
  readonly latent: number
  /** Means and standard deviations of the components, each `[K, latent]`. */
  moments(): { mean: tf.Tensor; sd: tf.Tensor }
  /**
   * Where the units of a component are correlated: the lower triangular L_w of its covariance L_w L_wᵀ,
   * `[K, latent, latent]`; `moments` then has the standard deviations of single units.
   */
  factor?(): tf.Tensor
  /** True when the means are distinct whatever the weights are. */
  readonly distinct: boolean
  /**
   * log p(z) where it is not normal, shaped like z: for each unit, log p(z_u | z_1 … z_{u−1}); `moments` are
   * then those of the whole prior.
   */
  logProb?(z: tf.Tensor): tf.Tensor
  /**
   * Where it is not normal but a mixture of normals with equal weights and without w: their moments, each
   * `[M, latent]`.
   */
  mixture?(): { mean: tf.Tensor; sd: tf.Tensor }
  /** Draws where it is not normal, `[count, latent]`. */
  sample?(draws: Draws, count: number): tf.Tensor
  /** Initialises it from the data, before the first step. */
  startFrom?(train: ModelData, seed: number): void
}

/** Makes a prior once the model's widths are known. */
export type PriorBuilder = ((
  parameters: Parameters,
  components: number,
  latent: number,
  context?: PriorContext,
) => Prior) & {
  /** True when it also works in models without w. */
  readonly withoutW?: boolean
}

/** What a prior built from the model's own posterior needs. */
export interface PriorContext {
  /**
   * Learned inputs of the encoder; for texts `length` tokens each. @throws ArgumentError where q(z|x) is not
   * a single normal
   */
  pseudoInputs(length: number): PseudoInputs
}

/** Inputs of the encoder that can be learned. `D` is what the data are, rows or texts. */
export interface PseudoInputs<D extends ModelData = ModelData> {
  /** Shape of one, in unconstrained numbers. */
  readonly shape: number[]
  /** q(z|u) at inputs u, `[rows, …shape]`. */
  encode(free: tf.Tensor): PosteriorMoments
  /** The unconstrained numbers of some data points. */
  startAt(train: D, rows: readonly number[]): Float32Array
}

/** z ~ N(0, I). */
export const standardNormal = (latent: number): Prior => ({
  kind: 'standard normal',
  components: 1,
  latent,
  moments: () => ({ mean: tf.zeros([1, latent]), sd: tf.ones([1, latent]) }),
  distinct: true,
})

/** The spread of a mixture's components: the same choice in both models of a fair comparison. */
export interface SpreadOptions {
  /** One γ (or covariance) per component (default), or one shared by all. */
  gamma?: 'per component' | 'shared'
  /** The least γ, in units of z; 0.3 by default. γ is a standard deviation and starts at 1 above it. */
  floor?: number
  /**
   * `'diagonal'`, diag γ_w² (default), or `'full'`, L_w L_wᵀ with γ_w on the diagonal of the lower triangular
   * L_w and free numbers below it, which start at 0: such components can lie at an angle.
   */
  covariance?: 'diagonal' | 'full'
}

const SPREAD_OPTIONS = {
  gamma: 'per component',
  floor: 0.3,
  covariance: 'diagonal',
} satisfies OptionDefaults<SpreadOptions>

/** Options of `freeMeans`. */
export interface FreeMeansOptions extends SpreadOptions {
  /** Standard deviation of the initial means; 0.01 by default. So near zero a plain mixture collapses. */
  start?: number
}

/**
 * The plain mixture prior: z given w ~ N(m_w, diag γ_w²), means and γ free.
 *
 * @param options `{ start = 0.01, gamma = 'per component', floor = 0.3, covariance = 'diagonal' }`.
 * @returns the prior, for `gmvae` or `lidmvae`.
 * @throws ArgumentError when `start` is negative, the floor not positive, or `gamma` or `covariance` unknown.
 * @example
 * const wide = lid.gmvae({ likelihood, latent: 16, components: 10, seed: 1, prior: lid.parts.freeMeans({ start: 1 }) })
 * @see Wang, Blei, Cunningham 2021, example 2 (GMVAE).
 */
export function freeMeans(options: FreeMeansOptions = {}): PriorBuilder {
  const resolved = resolveOptions('freeMeans', options, { ...SPREAD_OPTIONS, start: 0.01 })
  const { start } = resolved
  requirePositive('start', start, true)
  requireSpread(resolved)
  return withProvenance(
    'freeMeans',
    [options],
    (parameters: Parameters, components: number, latent: number): Prior => {
      const scope = parameters.scope('prior')
      const mean = scope.variable('means', [components, latent], normalInit(start))
      const { sd, factor } = spread(scope, components, latent, resolved)
      const moments = (): { mean: tf.Tensor; sd: tf.Tensor } => ({ mean, sd: sd() })
      return { kind: 'free means', components, latent, distinct: false, moments, ...(factor && { factor }) }
    },
  )
}

/** Options of `anchoredMeans`. */
export interface AnchoredMeansOptions extends SpreadOptions {
  /**
   * Separation of the means: the least singular value of their matrix, or, when K > latent, the radius of the
   * anchors, which with one unit is their spacing on a line; 2 by default.
   */
  separation?: number
}

/**
 * The identifiable mixture prior: means that stay distinct whatever the weights are. With K ≤ latent they are
 * the rows of an anchored full-rank map (σ_min ≥ separation, so any two lie at least √2 · separation apart);
 * with more components than latent units, fixed distinct anchors, each moved by a bounded shift of at most
 * 0.3 of the least distance between anchors.
 *
 * @param options `{ separation = 2, gamma = 'per component', floor = 0.3, covariance = 'diagonal' }`.
 * @returns the prior, for `lidmvae` or `gmvae`.
 * @throws ArgumentError when separation or floor is not positive, or `gamma` or `covariance` unknown.
 * @example
 * const ablation = lid.gmvae({ likelihood, latent: 16, components: 10, seed: 1, prior: lid.parts.anchoredMeans() })
 * @see Wang, Blei, Cunningham 2021, section 3 (LIDMVAE: z = β₁ᵀ w + ε).
 */
export function anchoredMeans(options: AnchoredMeansOptions = {}): PriorBuilder {
  const resolved = resolveOptions('anchoredMeans', options, { ...SPREAD_OPTIONS, separation: 2 })
  const { separation } = resolved
  requirePositive('separation', separation)
  requireSpread(resolved)
  return withProvenance(
    'anchoredMeans',
    [options],
    (parameters: Parameters, components: number, latent: number): Prior => {
      const scope = parameters.scope('prior')
      const mean =
        components <= latent
          ? fullRank(scope, 'means', components, latent, { anchor: separation, bias: false }).matrix
          : contracted(scope, components, latent, separation)
      const { sd, factor } = spread(scope, components, latent, resolved)
      return {
        kind: 'anchored means',
        components,
        latent,
        distinct: true,
        moments: () => ({ mean: mean(), sd: sd() }),
        ...(factor && { factor }),
      }
    },
  )
}

type ResolvedSpread = ResolvedOptions<SpreadOptions, typeof SPREAD_OPTIONS>

function requireSpread({ gamma, floor, covariance }: ResolvedSpread): void {
  requirePositive('floor', floor)
  if (gamma !== 'per component' && gamma !== 'shared')
    throw new ArgumentError('gamma', gamma, alternatives(['per component', 'shared']))
  if (covariance !== 'diagonal' && covariance !== 'full')
    throw new ArgumentError('covariance', covariance, alternatives(['diagonal', 'full']))
}

function spread(
  scope: Parameters,
  components: number,
  latent: number,
  { gamma, floor, covariance }: ResolvedSpread,
): { sd: () => tf.Tensor; factor?: () => tf.Tensor } {
  const rows = gamma === 'shared' ? 1 : components
  const free = scope.variable('gamma', [rows, latent], constantInit(inverseSoftplus(1)))
  const forAll = (x: tf.Tensor): tf.Tensor =>
    rows === components ? x : tf.tile(x, [components, ...Array<number>(x.rank - 1).fill(1)])
  const gammas = (): tf.Tensor => tf.add(tf.softplus(free), floor)
  if (covariance === 'diagonal' || latent === 1) return { sd: () => forAll(gammas()) }
  const below = (latent * (latent - 1)) / 2
  const lower = scope.variable('lower', [rows, below], constantInit(0))
  const factor = (): tf.Tensor => forAll(triangular(gammas(), lower))
  return { sd: () => tf.sqrt(tf.sum(tf.square(factor()), 2)), factor }
}

/** L from its diagonal and the numbers below it, row after row: `[K, d]` and `[K, d(d − 1)/2]` to `[K, d, d]`. */
function triangular(diagonal: tf.Tensor, below: tf.Tensor): tf.Tensor {
  const [rows, dim] = diagonal.shape
  const count = below.shape[1]!
  const places = Int32Array.from({ length: dim * dim }, (_, i) => {
    const [row, column] = [Math.floor(i / dim), i % dim]
    if (row === column) return count + row
    // The last number is 0.
    return row > column ? (row * (row - 1)) / 2 + column : count + dim
  })
  const all = tf.concat([below, diagonal, tf.zeros([rows, 1])], 1)
  return tf.reshape(tf.gather(all, tf.tensor1d(places, 'int32'), 1), [rows, dim, dim])
}

/** Anchors plus a shift of bounded length. */
function contracted(scope: Parameters, components: number, latent: number, radius: number): () => tf.Tensor {
  const points = anchors(components, latent, radius, scope.key('anchors'))
  const fixed = scope.constant('anchors', points.flat(), [components, latent])
  // Kept beside the anchors that it belongs to, so that a file holds both.
  const reach = scope.constant('reach', [(0.3 * leastDistance(points)) / Math.sqrt(latent)], [])
  const free = scope.variable('shift', [components, latent], constantInit(0))
  return () => tf.add(fixed, tf.mul(tf.tanh(free), reach))
}

/**
 * K distinct points of R^d, K > d: on a line, on a circle, or on a sphere, the last by greedy choice of
 * distant points among seeded candidates.
 */
function anchors(count: number, dim: number, radius: number, key: number): number[][] {
  if (dim === 1) return Array.from({ length: count }, (_, k) => [radius * (k - (count - 1) / 2)])
  if (dim === 2) {
    const angle = (k: number) => (2 * Math.PI * k) / count
    return Array.from({ length: count }, (_, k) => [radius * Math.cos(angle(k)), radius * Math.sin(angle(k))])
  }
  const draw = new RandomDoubles(key)
  const gauss = () => Math.sqrt(-2 * Math.log(1 - draw.uniform())) * Math.cos(2 * Math.PI * draw.uniform())
  const candidates = Array.from({ length: 50 * count }, () => {
    const point = Array.from({ length: dim }, gauss)
    const length = Math.hypot(...point)
    return point.map((x) => (radius * x) / length)
  })
  const chosen = [candidates[0]]
  const nearest = candidates.map((c) => distance(c, chosen[0]))
  while (chosen.length < count) {
    const next = candidates[nearest.indexOf(Math.max(...nearest))]
    chosen.push(next)
    candidates.forEach((c, i) => (nearest[i] = Math.min(nearest[i], distance(c, next))))
  }
  return chosen
}

const distance = (a: number[], b: number[]): number => Math.hypot(...a.map((x, i) => x - b[i]))

function leastDistance(points: number[][]): number {
  let least = Infinity
  points.forEach((p, i) => points.slice(0, i).forEach((q) => (least = Math.min(least, distance(p, q)))))
  return least
}
