import * as tf from '@tensorflow/tfjs'
import { encoded } from '../distributions/likelihood'
import { normalLogProb } from '../distributions/normal'
import type { DataSet } from '../data/dataset'
import type { Draws } from '../compute/draws'
import { gradientsOf, withoutGradient } from '../compute/gradients'
import { pieces } from '../compute/ops'
import type { Parameters } from '../compute/parameters'
import { requireInteger, requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { mlp } from '../layers/dense'
import { componentLogProb } from '../models/components'
import { hasContext } from '../models/context'
import type { Model } from '../models/model'
import { positive, type EncoderBuilder } from '../models/posterior'
import { withProvenance } from '../base/provenance'
import { elboObjective, objectiveOn, type Objective, type ObjectiveOn } from '../training/objective'
import { describeFix, notForTexts } from './fix'

/** Options of `mutual`. */
export interface MutualOptions {
  /** C, nats: target information of z about x under the model's joint distribution; 2 by default. */
  information?: number
  /** Weight of the penalty |I − C|; 10 by default. */
  strength?: number
  /** Units in the hidden layer of r(z|x); 128 by default. */
  hidden?: number
  /** A custom network for r: from x to means followed by unconstrained standard deviations. */
  network?: EncoderBuilder
}

const OF_TEXTS = 'Its gradient passes through x drawn from the decoder, which is impossible for tokens'
const OF_CONTEXT =
  'Its gradient passes through x drawn from the decoder, which a model with a context draws one feature at a time'

const DEFAULTS = { information: 2, strength: 10, hidden: 128 }

/**
 * Mutual autoencoder: the ELBO minus a penalty s |I − C|, where I ≤ I(x, z) is a bound on the mutual
 * information under the model's joint distribution, z from the prior and x from the decoder:
 *   I = H(z) + E_{p(z) p(x|z)} log r(z|x), r a normal whose network is trained to raise it.
 * The gradient passes through x: exactly where x is Gaussian, elsewhere straight through the draw, as if it
 * were its mean.
 *
 * @param options `{ information = 2, strength = 10, hidden = 128, network }`.
 * @returns the objective, for the option `objective` of `fit`; not for texts.
 * @throws ArgumentError when a number is not positive.
 * @example
 * await lid.fit(model, train, { epochs: 8, objective: lid.fixes.mutual({ information: 5 }) })
 * @see Phuong et al. 2018, eq. 6 to 8.
 */
export function mutual(options: MutualOptions = {}): Objective {
  const { information, strength, hidden } = resolveOptions('mutual', options, {
    information: DEFAULTS.information,
    strength: DEFAULTS.strength,
    hidden: DEFAULTS.hidden,
    network: undefined,
  })
  requirePositive('information', information)
  requirePositive('strength', strength)
  requireInteger('hidden', hidden)
  const network: EncoderBuilder = options.network ?? ((p, from, to) => mlp(p, 'r', [from, hidden, to]))
  // Run folders refer to it by this name.
  return withProvenance('mutualAutoencoder', [{ ...options, information }], {
    name: 'mutualAutoencoder',
    series: [
      {
        name: 'information',
        panel: { title: 'Information under the model', unit: 'nats' },
        line: 'I(x, z), at least',
        target: { line: 'C', value: information },
      },
    ],
    refusal: (model) =>
      model.conditional.of === 'texts' ? OF_TEXTS : hasContext(model.conditional) ? OF_CONTEXT : undefined,
    on: (model, own) => on(model, own, network, information, strength),
  } satisfies Objective)
}

function on(
  model: Model<DataSet>,
  own: Parameters,
  network: EncoderBuilder,
  target: number,
  strength: number,
): ObjectiveOn {
  const { latent } = model
  const r = network(own, model.dim, 2 * latent)
  const elbo = objectiveOn(elboObjective(), model)
  const informationOf = (draws: Draws, count: number): tf.Tensor => {
    const z = model.drawPrior(draws.part('joint'), count)
    const [mean, free] = pieces(r.apply(encoded(model.likelihood, drawX(model, z, draws.part('joint')))), 2)
    const logR = tf.sum(normalLogProb(z, mean, positive(free)), 1)
    return tf.sub(tf.mean(logR), tf.mean(logPriorOf(model, z)))
  }
  const loss: ObjectiveOn['loss'] = (batch, draws) => {
    const reported = elbo.loss(batch, draws)
    const information = informationOf(draws, batch.x.shape[0])
    const penalty = tf.mul(strength, tf.abs(tf.sub(information, target)))
    return { ...reported, loss: tf.add<tf.Scalar>(reported.loss, penalty), information }
  }
  return {
    loss,
    gradients: (batch, draws, variables) => {
      const mine = new Set(own.variables.values())
      const ofR = variables.filter((v) => mine.has(v))
      // r is trained to tighten the bound, and never to loosen it where there is too much information.
      const found = gradientsOf(
        () => loss(batch, draws),
        variables.filter((v) => !mine.has(v)),
      )
      if (ofR.length === 0) return found
      const bound = tf.variableGrads(() => tf.neg(informationOf(draws, batch.x.shape[0]).asScalar()), ofR)
      return { ...found, gradients: { ...found.gradients, ...bound.grads } }
    },
  }
}

/** A draw of x at z through which a gradient passes. */
function drawX(model: Model<DataSet>, z: tf.Tensor, draws: Draws): tf.Tensor {
  const { observation, likelihood } = model
  const eta = model.decoder.apply(z)
  if (likelihood.name === 'gaussian') return observation.sample(eta, draws)
  const mean = observation.mean(eta)
  return tf.add(
    withoutGradient((e, m) => tf.sub(observation.sample(e, draws), m), eta, mean),
    mean,
  )
}

/** log p(z) of draws of the prior, `[count]`. */
function logPriorOf({ prior, components }: Model, z: tf.Tensor): tf.Tensor {
  if (prior.logProb) return tf.sum(prior.logProb(z), -1)
  const each = tf.sum(componentLogProb(prior, tf.expandDims(z, 1)), 2)
  return tf.sub(tf.logSumExp(each, 1), Math.log(components))
}

const fix = describeFix(
  {
    title: 'Mutual autoencoder',
    part: 'objective',
    summary: 'The information under the model’s joint distribution is held at C.',
    equation: 'ELBO − s |I − C|, I = H(z) + E_{p(z) p(x|z)} log r(z|x)',
    source: 'Phuong et al. 2018, eq. 6 to 8',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ fit: { objective: mutual(settings) } }),
  notForTexts(OF_TEXTS),
)
mutual.about = fix.about
mutual.on = fix.on
