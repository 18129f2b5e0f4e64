import { sampled } from '../data/sampled'
import * as tf from '@tensorflow/tfjs'
import { pieces } from '../data/modelData'
import type { TextSet } from '../data/text/textSet'
import { solveLower } from '../distributions/triangular'
import { requireEngine } from '../compute/engine'
import { evaluateOnce, type StepInputs } from '../compute/step'
import { streamKey } from '../compute/streams'
import { ArgumentError, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withConsoleSummary } from '../base/consoleSummary'
import type { InjectiveKind } from '../layers/injective'
import { decoderOf } from '../models/context'
import type { Model, ModelKind } from '../models/model'
import { requireModel } from '../models/requireModel'
import { Work } from '../platform/cancellation'

/** One part of an injective map, and how much it expands distances at least. */
export interface CertifiedPart {
  /** What it is. */
  readonly kind: InjectiveKind
  /** c with ‖f(u) − f(v)‖ ≥ c ‖u − v‖ for the current weights; undefined if injective without a constant. */
  readonly expansion?: number
  /** The same for every weight. */
  readonly floor?: number
}

/** What is guaranteed for a model with its current weights. */
export interface Certificate {
  /** Kind of model: the name of its builder. */
  readonly model: ModelKind
  /** c > 0 with ‖η(z) − η(z′)‖ ≥ c ‖z − z′‖ for all z, z′; 0 if the model guarantees nothing. */
  readonly constant: number
  /** The same constant for every weight, which no training can undercut; 0 if there is none. */
  readonly floor: number
  /** The injective parts in the order in which they act: the constant is the product of theirs. */
  readonly parts?: readonly CertifiedPart[]
  /**
   * The constant of the parts before β, which act on z (for texts, on z together with the LSTM's output): μ of
   * the Brenier map, as in the paper.
   */
  readonly mu1?: number
  /** The smallest singular value of the current β. */
  readonly sigmaMin?: number
  /**
   * The constant of the parts after β, which act on η (for texts with the cheap head, on the input of the map
   * to the vocabulary): μ of the Brenier map, as in the paper.
   */
  readonly mu2?: number
  /** The smallest singular value of the current map to the vocabulary; only for texts with the cheap head. */
  readonly sigmaMinOutput?: number
  /**
   * Smallest distance between two component means in units of γ (per unit, the larger γ of the two); with full
   * covariance the Mahalanobis distance, by the covariance for which it is smaller. Only for mixtures.
   */
  readonly components?: number
  /** What the certificate guarantees, and what it does not, as text. */
  readonly summary: string
}

/**
 * Certifies the model with its current weights: ‖η(z) − η(z′)‖ ≥ μ₂ σ_min(β) μ₁ ‖z − z′‖ (for texts, at every
 * step and history, times σ_min of the map to the vocabulary), and for a mixture the smallest distance
 * between component means in units of γ. It excludes p(·|z) = p(·|z′) as distributions. It does not bound KL,
 * active units or flatness on given data, and distinct p(z|w) do not prove that the p(x|w) differ: `diagnose`
 * measures these.
 *
 * @param model a model; without an injective decoder the constant is 0.
 * @returns the constants and what they mean as text.
 * @throws ArgumentError if it is not a model; EngineError before `ready()`.
 * @example
 * lid.certify(model).constant
 * @see Wang, Blei, Cunningham 2021, section 3, proposition 2.
 */
export function certify(model: Model): Certificate {
  requireEngine('certify')
  requireModel(model)
  const { injective } = model.conditional
  const output = injective?.output
  const parts = injective?.chain.map(({ kind, floor, ...part }) => ({
    kind,
    expansion: part.expansion(),
    floor,
  }))
  const factors = parts && {
    ...factorsOf(parts),
    ...(output && { sigmaMinOutput: output.smallestSingularValue() }),
  }
  const constant = factors ? factors.mu1 * factors.sigmaMin * factors.mu2 * (factors.sigmaMinOutput ?? 1) : 0
  const floor = parts ? productOf(parts, 'floor') * (output?.anchor ?? 1) : 0
  const components = model.components > 1 ? leastComponentDistance(model) : undefined
  const where = model.conditional.of === 'texts' ? ' at every token, whatever the tokens before it' : ''
  const unbounded = parts?.find(({ expansion }) => expansion === undefined)
  const ofZ = unbounded
    ? `Two different codes always give different likelihoods${where}, but no constant bounds by how much: a ${unbounded.kind} has none.`
    : parts
      ? `Two codes z, z′ always give likelihoods whose parameters differ by at least ${constant.toPrecision(3)} ‖z − z′‖${where}.`
      : 'Two different codes may give the same likelihood.'
  const ofW =
    components === undefined
      ? ''
      : ` The nearest two component means lie ${components.toPrecision(3)} ${model.prior.factor ? 'apart by their Mahalanobis distance' : 'γ apart'}${model.prior.distinct ? ', and training cannot merge them' : ', which training may change'}.`
  const certificate = {
    model: model.kind,
    constant,
    floor,
    parts,
    ...factors,
    components,
    summary: ofZ + ofW,
  }
  return withConsoleSummary(certificate, formatCertificate)
}

/** The product of one kind of constant over the parts; 0 where a part has none. */
const productOf = (parts: readonly CertifiedPart[], which: 'expansion' | 'floor'): number =>
  parts.reduce((product, part) => product * (part[which] ?? 0), 1)

/** The constants of what comes before, in and after the full-rank map. */
function factorsOf(parts: readonly CertifiedPart[]): { mu1: number; sigmaMin: number; mu2: number } {
  const rank = parts.findIndex(({ kind }) => kind === 'full-rank map')
  if (rank < 0) return { mu1: productOf(parts, 'expansion'), sigmaMin: 1, mu2: 1 }
  return {
    mu1: productOf(parts.slice(0, rank), 'expansion'),
    sigmaMin: parts[rank].expansion ?? 0,
    mu2: productOf(parts.slice(rank + 1), 'expansion'),
  }
}

function formatCertificate(certificate: Certificate): string {
  const { model, constant, mu1, sigmaMin, mu2, sigmaMinOutput, summary } = certificate
  const factors = { 'μ₁': mu1, σ_min: sigmaMin, 'μ₂': mu2, 'σ_min of the output': sigmaMinOutput }
  const of = Object.entries(factors).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value.toPrecision(3)}`],
  )
  return `Certificate of ${model}: constant ${constant.toPrecision(3)}${of.length ? ` (${of.join(', ')})` : ''}\n  ${summary}`
}

function leastComponentDistance(model: Model): number {
  const { mean, sd } = evaluateOnce(() => model.prior.moments(), {}, [0, 0])
  const { components, latent } = model
  const factor = model.prior.factor && evaluateOnce(() => ({ L: model.prior.factor!() })).L.values
  let least = Infinity
  for (let j = 0; j < components; j++)
    for (let k = 0; k < j; k++) {
      if (factor) {
        least = Math.min(least, mahalanobis(mean.values, factor, [j, k], latent))
        continue
      }
      let sum = 0
      for (let u = 0; u < latent; u++) {
        const gamma = Math.max(sd.values[j * latent + u], sd.values[k * latent + u])
        sum += ((mean.values[j * latent + u] - mean.values[k * latent + u]) / gamma) ** 2
      }
      least = Math.min(least, Math.sqrt(sum))
    }
  return least
}

/** ‖L⁻¹(m − m′)‖ of two components, by the one for which it is smaller. */
function mahalanobis(
  mean: Float32Array,
  factor: Float32Array,
  pair: readonly number[],
  latent: number,
): number {
  const [j, k] = pair
  const shift = Float64Array.from({ length: latent }, (_, u) => mean[j * latent + u] - mean[k * latent + u])
  const size = latent * latent
  return Math.min(
    ...pair.map((w) => Math.hypot(...solveLower(factor.subarray(w * size, (w + 1) * size), shift))),
  )
}

/** Options of `certificateRatios`. */
export interface RatioOptions {
  /** Number of pairs of codes; 1000 by default. */
  pairs?: number
  /** Seed of the codes; 0 by default. */
  seed?: number
  /**
   * Texts along which a text model is evaluated; the pairs are distributed over twenty, drawn at random.
   * Required for text models only.
   */
  texts?: TextSet
}

/**
 * ‖η(z) − η(z′)‖ / ‖z − z′‖ for pairs of codes drawn from the prior, near and far: ratios that the
 * certificate's constant must not exceed. For a text model, the minimum over the tokens of a text, min_t
 * ‖η_t(z) − η_t(z′)‖ / ‖z − z′‖.
 *
 * @param model a model.
 * @param options `{ pairs = 1000, seed = 0, texts }`.
 * @returns one ratio per pair, `[pairs]`, dimensionless.
 * @throws ArgumentError if pairs is not an integer ≥ 1 or seed not an integer ≥ 0; for a text model without
 *   texts.
 * @example
 * Math.min(...(await lid.certificateRatios(model))) >= lid.certify(model).constant
 */
export async function certificateRatios(model: Model, options: RatioOptions = {}): Promise<Float64Array> {
  const { pairs, seed, texts } = resolveOptions('certificateRatios', options, {
    pairs: 1000,
    seed: 0,
    texts: undefined,
  })
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
          // Half of the pairs are two draws of the prior; half are 10^-2 … 1 apart. Shorter steps would be
          // imprecise in float32.
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

/** ‖η(z) − η(z′)‖ of each pair, `[pairs]`; along a text the minimum over its tokens. */
function parameterDistance(model: Model, z: tf.Tensor, other: tf.Tensor, x?: tf.Tensor): tf.Tensor {
  if (!x) {
    const decoder = decoderOf(model)
    return norm(tf.sub(decoder.apply(z), decoder.apply(other)))
  }
  const rows = tf.tile(x, [z.shape[0], 1])
  return tf.min(norm(tf.sub(model.texts.logits(rows, z), model.texts.logits(rows, other))), 0)
}

/** The previous tokens: a sample of the texts, or nothing for a model of rows. */
function histories(model: Model, texts: TextSet | undefined): StepInputs[] {
  if (model.conditional.of === 'rows') return [{}]
  if (!texts)
    throw new ArgumentError(
      'texts',
      texts,
      'a TextSet',
      'A text model is evaluated along texts: { texts: test }.',
    )
  model.conditional.requireFit(texts, 'texts')
  return pieces(sampled(texts, 20, 0), () => 1).map(({ x }) => ({ x }))
}
