import * as tf from '@tensorflow/tfjs'
import type { Draws } from '../compute/draws'
import { requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import type { DataSet } from '../data/dataset'
import { hasContext } from '../models/context'
import type { Model } from '../models/model'
import { drawPosterior, momentsOfZ } from '../models/posterior'
import { elboObjective, objectiveOn, type Objective } from '../training/objective'
import { describeFix, notForTexts } from './fix'

/** Options of `latentReconstruction`. */
export interface LatentReconstructionOptions {
  /** λ, nats for a squared distance of 1 in z; 1 by default. */
  weight?: number
}

const OF_TEXTS = 'It encodes the mean of x given z, which is impossible for tokens'
const OF_BRANCHES = "Its codes are those of one q(z|x), the posterior 'q(w|x) q(z|x)'"

const DEFAULTS = { weight: 1 }

/**
 * The latent reconstruction loss: the ELBO less λ E ‖z − m(D(z))‖², z a draw of q(z|x), D(z) = E[x|z] and m(x)
 * = E[z|x]. A decoder D is injective if m(D(·)) is, and it is where z comes back. It does not constrain the
 * architecture, and guarantees nothing: a large loss shows that z does not come back, a small one at the
 * codes of the data says nothing of other codes. With a context, D(z) is E[x_d | x_<d, z] along x, from which
 * z may come back although no feature depends on it. `witness` is the judge.
 *
 * @param options `{ weight = 1 }`.
 * @returns the objective, for the option `objective` of `fit`; not for texts.
 * @throws ArgumentError when the weight is negative.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.fixes.latentReconstruction({ weight: 2 }) })
 * @see Song, Kim, Lee 2025, arXiv 2508.12530.
 */
export function latentReconstruction(options: LatentReconstructionOptions = {}): Objective {
  const { weight } = resolveOptions('latentReconstruction', options, { weight: DEFAULTS.weight })
  requirePositive('weight', weight, true)
  return withProvenance('latentReconstruction', [{ weight }], {
    name: 'latentReconstruction',
    series: [
      {
        name: 'latentError',
        panel: { title: 'How far z comes back', unit: 'units of z, squared', from: 0 },
        line: '‖z − m(D(z))‖²',
      },
    ],
    refusal: (model) =>
      model.conditional.of === 'texts' ? OF_TEXTS : model.posterior.branches > 1 ? OF_BRANCHES : undefined,
    on: (model) => {
      const { loss } = objectiveOn(elboObjective(), model)
      return {
        loss: (batch, draws) => {
          const reported = loss(batch, draws)
          const latentError = errorOf(model, batch.x, batch.weight, draws.part('codes'))
          return {
            ...reported,
            loss: tf.add<tf.Scalar>(reported.loss, tf.mul(weight, latentError)),
            latentError,
          }
        },
      }
    },
  } satisfies Objective)
}

/** E ‖z − m(D(z))‖² over a batch. */
function errorOf(
  model: Model<DataSet>,
  x: tf.Tensor,
  weight: tf.Tensor | undefined,
  draws: Draws,
): tf.Tensor {
  const { posterior, conditional, observation, latent, dim } = model
  const { mean, sd } = posterior.encode(x)
  const { z } = drawPosterior(posterior.flow, mean, sd, draws.normal('z', mean.shape))
  const rows = tf.reshape(z, [-1, latent])
  const eta = hasContext(conditional)
    ? tf.reshape(conditional.eta(x, z), [-1, dim])
    : model.decoder.apply(rows)
  const back = tf.reshape(momentsOfZ(posterior, observation.mean(eta)).mean, [-1, latent])
  const each = tf.sum(tf.squaredDifference(rows, back), 1)
  return weight ? tf.div(tf.sum(tf.mul(each, weight)), tf.sum(weight)) : tf.mean(each)
}

const fix = describeFix(
  {
    title: 'Latent reconstruction',
    part: 'objective',
    summary: 'A draw of q(z|x) is to come back when its decoded mean is encoded.',
    equation: 'ELBO − λ E ‖z − E[z|x = D(z)]‖², D(z) = E[x|z]',
    source: 'Song, Kim, Lee 2025',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ fit: { objective: latentReconstruction(settings) } }),
  notForTexts(OF_TEXTS),
)
latentReconstruction.about = fix.about
latentReconstruction.on = fix.on
