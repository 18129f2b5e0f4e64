import * as tf from '@tensorflow/tfjs'
import type { Draws } from '../compute/draws'
import type { LossAndGradients, Reported } from '../compute/gradients'
import type { Parameters } from '../compute/parameters'
import type { ElboTerms, Model } from '../models/model'
import { tryOut } from '../models/ownPart'
import { isBuiltIn, withProvenance } from '../base/provenance'
import type { Series } from './series'

/** What training maximises: either a function of the ELBO's parts, or a custom loss on a model. */
export interface Objective {
  /** Its name, `'elbo'`, `'freeBits'` … */
  readonly name: string
  /**
   * The weight of the KL terms in its loss, given the one of the options and the schedule; the history
   * records it. The given one by default.
   */
  klWeight?(given: number): number
  /** True when its loss has no weight of the KL: `klWeight` must stay 1. */
  readonly fixedKlWeight?: boolean
  /** Custom quantities that it reports at every step. */
  readonly series?: readonly Series[]
  /** Why it cannot train this model, in one line; undefined where it can. */
  refusal?(model: Model): string | undefined
  /** The loss from the ELBO's parts and the weight of the KL, nats. */
  readonly ofParts?: (parts: ElboParts, klWeight: tf.Tensor, model: Model) => tf.Scalar
  /** The model as it is validated, where this objective's inference is more than the encoder. */
  inEvaluation?(model: Model): Model
  /** The loss on a model, with the objective's own weights where it needs any. */
  on?(model: Model, own: Parameters): ObjectiveOn
}

/** An objective applied to a model. */
export interface ObjectiveOn {
  /** The loss on a batch, and the other reported values: the ELBO's parts, and the objective's own series. */
  readonly loss: (batch: StepBatch, draws: Draws) => Reported
  /** Its gradient, where it is not simply that of the loss. */
  readonly gradients?: (batch: StepBatch, draws: Draws, variables: tf.Variable[]) => LossAndGradients
}

/** A batch within a step. */
export interface StepBatch {
  /** Data points, `[batch, dim]`; texts as `<s>`, tokens, `</s>`, int32 `[batch, length]`. */
  x: tf.Tensor
  /** 1 for each row that counts, `[batch]`; absent where all do. */
  weight?: tf.Tensor
  /** The weight of the KL terms. */
  klWeight: tf.Tensor
}

/** The ELBO's parts, means over the batch, nats. */
export interface ElboParts {
  /** E_q log p(x|z). */
  reconstruction: tf.Tensor
  /** KL of each unit of z, `[latent]`. */
  klUnits: tf.Tensor
  /** Their sum. */
  klZ: tf.Tensor
  /** KL of w. */
  klW: tf.Tensor
}

/** Mean over the rows of a batch, `[batch, …]`, weighted where weights are given. */
export const meanOverBatch = (rows: tf.Tensor, weight?: tf.Tensor): tf.Tensor =>
  weight
    ? tf.div(
        tf.sum(tf.mul(rows, tf.reshape(weight, [-1, ...rows.shape.slice(1).fill(1)])), 0),
        tf.sum(weight),
      )
    : tf.mean(rows, 0)

/** The ELBO's parts of a batch. */
export function meanParts(terms: ElboTerms, weight?: tf.Tensor): ElboParts {
  const klUnits = meanOverBatch(terms.klZ, weight)
  return {
    reconstruction: meanOverBatch(terms.reconstruction, weight),
    klZ: tf.sum(klUnits),
    klW: meanOverBatch(terms.klW, weight),
    klUnits,
  }
}

/**
 * Tries a custom objective, a function of the ELBO's parts, on typical values of them.
 *
 * @throws ArgumentError where it fails, returns anything but one number, or has weights outside of the
 *   model's parameters.
 */
export function tryObjective(objective: Objective, model: Model): void {
  const { ofParts } = objective
  if (!ofParts || isBuiltIn(objective)) return
  const loss = (): tf.Tensor => {
    const klUnits = tf.ones([model.latent])
    const parts = { reconstruction: tf.scalar(-1), klUnits, klZ: tf.sum(klUnits), klW: tf.scalar(0.5) }
    return ofParts(parts, tf.scalar(1), model)
  }
  tryOut('objective.ofParts', loss, [], model.parameters)
}

/** An objective applied to a model; for a function of the ELBO's parts, these are computed first. */
export function objectiveOn(objective: Objective, model: Model, own?: Parameters): ObjectiveOn {
  const { ofParts } = objective
  if (!ofParts) return objective.on!(model, own!)
  return {
    loss: ({ x, weight, klWeight }, draws) => {
      const terms = model.elboTerms(x, draws, draws)
      const parts = meanParts(terms, weight)
      return { loss: ofParts(parts, klWeight, model), ...parts, ...statisticsOf(terms) }
    },
  }
}

/** The batch statistics that the posterior keeps, for the report. */
export const statisticsOf = ({ statistics }: Pick<ElboTerms, 'statistics'>): Record<string, tf.Tensor> =>
  statistics ? { statistics } : {}

/** −(E_q log p(x|z) − klWeight · (KL_z + KL_w)). */
export const weightedElbo = ({ reconstruction, klZ, klW }: ElboParts, klWeight: tf.Tensor): tf.Scalar =>
  tf.sub<tf.Scalar>(tf.mul(klWeight, tf.add(klZ, klW)), reconstruction)

/**
 * The evidence lower bound, E_q log p(x|z) − KL(q ‖ p): what `fit` maximises by default.
 *
 * @returns the objective, for the option `objective` of `fit`.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.elboObjective() })
 * @see Kingma & Welling 2014, eq. 10.
 */
export const elboObjective = (): Objective =>
  withProvenance('elboObjective', [], { name: 'elbo', ofParts: weightedElbo })
