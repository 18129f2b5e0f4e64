import * as tf from '@tensorflow/tfjs'
import { requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import type { Objective } from '../training/objective'
import { describeFix } from './fix'
import { atLeast } from './freeBits'

/** Options of `klThreshold`. */
export interface KlThresholdOptions {
  /** λ: nats of KL that z and w together may have without cost; 1.5 by default. */
  total?: number
}

const DEFAULTS = { total: 1.5 }

/**
 * KL threshold, or free bits of all units together: KL below λ costs nothing, the cost is max(λ, KL_z +
 * KL_w). The KL is the batch's mean before the maximum is taken. At λ = 0 no maximum is taken, and it is the
 * ELBO, bit for bit.
 *
 * @param options `{ total = 1.5 }`, nats.
 * @returns the objective, for the option `objective` of `fit`.
 * @throws ArgumentError when λ is negative.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.fixes.klThreshold({ total: 2 }) })
 * @see Pelsmaeker & Aziz 2020, section 3.2 (after Kingma et al. 2016, appendix C.8).
 */
export function klThreshold(options: KlThresholdOptions = {}): Objective {
  const { total } = resolveOptions('klThreshold', options, { total: DEFAULTS.total })
  requirePositive('total', total, true)
  // Run folders refer to it by this name.
  return withProvenance('freeBits', [{ total }], {
    name: 'freeBits',
    ofParts: ({ reconstruction, klZ, klW }, klWeight) =>
      tf.sub<tf.Scalar>(tf.mul(klWeight, atLeast(tf.add(klZ, klW), total)), reconstruction),
  } satisfies Objective)
}

const fix = describeFix(
  {
    title: 'KL threshold',
    part: 'objective',
    summary: 'KL below λ costs nothing, summed over all units.',
    equation: 'E_q log p(x|z) − max(λ, KL)',
    source: 'Kingma et al. 2016, appendix C.8',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ fit: { objective: klThreshold(settings) } }),
)
klThreshold.about = fix.about
klThreshold.on = fix.on
