import * as tf from '@tensorflow/tfjs'
import type { Points } from '../data/modelData'
import { Draws, drawKey } from '../compute/draws'
import type { StepReport } from '../compute/step'
import { NumericalError } from '../base/errors'
import { hasContext } from '../models/context'
import type { Model } from '../models/model'

/** Checks the model in the order of its computation and names the first part that is not finite. */
export function explainNonFinite(
  model: Model,
  x: Points['x'],
  report: StepReport,
  step: number,
  epoch: number,
  rate: number,
  clipNorm?: number,
): NumericalError {
  const where = firstNonFinite(model, x) ?? nonFiniteTerm(report)
  const kept = where.startsWith(WEIGHT) ? '' : ' All weights are still finite.'
  return new NumericalError(
    `training of the ${model.kind} stopped at step ${step} (epoch ${epoch}): the loss is ${report.values.loss}, the norm of the gradient ` +
      `${report.gradientNorm}. It arose in ${where}.${kept} ` +
      (inTheData(x.values) ??
        (step === 1 ? remedyAtStart(model, where, x.values) : remedyOfStep(x.values, rate, clipNorm))),
  )
}

/** How `firstNonFinite` begins what it says of a weight. */
const WEIGHT = 'the weight '
/** Real numbers beyond this lose their squares' precision, or overflow, in the first step. */
const FAR = 1e4
/** Counts beyond this, as they are, put z so far out that the exponential of the log-rate overflows. */
const HIGH = 30

function inTheData(numbers: ArrayLike<number>): string | undefined {
  for (let i = 0; i < numbers.length; i++)
    if (!Number.isFinite(numbers[i]))
      return `Number ${i} of this batch is ${numbers[i]}: correct that row of the data, or leave it out.`
  return undefined
}

/** What can help where no weight has moved yet, so that neither the rate nor clipping is at fault. */
function remedyAtStart(model: Model, where: string, numbers: ArrayLike<number>): string {
  const start = 'No step was taken yet'
  if (where.startsWith(WEIGHT))
    return `${start}: build the model again, or go back to one whose weights are finite.`
  const isRows = model.conditional.of === 'rows'
  const encode = isRows ? model.likelihood.encode : undefined
  const far = Math.max(...extremes(numbers).map(Math.abs))
  const data = range(numbers)
  if (encode === 'counts' && far > HIGH)
    return `${start}: it is the data. ${sentence(data)}, and enter the encoder as they are: leave out encode: 'counts', so that log(1 + x) enters it.`
  if (isRows && encode === undefined && far > FAR)
    return `${start}: it is the data. ${sentence(data)}: subtract their mean, and divide them by their standard deviation.`
  const fine = isRows ? `${data}, which is no cause of it` : 'the tokens are no cause of it'
  return (
    `${start}, and ${fine}: it is the start. If a part of the model is your own, look there for a division by 0, a logarithm of 0 or ` +
    'the exponential of a large number. If the weights are not those that the model was built with, build it again, or load one that was trained well.'
  )
}

/** What can help after good steps: nothing that is in use. */
const remedyOfStep = (numbers: ArrayLike<number>, rate: number, clipNorm?: number): string =>
  `Try a rate below ${rate}${clipNorm === undefined ? ' or clipNorm: 5' : ` or a clipNorm below ${clipNorm}`}; ${range(numbers)}.`

function extremes(numbers: ArrayLike<number>): [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity]
  for (let i = 0; i < numbers.length; i++) {
    least = Math.min(least, numbers[i])
    most = Math.max(most, numbers[i])
  }
  return [least, most]
}

function range(numbers: ArrayLike<number>): string {
  const [least, most] = extremes(numbers)
  return `the data of this batch lie between ${least} and ${most}`
}

const sentence = (text: string): string => text[0].toUpperCase() + text.slice(1)

function firstNonFinite(model: Model, { values, shape }: Points['x']): string | undefined {
  if (!values.every(Number.isFinite)) return 'the data of this batch'
  for (const [name, weight] of model.parameters.variables) if (!allFinite(weight)) return `${WEIGHT}${name}`
  return tf.tidy(() => {
    const rows = tf.tensor(values, shape)
    const { mean, sd, logW } = model.posterior.encode(rows)
    if (!allFinite(logW)) return 'the encoder: q(w|x)'
    if (!allFinite(mean)) return 'the encoder: the mean of q(z|x)'
    if (!allFinite(sd)) return 'the encoder: the standard deviation of q(z|x)'
    if (model.conditional.of === 'rows' && !hasContext(model.conditional)) {
      const eta = model.decoder.apply(tf.reshape(mean, [-1, model.latent]))
      if (!allFinite(eta)) return "the decoder: the likelihood's parameters η(z)"
    }
    const terms = model.elboTerms(rows, new Draws(drawKey(0, 0)))
    if (!allFinite(terms.reconstruction)) return 'the reconstruction term, log p(x|z)'
    if (!allFinite(terms.klZ)) return 'the KL of z'
    if (!allFinite(terms.klW)) return 'the KL of w'
    return undefined
  })
}

const allFinite = (tensor: tf.Tensor): boolean => (tensor.dataSync() as Float32Array).every(Number.isFinite)

function nonFiniteTerm(report: StepReport): string {
  const term = Object.entries(report.values).find(([, value]) => !Number.isFinite(value))
  return term ? `the term ${term[0]}, for the noise of this step` : 'the gradient'
}
