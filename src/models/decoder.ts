import type * as tf from '@tensorflow/tfjs'
import type { Parameters } from '../compute/parameters'
import { alternatives, ArgumentError, MOST_LAYERS, requireInteger, requirePositive } from '../base/errors'
import { type OptionDefaults, type ResolvedOptions, resolveOptions } from '../base/options'
import { mlp, type Layer } from '../layers/dense'
import { withProvenance } from '../base/provenance'
import type { ConvexActivation } from '../layers/inputConvex'
import type { InjectiveParts } from './conditional'
import { applyChain, buildChain, requireChain, type ChainPart, type NamedPart } from './injectiveChain'

/** The map from z to the likelihood's natural parameter η. */
export interface Decoder extends Layer {
  /** Output bias, where it has one: `fit` sets it to the data's mean before the first step. */
  readonly bias?: tf.Variable
  /** Its injective parts, when it is injective by construction. */
  readonly injective?: InjectiveParts
}

/** A custom decoder: makes the map from `[batch, latent]` to `[batch, dim]`. */
export type DecoderBuilder = (parameters: Parameters, latent: number, dim: number) => Decoder

/**
 * The plain decoder, η(z) by a multilayer perceptron of two hidden layers: flexible, but it may ignore z.
 *
 * @param hidden units in each hidden layer.
 * @returns the builder, for a model's option `decoder`.
 * @throws Error when it is built twice in the same scope of weights.
 * @example
 * const ablation = lid.lidmvae({ likelihood, latent: 16, components: 10, seed: 1, decoder: lid.parts.plainDecoder(512) })
 */
export const plainDecoder = (hidden: number): DecoderBuilder =>
  withProvenance('plainDecoder', [hidden], (parameters: Parameters, latent: number, dim: number) =>
    mlp(parameters, 'decoder', [latent, hidden, hidden, dim]),
  )

/** Which injective map: today's choices by name. */
export type InjectiveMap = 'as in the paper' | 'twist'

/** Options of the injective map. */
export interface InjectiveOptions {
  /**
   * `'as in the paper'`, g2(β g1(z)) with Brenier maps g1 and g2, or `'twist'`, twist layers in their place,
   * which can also turn. The default of every model but `lidmvae` is `'as in the paper'`.
   */
  map?: InjectiveMap
  /** Units in the hidden layers of g2, which acts on η; the model's `hidden` by default. */
  hidden?: number
  /** Units in the hidden layers of g1, which acts on z; 64 by default. */
  hiddenLatent?: number
  /** Hidden layers of the convex networks of Brenier maps after their first; 1 by default. */
  layers?: number
  /** μ of both maps, or of g1 and g2; 1 by default. Each of n twist layers in a map has the n-th root. */
  mu?: number | readonly [number, number]
  /** s: the least singular value of β; 1 by default. */
  anchor?: number
  /** `'smooth'` (default) or the paper's kinked one, of Brenier maps. */
  activation?: ConvexActivation
  /**
   * Twist layers in g1 and in g2; by default 2 and 1, and for data of more than 64 numbers 2 and 0. With 0 it
   * is a Brenier map.
   */
  twists?: readonly [number, number]
  /** The share of hidden units of a twist layer that saturate; 0.25 by default. */
  saturating?: number
  /**
   * The parts of the map themselves, in the order in which they act, in place of all options above but the
   * widths: `[{ kind: 'twist layer', mu: 0.3 }, { kind: 'rotation' }, { kind: 'full-rank map' }, { kind: 'Brenier map' }]`.
   */
  chain?: readonly ChainPart[]
}

const INJECTIVE_OPTIONS = {
  map: 'as in the paper',
  hidden: undefined,
  hiddenLatent: 64,
  layers: 1,
  mu: 1,
  anchor: 1,
  activation: 'smooth',
  twists: undefined,
  saturating: 0.25,
  chain: undefined,
} satisfies OptionDefaults<InjectiveOptions>

type Resolved = ResolvedOptions<InjectiveOptions, typeof INJECTIVE_OPTIONS>

/** Widest data on which twist layers act by default: their bound multiplies matrices of that width. */
const WIDE = 64

/**
 * The injective decoder, a chain of injective parts, with the product of their constants as its own. As in
 * the paper, η(z) = g2(β g1(z)), Brenier maps around a full-rank linear map, injective for every weight:
 *   ‖η(z) − η(z′)‖ ≥ μ2 σ_min(β) μ1 ‖z − z′‖.
 * With `map: 'twist'` g1 and g2 are twist layers, which are strongly monotone but not gradients: as flexible
 * as a network in the plane, with the same constant.
 *
 * @param hidden units in each hidden layer of g2, unless the options set them.
 * @param options
 *   `{ map = 'as in the paper', hidden, hiddenLatent = 64, layers = 1, mu = 1, anchor = 1,
 *   activation = 'smooth', twists, saturating = 0.25, chain }`.
 * @returns the builder, for a model's option `decoder`.
 * @throws ArgumentError, when it is built, where latent > dim, an option does not belong to the map, or μ or
 *   the anchor is not positive.
 * @example
 * const ablation = lid.gmvae({ likelihood, latent: 16, components: 10, seed: 1, decoder: lid.parts.injectiveDecoder(512) })
 * @see Wang, Blei, Cunningham 2021, section 3 (LIDVAE).
 */
export function injectiveDecoder(hidden: number, options: InjectiveOptions = {}): DecoderBuilder {
  const resolved = resolveOptions('injectiveDecoder', options, INJECTIVE_OPTIONS)
  requireOneMap(options, resolved)
  return withProvenance(
    'injectiveDecoder',
    [hidden, options],
    (parameters: Parameters, latent: number, dim: number): Decoder => {
      if (latent > dim)
        throw new ArgumentError(
          'latent',
          latent,
          `at most ${dim}, the dimension of x`,
          'An injective map cannot reduce the dimension: use fewer latent units.',
        )
      const chain = buildChain(parameters.scope('decoder'), partsOf(resolved, dim), {
        latent,
        dim,
        hidden: resolved.hidden ?? hidden,
        hiddenLatent: resolved.hiddenLatent,
      })
      return {
        from: latent,
        to: dim,
        bias: chain[chain.length - 1].bias,
        injective: { chain },
        apply: (z) => applyChain(chain, z),
      }
    },
  )
}

/** Throws where an option does not belong to the map, or the map is unknown. */
function requireOneMap(options: InjectiveOptions, { map, chain }: Resolved): void {
  const maps = ['as in the paper', 'twist']
  if (!maps.includes(map)) throw new ArgumentError('map', map, alternatives(maps))
  if (chain) requireChain(chain)
  const others: readonly (keyof InjectiveOptions)[] = chain
    ? ['map', 'layers', 'mu', 'anchor', 'activation', 'twists', 'saturating']
    : map === 'twist'
      ? []
      : ['twists', 'saturating']
  for (const name of others)
    if (options[name] !== undefined)
      throw new ArgumentError(
        name,
        options[name],
        chain ? 'omitted with a chain' : "omitted unless map is 'twist'",
        chain ? 'Give it to the parts of the chain.' : '',
      )
}

/** The parts of the map, with the names of their weights. */
function partsOf(
  { map, layers, activation, mu, anchor, saturating, ...o }: Resolved,
  dim: number,
): NamedPart[] {
  if (o.chain) return o.chain.map((part, i) => ({ name: String(i), part }))
  const [mu1, mu2] = typeof mu === 'number' ? [mu, mu] : mu
  requirePositive('mu', mu1)
  requirePositive('mu', mu2)
  const [first, second] = map === 'twist' ? (o.twists ?? [2, dim > WIDE ? 0 : 1]) : [0, 0]
  requireInteger('twists[0]', first, 0, MOST_LAYERS)
  requireInteger('twists[1]', second, 0, MOST_LAYERS)
  const side = (name: string, twists: number, own: number): NamedPart[] =>
    twists === 0
      ? [{ name, part: { kind: 'Brenier map', layers, activation, mu: own } }]
      : Array.from({ length: twists }, (_, i) => ({
          name: `${name}/${i}`,
          part: { kind: 'twist layer', mu: own ** (1 / twists), saturating },
        }))
  return [
    ...side('g1', first, mu1),
    { name: 'beta', part: { kind: 'full-rank map', anchor } },
    ...side('g2', second, mu2),
  ]
}
