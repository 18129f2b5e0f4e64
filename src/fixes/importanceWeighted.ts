import * as tf from '@tensorflow/tfjs'
import { requireInteger } from '../base/errors'
import { averageOverW } from '../models/posterior'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import { meanOverBatch, meanParts, statisticsOf, type Objective } from '../training/objective'
import { describeFix } from './fix'

/** Options of `importanceWeighted`. */
export interface ImportanceWeightedOptions {
  /** S, draws of z per data point; 8 by default. Time and memory of a step grow with it. */
  samples?: number
}

const DEFAULTS = { samples: 8 }

/**
 * Importance-weighted training: the bound with S draws of z,
 *   Σ_w q(w|x) E log (1/S) Σ_s p(x|z_s) p(z_s|w) / q(z_s|x, w) − KL(q(w|x) ‖ p(w)),
 * tighter with more draws, and at S = 1 the ELBO with the KL of z at the draw. It depends less on the
 * inference network, so that it does not help where the likelihood is flat.
 *
 * @param options `{ samples = 8 }`.
 * @returns the objective, for the option `objective` of `fit`; the weight of the KL stays 1.
 * @throws ArgumentError when S is not an integer ≥ 1.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.fixes.importanceWeighted({ samples: 8 }) })
 * @see Burda, Grosse, Salakhutdinov 2016, eq. 8.
 */
export function importanceWeighted(options: ImportanceWeightedOptions = {}): Objective {
  const { samples } = resolveOptions('importanceWeighted', options, { samples: DEFAULTS.samples })
  requireInteger('samples', samples)
  return withProvenance('importanceWeighted', [samples], {
    name: 'importanceWeighted',
    fixedKlWeight: true,
    on: (model) => ({
      loss: ({ x, weight }, draws) => {
        const { logRatio } = model.importanceTerms(x, draws, samples, draws)
        const bound = tf.sub(tf.logSumExp(logRatio, 1), Math.log(samples))
        const terms = model.elboTerms(x, draws, draws)
        const { logW } = model.posterior.encode(x, true)
        const loss = meanOverBatch(tf.sub(terms.klW, averageOverW(bound, tf.exp(logW))), weight)
        return { loss: loss as tf.Scalar, ...meanParts(terms, weight), ...statisticsOf(terms) }
      },
    }),
  } satisfies Objective)
}

const fix = describeFix(
  {
    title: 'Importance-weighted training',
    part: 'objective',
    summary: 'A tighter bound, with several draws of z per data point.',
    equation: 'E log (1/S) Σ_s p(x, z_s) / q(z_s|x)',
    source: 'Burda et al. 2016, eq. 8',
    keepsKl: false,
  },
  DEFAULTS,
  (settings) => ({ fit: { objective: importanceWeighted(settings) } }),
)
importanceWeighted.about = fix.about
importanceWeighted.on = fix.on
