import * as tf from '@tensorflow/tfjs'
import { ArgumentError, requirePositive } from '../base/errors'
import { requireOptions } from '../base/options'
import { remember } from '../base/provenance'
import type { Objective } from '../training/objective'

/** Options of `freeBits`: one of the two. */
export interface FreeBitsOptions {
  /** λ: nats that each unit of z, and w, may hold free of charge. */
  perUnit?: number
  /** λ: nats that z and w together may hold free of charge. */
  total?: number
}

/**
 * Free bits: KL below a threshold costs nothing, so that nothing is gained by lowering it further. Per unit, the cost is Σ_u max(λ, KL_u), w counting as one unit more;
 * in total, max(λ, KL_z + KL_w). The KL is the batch's mean before the maximum is taken. At λ = 0 no maximum is taken, and it is the ELBO, bit for bit.
 *
 * @param options `{ perUnit }` or `{ total }`, in nats.
 * @returns the objective, for the option `objective` of `fit`.
 * @throws ArgumentError when neither or both are given, or λ is negative.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.freeBits({ perUnit: 0.1 }) })
 * @see Kingma et al. 2016, eq. 15; in total: Pelsmaeker & Aziz 2020, section 3.2 (after Kingma et al. 2016, appendix C.8).
 */
export function freeBits(options: FreeBitsOptions): Objective {
  requireOptions('freeBits', options, { perUnit: true, total: true }, '{ perUnit: 0.1 }')
  const { perUnit, total } = options
  if ((perUnit === undefined) === (total === undefined))
    throw new ArgumentError(
      'freeBits(options)',
      options,
      '{ perUnit } or { total }',
      'Say for what λ nats are free: each unit, or all together.',
    )
  const free = (perUnit ?? total)!
  requirePositive(perUnit === undefined ? 'total' : 'perUnit', free, true)
  const atLeast = (kl: tf.Tensor): tf.Tensor => (free > 0 ? tf.maximum(kl, free) : kl)
  return remember('freeBits', [options], {
    name: 'freeBits',
    ofParts: ({ reconstruction, klUnits, klZ, klW }, klWeight, model) => {
      // Without components w has no KL to set free.
      const w = model.components > 1 ? atLeast(klW) : klW
      const kl =
        perUnit === undefined
          ? atLeast(tf.add(klZ, klW))
          : tf.add(free > 0 ? tf.sum(atLeast(klUnits)) : klZ, w)
      return tf.sub<tf.Scalar>(tf.mul(klWeight, kl), reconstruction)
    },
  } satisfies Objective)
}
