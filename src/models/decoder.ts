import type * as tf from '@tensorflow/tfjs'
import type { Parameters } from '../compute/parameters'
import { ArgumentError } from '../base/errors'
import { type OptionDefaults, resolveOptions } from '../base/options'
import { brenier, type Brenier } from '../layers/brenier'
import { mlp, type Layer } from '../layers/dense'
import { fullRank, type FullRank } from '../layers/fullRank'
import { withProvenance } from '../base/provenance'
import type { ConvexActivation } from '../layers/inputConvex'

/** The map from z to the likelihood's natural parameter η. */
export interface Decoder extends Layer {
  /** Output bias, where it has one: `fit` sets it to the data's mean before the first step. */
  readonly bias?: tf.Variable
  /** Its injective parts, when it is injective by construction. */
  readonly injective?: { readonly g1: Brenier; readonly beta: FullRank; readonly g2: Brenier }
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

/** Options of the injective map. */
export interface InjectiveOptions {
  /** Units in the hidden layers of g2, which acts on η; the model's `hidden` by default. */
  hidden?: number
  /** Units in the hidden layers of g1, which acts on z; 64 by default. */
  hiddenLatent?: number
  /** Hidden layers of both convex networks after their first; 1 by default. */
  layers?: number
  /** μ of both Brenier maps, or of g1 and g2; 1 by default. */
  mu?: number | readonly [number, number]
  /** s: the least singular value of β; 1 by default. */
  anchor?: number
  /** `'smooth'` (default) or the paper's kinked one. */
  activation?: ConvexActivation
}

const INJECTIVE_OPTIONS = {
  hidden: undefined,
  hiddenLatent: 64,
  layers: 1,
  mu: 1,
  anchor: 1,
  activation: 'smooth',
} satisfies OptionDefaults<InjectiveOptions>

/**
 * The injective decoder, η(z) = g2(β g1(z)): Brenier maps around a full-rank linear map, injective for every
 * weight:
 *   ‖η(z) − η(z′)‖ ≥ μ2 σ_min(β) μ1 ‖z − z′‖.
 *
 * @param hidden units in each hidden layer of g2, unless the options set them.
 * @param options `{ hidden, hiddenLatent = 64, layers = 1, mu = 1, anchor = 1, activation = 'smooth' }`.
 * @returns the builder, for a model's option `decoder`.
 * @throws ArgumentError, when it is built, where latent > dim, or μ or the anchor is not positive.
 * @example
 * const ablation = lid.gmvae({ likelihood, latent: 16, components: 10, seed: 1, decoder: lid.parts.injectiveDecoder(512) })
 * @see Wang, Blei, Cunningham 2021, section 3 (LIDVAE).
 */
export function injectiveDecoder(hidden: number, options: InjectiveOptions = {}): DecoderBuilder {
  const resolved = resolveOptions('injectiveDecoder', options, INJECTIVE_OPTIONS)
  return withProvenance(
    'injectiveDecoder',
    [hidden, options],
    (parameters: Parameters, latent: number, dim: number): Decoder => {
      const { hidden: ofG2 = hidden, hiddenLatent, layers, mu, anchor, activation } = resolved
      const [mu1, mu2] = typeof mu === 'number' ? [mu, mu] : mu
      if (latent > dim)
        throw new ArgumentError(
          'latent',
          latent,
          `at most ${dim}, the dimension of x`,
          'An injective map cannot reduce the dimension: use fewer latent units.',
        )
      const scope = parameters.scope('decoder')
      const g1 = brenier(scope, 'g1', latent, { hidden: hiddenLatent, layers, activation, mu: mu1 })
      const beta = fullRank(scope, 'beta', latent, dim, { anchor })
      const c = beta.bias!
      const g2 = brenier(scope, 'g2', dim, { hidden: ofG2, layers, activation, mu: mu2 })
      return {
        from: latent,
        to: dim,
        bias: g2.bias,
        injective: { g1, beta, g2 },
        apply: (z) => g2.after(g1.apply(z), beta.matrix(), c),
      }
    },
  )
}
