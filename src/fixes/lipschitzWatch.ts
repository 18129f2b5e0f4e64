import * as tf from '@tensorflow/tfjs'
import { withProvenance } from '../base/provenance'
import type { Draws } from '../compute/draws'
import { decoderOf } from '../models/context'
import type { Model } from '../models/model'
import { elboObjective, objectiveOn, type Objective } from '../training/objective'

/** Pairs of codes per step. */
const PAIRS = 8

/**
 * The ELBO, and as a further report how far the likelihood's parameters move per unit of z: the minimum over
 * a few pairs of draws from the prior, compared with the bound L of an inverse-Lipschitz decoder.
 */
export const lipschitzWatch = (bound: number): Objective =>
  withProvenance('lipschitzWatch', [bound], {
    name: 'elbo',
    series: [
      {
        name: 'steepness',
        panel: { title: 'How far η moves for one unit of z', unit: 'units of η', from: 0 },
        line: `least of ${PAIRS} pairs`,
        target: { line: 'L', value: bound },
      },
    ],
    on: (model) => {
      const { loss } = objectiveOn(elboObjective(), model)
      return {
        loss: (batch, draws) => ({ ...loss(batch, draws), steepness: steepness(model, batch.x, draws) }),
      }
    },
  } satisfies Objective)

/** min ‖η(z) − η(z′)‖ / ‖z − z′‖ over pairs of draws from the prior; for texts over their tokens too. */
export function steepness(model: Model, x: tf.Tensor, draws: Draws): tf.Tensor {
  const pairs = Math.min(PAIRS, x.shape[0])
  const z = model.drawPrior(draws.part('one'), pairs)
  const other = model.drawPrior(draws.part('other'), pairs)
  const moved = (at: (codes: tf.Tensor) => tf.Tensor): tf.Tensor => tf.norm(tf.sub(at(z), at(other)), 2, -1)
  const far =
    model.conditional.of === 'texts'
      ? moved((codes) => model.texts.logits(tf.slice(x, [0, 0], [pairs, x.shape[1]!]), codes))
      : moved((codes) => decoderOf(model).apply(codes))
  return tf.min(tf.div(far, tf.norm(tf.sub(z, other), 2, -1)))
}
