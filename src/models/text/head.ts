import * as tf from '@tensorflow/tfjs'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { matMul } from '../../compute/ops'
import { normalInit, constantInit, type Parameters } from '../../compute/parameters'
import { ArgumentError, requireInteger, requirePositive } from '../../base/errors'
import { type OptionDefaults, type ResolvedOptions, resolveOptions } from '../../base/options'
import { brenier } from '../../layers/brenier'
import { dense, type Dense, type Layer } from '../../layers/dense'
import { fullRank } from '../../layers/fullRank'
import type { InjectivePart } from '../../layers/injective'
import type { ConvexActivation } from '../../layers/inputConvex'
import { withProvenance } from '../../base/provenance'
import type { InjectiveParts } from '../conditional'

/**
 * The map from the LSTM's output h_t, and z where it enters here, to the logits of the next token:
 * `[rows, latent + hidden]` to `[rows, tokens]`.
 */
export interface Head extends Layer {
  /** Its injective parts, when it is injective by construction. */
  readonly injective?: InjectiveParts
  /**
   * Sets the output's bias so that the tokens start with these probabilities.
   *
   * @param logFrequency log of the share of each token, `[tokens]`.
   */
  start(logFrequency: Float32Array): void
  /**
   * Where the logits are an affine map h W + b of a narrower h: h, W and b, so that the logits need not be
   * stored.
   *
   * @param u `[rows, latent + hidden]`.
   * @returns `[rows, width]`, `[width, tokens]` and `[tokens]`.
   */
  output?(u: tf.Tensor): { h: tf.Tensor; W: tf.Tensor; b: tf.Tensor }
}

/**
 * A custom head: makes the map from `[z, h_t]` to the logits of `tokens` tokens; `latent` is 0 where z does
 * not enter here.
 */
export type HeadBuilder = (parameters: Parameters, latent: number, hidden: number, tokens: number) => Head

const assign = (variable: tf.Variable, values: Float32Array): void =>
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)))

/**
 * The plain head, logits = [z, h_t] W + b, which may ignore z.
 *
 * @returns the builder, for a model's option `head`.
 * @throws Error when it is built twice in the same scope of weights.
 * @example
 * const { vocabulary } = lid.data.syntheticText({ tokens: 200 })
 * const ablation = lid.svae({ vocabulary, latent: 3, wiring: 'head', head: lid.parts.linearHead(), seed: 1 })
 */
export const linearHead = (): HeadBuilder =>
  withProvenance(
    'linearHead',
    [],
    (parameters: Parameters, latent: number, hidden: number, tokens: number): Head => {
      const layer = dense(parameters, 'head', latent + hidden, tokens)
      return {
        ...layer,
        start: (logFrequency) => assign(layer.bias, logFrequency),
        output: (u) => ({ h: u, W: layer.weight, b: layer.bias }),
      }
    },
  )

/** Options of the injective heads. */
export interface InjectiveHeadOptions {
  /** Units in the hidden layers of g2; 128 by default. */
  hidden?: number
  /** Units in the hidden layers of g1, which acts on z and h_t; 128 by default. */
  hiddenLatent?: number
  /** Hidden layers of both convex networks after their first; 1 by default. */
  layers?: number
  /** μ of both Brenier maps, or of g1 and g2; 1 by default. */
  mu?: number | readonly [number, number]
  /** s: the least singular value of β and of the map to the vocabulary; 1 by default. */
  anchor?: number
  /** `'smooth'` (default) or the paper's kinked one. */
  activation?: ConvexActivation
  /**
   * Width to which a linear map projects h_t first; by default no projection, unless [z, h_t] would be too
   * wide.
   */
  projection?: number
}

const INJECTIVE_HEAD_OPTIONS = {
  hidden: 128,
  hiddenLatent: 128,
  layers: 1,
  mu: 1,
  anchor: 1,
  activation: 'smooth',
  projection: undefined,
} satisfies OptionDefaults<InjectiveHeadOptions>

/** Options of `injectiveHead`. */
export interface NarrowHeadOptions extends InjectiveHeadOptions {
  /** Width of g2, whose output a linear map takes to the vocabulary; 64 by default. */
  width?: number
}

/**
 * The cheap injective head, for any vocabulary: logits = g2(β g1([z, h_t])) M + c, g1 and g2 Brenier maps of
 * low width, β anchored, and M = [sI | B | 0] of full rank for every B, with the logit of the rarest token
 * fixed at 0, since the softmax does not change with a shift of all logits. Injective in z for every h_t and
 * every weight:
 *   ‖η − η′‖ ≥ σ_min(M) μ2 σ_min(β) μ1 ‖[z, h] − [z′, h′]‖ ≥ σ_min(M) μ2 σ_min(β) μ1 ‖z − z′‖.
 *
 * @param options
 *   `{ width = 64, hidden = 128, hiddenLatent = 128, layers = 1, mu = 1, anchor = 1, activation = 'smooth',
 *   projection }`.
 * @returns the builder, for a model's option `head`.
 * @throws ArgumentError, when it is built, where the widths do not increase from [z, h_t] to the vocabulary,
 *   or μ or the anchor is not positive.
 * @example
 * const { vocabulary } = lid.data.syntheticText({ tokens: 200 })
 * const model = lid.lidsvae({ vocabulary, latent: 3, head: lid.parts.injectiveHead({ width: 32, mu: 1.4 }), seed: 1 })
 * @see Wang, Blei, Cunningham 2021, section 3 (LIDSVAE); the map to the vocabulary is this library's.
 */
export function injectiveHead(options: NarrowHeadOptions = {}): HeadBuilder {
  const resolved = resolveOptions('injectiveHead', options, { ...INJECTIVE_HEAD_OPTIONS, width: 64 })
  const { anchor, width } = resolved
  requirePositive('anchor', anchor)
  return withProvenance(
    'injectiveHead',
    [options],
    (parameters: Parameters, latent: number, hidden: number, tokens: number): Head => {
      requireInteger('width', width)
      requireRise('width', width, tokens - 1, 'the number of tokens that can follow, minus one')
      const scope = parameters.scope('head')
      const map = injectiveMap(scope, latent, hidden, width, resolved)
      const B = scope.variable('B', [width, tokens - 1 - width], normalInit(1 / Math.sqrt(width)))
      const c = scope.variable('c', [tokens - 1], constantInit(0))
      const eye = scope.constant('sI', identity(width, anchor), [width, width])
      const output = (u: tf.Tensor) => ({
        h: map.apply(u),
        W: tf.concat([eye, B, tf.zeros([width, 1])], 1),
        b: tf.concat([c, tf.zeros([1])]),
      })
      return {
        from: latent + hidden,
        to: tokens,
        injective: {
          chain: map.chain,
          output: { anchor, smallestSingularValue: () => leastOfAnchored(B, anchor, width) },
        },
        start: (logFrequency) => assign(c, belowPinned(logFrequency)),
        output,
        apply: (u) => {
          const { h, W, b } = output(u)
          return tf.add(matMul(h, W), b)
        },
      }
    },
  )
}

/**
 * The authors' injective head: logits = [g2(β g1([z, h_t])), 0], g2 a Brenier map over the vocabulary, the
 * rarest token's logit fixed at 0. Its cost grows with the size of the vocabulary.
 *   ‖η − η′‖ ≥ μ2 σ_min(β) μ1 ‖z − z′‖.
 *
 * @param options
 *   `{ hidden = 128, hiddenLatent = 128, layers = 1, mu = 1, anchor = 1, activation = 'smooth', projection }`.
 * @returns the builder, for a model's option `head`.
 * @throws ArgumentError, when it is built, where [z, h_t] is wider than the vocabulary minus one, or μ or the
 *   anchor is not positive.
 * @example
 * const { vocabulary } = lid.data.syntheticText({ tokens: 200 })
 * const model = lid.lidsvae({ vocabulary, latent: 3, head: lid.parts.vocabularyHead(), seed: 1 })
 * @see Wang, Blei, Cunningham 2021, section 3 (LIDSVAE).
 */
export function vocabularyHead(options: InjectiveHeadOptions = {}): HeadBuilder {
  const resolved = resolveOptions('vocabularyHead', options, INJECTIVE_HEAD_OPTIONS)
  return withProvenance(
    'vocabularyHead',
    [options],
    (parameters: Parameters, latent: number, hidden: number, tokens: number): Head => {
      const map = injectiveMap(parameters.scope('head'), latent, hidden, tokens - 1, resolved)
      return {
        from: latent + hidden,
        to: tokens,
        injective: { chain: map.chain },
        start: (logFrequency) => assign(map.bias, belowPinned(logFrequency)),
        apply: (u) => {
          const free = map.apply(u)
          return tf.concat([free, tf.zeros([free.shape[0], 1])], 1)
        },
      }
    },
  )
}

/** [z, h] ↦ g2(β g1([z, P h])), P a linear map or the identity: injective in z for every h. */
function injectiveMap(
  scope: Parameters,
  latent: number,
  hidden: number,
  to: number,
  options: ResolvedOptions<InjectiveHeadOptions, typeof INJECTIVE_HEAD_OPTIONS>,
): { apply(u: tf.Tensor): tf.Tensor; chain: InjectivePart[]; bias: tf.Variable } {
  const { hidden: ofG2, hiddenLatent: ofG1, layers, mu, anchor, activation } = options
  const [mu1, mu2] = typeof mu === 'number' ? [mu, mu] : mu
  requireRise('latent', latent, to, 'the width of the map')
  const projected = options.projection ?? (latent + hidden > to ? to - latent : undefined)
  if (projected !== undefined) requireInteger('projection', projected)
  const width = latent + (projected ?? hidden)
  requireRise('projection', width, to, 'the width of the map, z and the projected h_t together')
  const P: Dense | undefined = projected === undefined ? undefined : dense(scope, 'P', hidden, projected)
  const g1 = brenier(scope, 'g1', width, { hidden: ofG1, layers, activation, mu: mu1 })
  const beta = fullRank(scope, 'beta', width, to, { anchor })
  const g2 = brenier(scope, 'g2', to, { hidden: ofG2, layers, activation, mu: mu2 })
  return {
    chain: [g1, beta, g2],
    bias: g2.bias,
    apply: (u) => {
      if (!P) return g2.after(g1.apply(u), beta.matrix(), beta.bias!)
      const [z, h] = tf.split(u, [latent, hidden], 1)
      return g2.after(g1.apply(tf.concat([z, P.apply(h)], 1)), beta.matrix(), beta.bias!)
    },
  }
}

function requireRise(argument: string, value: number, most: number, what: string): void {
  if (value > most)
    throw new ArgumentError(
      argument,
      value,
      `at most ${most}, ${what}`,
      'An injective map cannot reduce the dimension: use a smaller width, or a projection of h_t.',
    )
}

const identity = (n: number, scale: number): Float32Array =>
  Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? scale : 0))

/** log of each token's share minus that of the last token, whose logit is 0. */
const belowPinned = (logFrequency: Float32Array): Float32Array =>
  logFrequency.slice(0, -1).map((log) => log - logFrequency[logFrequency.length - 1])

/** σ_min of [sI | B]: the root of s² + the least eigenvalue of BBᵀ, in double precision. */
function leastOfAnchored(B: tf.Variable, anchor: number, width: number): number {
  const columns = B.shape[1]!
  if (columns === 0) return anchor
  const values = B.dataSync() as Float32Array
  const rows = new Matrix(width, columns).apply(function (i, j) {
    this.set(i, j, values[i * columns + j])
  })
  const gram = rows.mmul(rows.transpose())
  const least = Math.min(...new EigenvalueDecomposition(gram, { assumeSymmetric: true }).realEigenvalues)
  return Math.sqrt(anchor ** 2 + Math.max(0, least))
}
