import * as tf from '@tensorflow/tfjs'
import { requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import type { Objective } from '../training/objective'

import { describeFix } from './fix'

/** Options of `freeBits`. */
export interface FreeBitsOptions {
  /** λ: nats of KL that each unit of z, and w, may have without cost; 0.5 by default. */
  perUnit?: number
}

const DEFAULTS = { perUnit: 0.5 }

/**
 * Free bits: KL below a threshold costs nothing, so that lowering it further gains nothing. The cost is Σ_u
 * max(λ, KL_u), where w counts as one more unit. The KL is the batch's mean before the maximum is taken. At λ
 * = 0 no maximum is taken, and it is the ELBO, bit for bit.
 *
 * @param options `{ perUnit = 0.5 }`, nats.
 * @returns the objective, for the option `objective` of `fit`.
 * @throws ArgumentError when λ is negative.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.fixes.freeBits({ perUnit: 0.1 }) })
 * @see Kingma et al. 2016, eq. 15.
 */
export function freeBits(options: FreeBitsOptions = {}): Objective {
  const { perUnit } = resolveOptions('freeBits', options, { perUnit: DEFAULTS.perUnit })
  requirePositive('perUnit', perUnit, true)
  return withProvenance('freeBits', [{ perUnit }], {
    name: 'freeBits',
    ofParts: ({ reconstruction, klUnits, klZ, klW }, klWeight, model) => {
      // Without components w has no KL.
      const w = model.components > 1 ? atLeast(klW, perUnit) : klW
      const kl = tf.add(perUnit > 0 ? tf.sum(atLeast(klUnits, perUnit)) : klZ, w)
      return tf.sub<tf.Scalar>(tf.mul(klWeight, kl), reconstruction)
    },
  } satisfies Objective)
}

/** The KL, or λ where it is below: the part that costs something. */
export const atLeast = (kl: tf.Tensor, free: number): tf.Tensor => (free > 0 ? tf.maximum(kl, free) : kl)

const fix = describeFix(
  {
    title: 'Free bits',
    part: 'objective',
    summary: 'KL below λ costs nothing, for each unit.',
    equation: 'E_q log p(x|z) − Σ_u max(λ, KL_u)',
    source: 'Kingma et al. 2016, eq. 15',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ fit: { objective: freeBits(settings) } }),
)
freeBits.about = fix.about
freeBits.on = fix.on
