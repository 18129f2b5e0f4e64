import * as tf from '@tensorflow/tfjs'
import { pieces } from '../data/modelData'
import type { TextSet } from '../data/text/textSet'
import { requireEngine } from '../compute/engine'
import { evaluateOnce, type StepInputs } from '../compute/step'
import { streamKey } from '../compute/streams'
import { ArgumentError, requireInteger } from '../base/errors'
import { requireOptions } from '../base/options'
import { printedAs } from '../base/consoleSummary'
import type { Model, ModelKind } from '../models/model'
import { requireModel } from '../models/requireModel'
import { Work } from '../platform/cancellation'

/** What is guaranteed of a model as it stands. */
export interface Certificate {
  /** Which builder made the model. */
  readonly model: ModelKind
  /** c > 0 with ‖η(z) − η(z′)‖ ≥ c ‖z − z′‖ for all z, z′; 0 when the model guarantees nothing. */
  readonly constant: number
  /** μ of the Brenier map that acts on z, of texts on z beside the LSTM's output. */
  readonly mu1?: number
  /** The least singular value of β as it stands. */
  readonly sigmaMin?: number
  /** μ of the Brenier map that acts on η, of texts with the cheap head on what comes before the vocabulary. */
  readonly mu2?: number
  /** The least singular value of the map to the vocabulary as it stands; of texts with the cheap head only. */
  readonly sigmaMinOutput?: number
  /** Least distance between two component means in units of γ (the larger γ of the two, unit by unit); of mixtures only. */
  readonly components?: number
  /** What it says, and what it does not, in words. */
  readonly words: string
}

/**
 * Certifies the model as it stands: ‖η(z) − η(z′)‖ ≥ μ₂ σ_min(β) μ₁ ‖z − z′‖ (of texts, at every step and history, times σ_min of the map to the vocabulary), and for a mixture the least distance between component means in units of γ.
 * It excludes p(·|z) = p(·|z′) as distributions. It does not bound KL, active units or flatness on given data, and distinct p(z|w) are no proof that
 * the p(x|w) differ: `diagnose` decides those.
 *
 * @param model a model; of one without injective decoder the constant is 0.
 * @returns the constants and what they mean.
 * @throws ArgumentError for what is no model; EngineError before `ready()`.
 * @example
 * lid.certify(model).constant
 * @see Wang, Blei, Cunningham 2021, section 3, proposition 2.
 */
export function certify(model: Model): Certificate {
  requireEngine('certify')
  requireModel(model)
  const { injective } = model.conditional
  const output = injective?.output
  const parts = injective && {
    mu1: injective.g1.mu,
    sigmaMin: injective.beta.smallestSingularValue(),
    mu2: injective.g2.mu,
    ...(output && { sigmaMinOutput: output.smallestSingularValue() }),
  }
  const constant = parts ? parts.mu1 * parts.sigmaMin * parts.mu2 * (parts.sigmaMinOutput ?? 1) : 0
  const components = model.components > 1 ? leastComponentDistance(model) : undefined
  const where = model.conditional.of === 'texts' ? ' at every word, whatever stands before it' : ''
  const ofZ = parts
    ? `Two codes z, z′ always give likelihoods whose parameters differ by at least ${constant.toPrecision(3)} ‖z − z′‖${where}.`
    : 'Nothing keeps two codes from giving the same likelihood.'
  const ofW =
    components === undefined
      ? ''
      : ` The nearest two component means lie ${components.toPrecision(3)} γ apart${model.prior.distinct ? ', and no training can merge them' : ', which training may change'}.`
  const certificate = { model: model.kind, constant, ...parts, components, words: ofZ + ofW }
  return printedAs(certificate, sayCertificate)
}

function sayCertificate({ model, constant, mu1, sigmaMin, mu2, sigmaMinOutput, words }: Certificate): string {
  const factors = { 'μ₁': mu1, σ_min: sigmaMin, 'μ₂': mu2, 'σ_min of the output': sigmaMinOutput }
  const of = Object.entries(factors).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value.toPrecision(3)}`],
  )
  return `Certificate of ${model}: constant ${constant.toPrecision(3)}${of.length ? ` (${of.join(', ')})` : ''}\n  ${words}`
}

function leastComponentDistance(model: Model): number {
  const { mean, sd } = evaluateOnce(() => model.prior.moments(), {}, [0, 0])
  const { components, latent } = model
  let least = Infinity
  for (let j = 0; j < components; j++)
    for (let k = 0; k < j; k++) {
      let sum = 0
      for (let u = 0; u < latent; u++) {
        const gamma = Math.max(sd.values[j * latent + u], sd.values[k * latent + u])
        sum += ((mean.values[j * latent + u] - mean.values[k * latent + u]) / gamma) ** 2
      }
      least = Math.min(least, Math.sqrt(sum))
    }
  return least
}

/** Options of `certificateRatios`. */
export interface RatioOptions {
  /** Pairs of codes; 1000 by default. */
  pairs?: number
  /** Seed of the codes; 0 by default. */
  seed?: number
  /** Texts along which a model of texts is asked, the pairs dealt out among the first twenty; of such a model only, and wanted there. */
  texts?: TextSet
}

/**
 * ‖η(z) − η(z′)‖ / ‖z − z′‖ for pairs of codes drawn from the prior, near and far: what the certificate's constant must lie below. Of a model of texts
 * the least over the words of a text, min_t ‖η_t(z) − η_t(z′)‖ / ‖z − z′‖.
 *
 * @param model a model.
 * @param options `{ pairs = 1000, seed = 0, texts }`.
 * @returns a ratio a pair, `[pairs]`, without unit.
 * @throws ArgumentError when pairs is not a whole number ≥ 1, or seed none ≥ 0; for a model of texts without texts.
 * @example
 * Math.min(...(await lid.certificateRatios(model))) >= lid.certify(model).constant
 */
export async function certificateRatios(model: Model, options: RatioOptions = {}): Promise<Float64Array> {
  requireOptions('certificateRatios', options, { pairs: true, seed: true, texts: true })
  const { pairs = 1000, seed = 0, texts } = options
  requireEngine('certificateRatios')
  requireModel(model)
  requireInteger('pairs', pairs)
  requireInteger('seed', seed, 0)
  const along = histories(model, texts)
  const ratios = new Float64Array(pairs)
  const chunk = Math.min(500, Math.ceil(pairs / along.length))
  const work = new Work('certificateRatios')
  try {
    for (let start = 0, i = 0; start < pairs; start += chunk, i++) {
      await work.pause()
      const count = Math.min(chunk, pairs - start)
      const { ratio } = evaluateOnce(
        (inputs, draws) => {
          const [z, other] = tf.split(model.drawPrior(draws, 2 * count), 2)
          // Half of the pairs two draws of the prior, half a step of length 10^-2 … 1 apart: no shorter, or float32 would blur the ratio.
          const direction = draws.normal('direction', [count, model.latent])
          const length = tf.pow(10, tf.mul(draws.uniform('length', [count, 1]), -2))
          const near = tf.add(z, tf.mul(direction, tf.div(length, tf.norm(direction, 2, 1, true))))
          const moved = tf.where(tf.less(draws.uniform('which', [count, 1]), 0.5), near, other)
          const far = parameterDistance(model, z, moved, inputs.x)
          return { ratio: tf.div(far, norm(tf.sub(z, moved))) }
        },
        along[i % along.length],
        [streamKey(seed, 'sampling', 'certificate'), start],
      )
      ratios.set(ratio.values, start)
    }
  } finally {
    work.end()
  }
  return ratios
}

/** Length along the last axis. */
const norm = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.square(x), -1))

/** ‖η(z) − η(z′)‖ of each pair, `[pairs]`; along a text the least over its words. */
function parameterDistance(model: Model, z: tf.Tensor, other: tf.Tensor, x?: tf.Tensor): tf.Tensor {
  if (!x) return norm(tf.sub(model.decoder.apply(z), model.decoder.apply(other)))
  const rows = tf.tile(x, [z.shape[0], 1])
  return tf.min(norm(tf.sub(model.texts.logits(rows, z), model.texts.logits(rows, other))), 0)
}

/** What stands before the words: the first texts, or nothing for a model of rows. */
function histories(model: Model, texts: TextSet | undefined): StepInputs[] {
  if (model.conditional.of === 'rows') return [{}]
  if (!texts)
    throw new ArgumentError(
      'texts',
      texts,
      'a TextSet',
      'A model of texts is asked along some: { texts: test }.',
    )
  model.conditional.requireFit(texts, 'texts')
  return pieces(texts.take(20), () => 1).map(({ x }) => ({ x }))
}
