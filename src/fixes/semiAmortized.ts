import * as tf from '@tensorflow/tfjs'
import type { ModelData } from '../data/modelData'
import { Draws, drawKey } from '../compute/draws'
import { gradientsAt, gradientsOf, type Reported } from '../compute/gradients'
import { hash32 } from '../compute/streams'
import { requireInteger, requirePositive } from '../base/errors'
import { type OptionDefaults, resolveOptions } from '../base/options'
import type { Model } from '../models/model'
import { requireModel } from '../models/requireModel'
import { withProvenance } from '../base/provenance'
import {
  elboObjective,
  meanOverBatch,
  meanParts,
  objectiveOn,
  statisticsOf,
  weightedElbo,
  type Objective,
  type ObjectiveOn,
} from '../training/objective'
import {
  climb,
  elboAt,
  lambdaOf,
  momentsAt,
  normOfRows,
  scaled,
  throughClip,
  type Climb,
  type Lambda,
  type Slope,
} from './refinement'
import { describeFix } from './fix'

/** Options of `semiAmortized` and `refined`. */
export interface SemiAmortizedOptions {
  /** K, steps of stochastic variational inference from the encoder's output; 5 by default. */
  steps?: number
  /**
   * α, their rate, for λ = (mean, log sd, logits of w); 0.02 by default. Use a larger one for texts, whose
   * likelihood is less steep.
   */
  rate?: number
  /**
   * Maximum norm of a data point's gradient in λ; no clipping by default. It prevents steps that diverge once
   * the decoder is steep.
   */
  clipNorm?: number
}

const DEFAULTS = { steps: 5, rate: 0.02 }
const SEMI_AMORTIZED_OPTIONS = {
  ...DEFAULTS,
  clipNorm: undefined,
} satisfies OptionDefaults<SemiAmortizedOptions>

/**
 * How far λ of a data point moves for a finite difference: smaller moves suffer from float32 rounding, larger
 * ones from the third derivative.
 */
const REACH = 0.01

/**
 * Semi-amortized inference: from the encoder's output λ_0, K steps λ_{k+1} = λ_k + α ∇ELBO(λ_k), and the loss
 * is −ELBO(λ_K). The gradient passes through the steps (and their clipping), by finite differences of
 * gradients in place of second derivatives:
 *   v_K = ∇_λ loss, v_k = v_{k+1} + α ∇²ELBO(λ_k) v_{k+1}, ∇²ELBO v ≈ (∇ELBO(λ + εv) − ∇ELBO(λ − εv)) / 2ε.
 * A step costs about as much as 1 + 3K plain ones. `refined` gives the same inference in evaluation.
 *
 * @param options `{ steps = 5, rate = 0.02, clipNorm }`.
 * @returns the objective, for the option `objective` of `fit`.
 * @throws ArgumentError when the number of steps is not an integer ≥ 0, or the rate or clipNorm is not
 *   positive.
 * @example
 * const semi = { steps: 5, rate: 0.02 }
 * await lid.fit(model, train, { epochs: 8, objective: lid.fixes.semiAmortized(semi) })
 * lid.activeUnits(await lid.evaluate(lid.refined(model, semi), test))
 * @see Kim et al. 2018, algorithm 1 and section 3.2.
 */
export function semiAmortized(options: SemiAmortizedOptions = {}): Objective {
  const settings = resolveOptions('semiAmortized', options, SEMI_AMORTIZED_OPTIONS)
  requireClimb(settings)
  return withProvenance('semiAmortized', [options], {
    name: 'semiAmortized',
    series: [
      {
        name: 'refinement',
        panel: { title: 'What the inference steps gain', unit: 'nats' },
        line: 'ELBO(λ_K) − ELBO(λ_0)',
      },
    ],
    inEvaluation: (model) => refined(model, settings),
    on: (model) => ({
      // What is left without refinement; the gradient below is what training uses.
      loss: objectiveOn(elboObjective(), model).loss,
      gradients: gradientsThrough(model, settings),
    }),
  } satisfies Objective)
}

function gradientsThrough(model: Model, settings: Climb): ObjectiveOn['gradients'] {
  const { steps, rate, clipNorm } = settings
  return ({ x, weight, klWeight }, draws, variables) => {
    const slope: Slope = { model, x, klWeight, dropout: draws }
    const encoded = model.posterior.encode(x, true)
    const { path, gradients: slopes } = climb(slope, lambdaOf(model, encoded), settings, draws)
    const last = path[steps]
    const totals = new Map(variables.map((v): [string, tf.Tensor] => [v.name, tf.zerosLike(v)]))
    const add = (name: string, gradient: tf.Tensor): unknown =>
      totals.set(name, tf.add(totals.get(name)!, gradient))

    const lossAt = (lambda: Lambda): Reported => {
      const terms = model.termsAt(x, momentsAt(lambda), draws, draws)
      const parts = meanParts(terms, weight)
      return { loss: weightedElbo(parts, klWeight), ...parts }
    }
    let v = gradientsAt(() => lossAt(last).loss, last)
    const { reported, gradients } = gradientsOf(() => lossAt(last), variables)
    for (const [name, gradient] of Object.entries(gradients)) add(name, gradient)

    for (let k = steps - 1; k >= 0; k--) {
      const noise = draws.part(`svi ${k}`)
      const { up, down, scale } = aside(path[k], throughClip(v, slopes[k], clipNorm))
      // Its gradient in λ is ∇²ELBO v, that in the weights the mixed derivative times v: the rows are
      // independent.
      const slopeAlongV = (): tf.Tensor =>
        tf.sum(tf.mul(tf.sub(elboAt(slope, up, noise), elboAt(slope, down, noise)), scale))
      const found = gradientsAt(slopeAlongV, [...up, ...down, ...variables])
      const n = up.length
      variables.forEach((variable, i) => add(variable.name, tf.mul(found[2 * n + i], rate)))
      v = v.map((value, i) => tf.add(value, tf.mul(tf.add(found[i], found[n + i]), rate)))
    }
    const start = v
    const throughEncoder = gradientsAt(() => {
      const lambda = lambdaOf(model, model.posterior.encode(x, true))
      return tf.addN(lambda.map((value, i) => tf.sum(tf.mul(value, start[i]))))
    }, variables)
    variables.forEach((variable, i) => add(variable.name, throughEncoder[i]))

    const gain = meanOverBatch(tf.sub(elboAt(slope, last, draws), elboAt(slope, path[0], draws)), weight)
    const extra = { refinement: gain, ...statisticsOf(encoded) }
    for (const tensor of Object.values(extra)) tf.keep(tensor)
    return { reported: { ...reported, ...extra }, gradients: Object.fromEntries(totals) }
  }
}

/**
 * λ moved slightly up and down along v, by the same distance for every data point, and the factor for the
 * difference of the two, `[batch]`.
 */
function aside(lambda: Lambda, v: Lambda): { up: Lambda; down: Lambda; scale: tf.Tensor } {
  const length = normOfRows(v)
  const shift = scaled(v, tf.div(REACH, length))
  return {
    up: lambda.map((value, i) => tf.add(value, shift[i])),
    down: lambda.map((value, i) => tf.sub(value, shift[i])),
    scale: tf.div(length, 2 * REACH),
  }
}

/**
 * The same model with semi-amortized inference: its posterior is the encoder's output after K steps that
 * increase the ELBO. For `evaluate` and everything after it; it shares the model's weights.
 *
 * @param model a model.
 * @param options `{ steps = 5, rate = 0.02, clipNorm }`.
 * @returns a view of the model, not to be trained or freed.
 * @throws ArgumentError when the number of steps is not an integer ≥ 0, or the rate or clipNorm is not
 *   positive.
 * @example
 * const evaluation = await lid.evaluate(lid.refined(model, { steps: 20 }), test)
 * @see Kim et al. 2018, section 3.
 */
export function refined<D extends ModelData>(model: Model<D>, options: SemiAmortizedOptions = {}): Model<D> {
  const settings = resolveOptions('refined', options, SEMI_AMORTIZED_OPTIONS)
  requireModel(model)
  requireClimb(settings)
  const posterior = {
    ...model.posterior,
    encode: (x: tf.Tensor) => {
      // The same noise in every call: results must not change from one metric to the next.
      const draws = new Draws(drawKey(hash32('refined'), 0))
      const slope = { model, x, klWeight: tf.scalar(1) }
      const { path } = climb(slope, lambdaOf(model, model.posterior.encode(x)), settings, draws)
      return momentsAt(path[settings.steps])
    },
  }
  return Object.create(model, { posterior: { value: posterior, enumerable: true } }) as Model<D>
}

function requireClimb({ steps, rate, clipNorm }: Climb): void {
  requireInteger('steps', steps, 0)
  requirePositive('rate', rate)
  if (clipNorm !== undefined) requirePositive('clipNorm', clipNorm)
}

const fix = describeFix(
  {
    title: 'Semi-amortized inference',
    part: 'inference',
    summary:
      'The encoder’s output is improved by steps that increase the ELBO of each data point, and the gradient passes through them.',
    equation: 'λ_{k+1} = λ_k + α ∇ELBO(λ_k), loss −ELBO(λ_K)',
    source: 'Kim et al. 2018, algorithm 1',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({
    fit: { objective: semiAmortized(settings) },
    inEvaluation: (model) => refined(model, settings),
  }),
)
semiAmortized.about = fix.about
semiAmortized.on = fix.on
