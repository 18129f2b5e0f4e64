import type * as tf from '@tensorflow/tfjs'
import type { Parameters } from '../compute/parameters'
import { alternatives, ArgumentError } from '../base/errors'
import { requireOptions } from '../base/options'
import { brenier, type BrenierOptions } from '../layers/brenier'
import { convolutionalBrenier, type ConvolutionalBrenierOptions } from '../layers/convolutionalBrenier'
import { fullRank, type FullRank, type FullRankOptions } from '../layers/fullRank'
import { increasing, type IncreasingOptions } from '../layers/increasing'
import type { InjectiveKind, InjectivePart } from '../layers/injective'
import { couplingFlow, type RealNvpOptions } from '../layers/realNvp'
import { rotation, type RotationOptions } from '../layers/rotation'
import { twist, type TwistOptions } from '../layers/twist'

/**
 * One part of an injective map: its kind, and the options of the layer of `lid.layers` that makes it. Where
 * hidden units are not given, they are those of the map.
 */
export type ChainPart =
  | ({ readonly kind: 'Brenier map' } & Partial<BrenierOptions>)
  | ({ readonly kind: 'convolutional Brenier map' } & ConvolutionalBrenierOptions)
  | ({ readonly kind: 'twist layer' } & Partial<TwistOptions>)
  | ({ readonly kind: 'full-rank map' } & FullRankOptions)
  | ({ readonly kind: 'increasing map' } & IncreasingOptions)
  | ({ readonly kind: 'rotation' } & RotationOptions)
  | ({ readonly kind: 'coupling flow' } & RealNvpOptions)

/** A part of a chain, with the name of its weights. */
export interface NamedPart {
  readonly name: string
  readonly part: ChainPart
}

/** Widths of a chain. */
export interface ChainWidths {
  /** Units of z. */
  readonly latent: number
  /** Dimension of x. */
  readonly dim: number
  /** Hidden units of the parts that act on z. */
  readonly hiddenLatent: number
  /** Hidden units of the parts behind the full-rank map. */
  readonly hidden: number
}

type Maker<K extends InjectiveKind> = (
  scope: Parameters,
  name: string,
  from: number,
  to: number,
  options: Omit<Extract<ChainPart, { kind: K }>, 'kind'>,
  hidden: number,
) => InjectivePart

const makers: { readonly [K in InjectiveKind]: Maker<K> } = {
  'Brenier map': (scope, name, from, _, options, hidden) =>
    brenier(scope, name, from, { hidden, ...options }),
  'convolutional Brenier map': (scope, name, from, _, options) =>
    convolutionalBrenier(scope, name, from, options),
  'twist layer': (scope, name, from, _, options, hidden) => twist(scope, name, from, { hidden, ...options }),
  'full-rank map': (scope, name, from, to, options) => fullRank(scope, name, from, to, options),
  'increasing map': (scope, name, from, _, options) => increasing(scope, name, from, options),
  rotation: (scope, name, from, _, options) => rotation(scope, name, from, options),
  'coupling flow': (scope, name, from, _, options, hidden) =>
    couplingFlow(scope, name, from, { hidden, ...options }),
}

/**
 * The parts of an injective map R^latent → R^dim, each acting on the output of the one before. The first
 * full-rank map takes z to the width of x; the others keep the width.
 *
 * @param scope where their weights are kept.
 * @param parts what they are, with names of their weights.
 * @returns the parts, in the same order.
 * @throws ArgumentError for an unknown kind, an invalid option, or a missing full-rank map.
 */
export function buildChain(
  scope: Parameters,
  parts: readonly NamedPart[],
  { latent, dim, hiddenLatent, hidden }: ChainWidths,
): InjectivePart[] {
  const rank = parts.findIndex(({ part }) => part.kind === 'full-rank map')
  if (rank < 0 && latent < dim)
    throw new ArgumentError(
      'chain',
      parts.map(({ part }) => part.kind).join(', '),
      `a chain with a 'full-rank map', which takes ${latent} to ${dim} numbers`,
      "For example [{ kind: 'twist layer' }, { kind: 'full-rank map' }, { kind: 'twist layer' }].",
    )
  return parts.map(({ name, part }, i) => {
    const { kind, ...options } = part
    const from = rank >= 0 && i > rank ? dim : latent
    const to = i === rank ? dim : from
    const make = makers[kind] as Maker<InjectiveKind>
    return make(scope, name, from, to, options, i < rank || rank < 0 ? hiddenLatent : hidden)
  })
}

/** Throws unless it is a list of known parts; their options are checked when they are built. */
export function requireChain(chain: unknown): asserts chain is readonly ChainPart[] {
  if (!Array.isArray(chain) || chain.length === 0)
    throw new ArgumentError('chain', chain, "a list of parts, such as [{ kind: 'twist layer' }]")
  chain.forEach((part: unknown, i) => {
    requireOptions(`chain[${i}]`, part as object, Object.assign({}, part), "{ kind: 'twist layer' }")
    const { kind } = part as { kind?: unknown }
    if (!(typeof kind === 'string' && Object.hasOwn(makers, kind)))
      throw new ArgumentError(`chain[${i}].kind`, kind, alternatives(Object.keys(makers)))
  })
}

/**
 * The composition of the parts. A part after a full-rank map that knows how is applied together with it, over
 * the few rows of β instead of the batch.
 *
 * @param parts the chain. @param z `[rows, latent]`. @returns `[rows, dim]`.
 */
export function applyChain(parts: readonly InjectivePart[], z: tf.Tensor): tf.Tensor {
  let u = z
  for (let i = 0; i < parts.length; i++) {
    const [part, next] = [parts[i], parts.at(i + 1)]
    if (isFullRank(part) && part.bias && next?.after) {
      u = next.after(u, part.matrix(), part.bias)
      i++
    } else u = part.apply(u)
  }
  return u
}

/** True for the linear map of full rank. */
export const isFullRank = (part: InjectivePart): part is FullRank => part.kind === 'full-rank map'
