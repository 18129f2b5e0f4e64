import { normals } from '../../compute/philox'
import { permutation, streamKey } from '../../compute/streams'
import type { Normals } from './componentPairs'
import { inUnitsOfGamma } from './offsets'

/**
 * How a pair was made: a step along one unit, a step in a random direction, two draws of one component, or of
 * two components.
 */
export type PairKind = 'axis' | 'near' | 'far' | 'across'

/** The kinds, in the order of `startingPairs`, with an equal number of pairs each. */
export const PAIR_KINDS: readonly PairKind[] = ['axis', 'near', 'far', 'across']

/** Two codes, each given by a component of the prior and an offset from its mean in units of γ. */
export interface StandardPair {
  /** How it was made. */
  kind: PairKind
  /** The unit along which the two differ; only for kind `'axis'`. */
  unit?: number
  /** Components of the two codes, from 0. */
  components: [number, number]
  /** v with z = m + γ v for both codes, each `[latent]`. */
  offsets: [Float32Array, Float32Array]
}

/** The properties of a prior that the search needs. */
export interface PriorNumbers extends Normals {
  mean: Float32Array
  sd: Float32Array
  factor?: Float32Array
  components: number
  latent: number
}

/**
 * Starting pairs, `count / 4` of each kind. The first axis pairs are centred on the mean of a component, one
 * per unit; the others, and all pairs of other kinds, start from draws of the prior. They depend only on the
 * seed and the shape of the prior.
 */
export function startingPairs(
  prior: PriorNumbers,
  count: number,
  step: number,
  seed: number,
): StandardPair[] {
  const { components, latent } = prior
  const key = streamKey(seed, 'sampling', 'witness')
  const each = count / PAIR_KINDS.length
  let draws = 0
  const normal = () => normals(key, draws++, latent)
  // In a separate order, so that even a few axis pairs cover every component.
  const order = permutation(components, key)
  const pairs: StandardPair[] = []
  for (const kind of PAIR_KINDS)
    for (let i = 0; i < each; i++) {
      const cycle = kind === 'axis' ? Math.floor(i / latent) : i
      const first = order[cycle % components]
      const second =
        kind === 'across' && components > 1
          ? order[(cycle + 1 + (Math.floor(cycle / components) % (components - 1))) % components]
          : first
      const unit = i % latent
      if (kind === 'axis' || kind === 'near') {
        const direction =
          kind === 'axis' ? Float32Array.from({ length: latent }, (_, u) => +(u === unit)) : normal()
        const base = kind === 'axis' && cycle < components ? new Float32Array(latent) : normal()
        pairs.push({
          kind,
          ...(kind === 'axis' ? { unit } : {}),
          components: [first, first],
          offsets: straddle(base, direction, (move) => inUnitsOfGamma(prior, first, move), step),
        })
      } else pairs.push({ kind, components: [first, second], offsets: [normal(), normal()] })
    }
  return pairs
}

/**
 * Two offsets `step` apart along a direction, both in units of z, half on each side of a base point, which is
 * in units of γ.
 */
function straddle(
  base: Float32Array,
  direction: ArrayLike<number>,
  inUnits: (move: ArrayLike<number>) => Float64Array,
  step: number,
): [Float32Array, Float32Array] {
  let square = 0
  for (let u = 0; u < base.length; u++) square += direction[u] ** 2
  const scale = step / (2 * Math.sqrt(square))
  const move = inUnits(Array.from(direction, (x) => scale * x))
  return [base.map((v, u) => v - move[u]), base.map((v, u) => v + move[u])]
}
