import * as tf from '@tensorflow/tfjs'
import { normalLogProb } from '../distributions/normal'
import { normalInit, type Parameters } from '../compute/parameters'
import { permutation, streamKey } from '../compute/streams'
import { ArgumentError, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { matMul } from '../compute/ops'
import type { Prior, PriorBuilder, PriorContext } from '../models/prior'
import { withProvenance } from '../base/provenance'
import { describeFix } from './fix'

/** Options of `vampPrior`. */
export interface VampPriorOptions {
  /** K, pseudo-inputs, in a model without w; 50 by default. A mixture has one per component. */
  components?: number
  /** Tokens of a pseudo-text, in a model of texts; 10 by default. */
  length?: number
}

const DEFAULTS = { components: 50, length: 10 }

/**
 * VampPrior: the prior is the posterior at K learned pseudo-inputs u_k, p(z) = (1/K) Σ_k q(z|u_k); in a
 * mixture q(z|u_w) replaces N(m_w, diag γ_w²). Pseudo-images are kept in (0, 1) by a sigmoid, pseudo-texts
 * are rows of embeddings; `fit` starts them at data points. The KL has no closed form and is taken at the
 * draw; for each unit it is log q(z_u|x) − log p(z_u|z_1 … z_{u−1}), whose sum is exact.
 *
 * @param options `{ components = 50, length = 10 }`.
 * @returns the builder, for a model's option `prior`.
 * @throws ArgumentError for a number of components that is not an integer ≥ 1, or, when it is built, a
 *   posterior with a flow or with z given x and w.
 * @example
 * const model = lid.vae({ likelihood: lid.bernoulli(784), latent: 16, prior: lid.fixes.vampPrior({ components: 50 }), seed: 1 })
 * @see Tomczak & Welling 2018, eq. 9.
 */
export function vampPrior(options: VampPriorOptions = {}): PriorBuilder {
  const resolved = resolveOptions('vampPrior', options, DEFAULTS)
  requireInteger('vampPrior({ components })', resolved.components)
  requireInteger('vampPrior({ length })', resolved.length)
  const build = (parameters: Parameters, components: number, latent: number, context?: PriorContext): Prior =>
    make(resolved, parameters, components, latent, context)
  return withProvenance('vampPrior', [options], Object.assign(build, { withoutW: true }))
}

function make(
  { components: count, length }: typeof DEFAULTS,
  parameters: Parameters,
  components: number,
  latent: number,
  context?: PriorContext,
): Prior {
  if (!context)
    throw new ArgumentError('prior', 'vampPrior', 'one that needs no encoder here', 'Use it in a model.')
  const ofMixture = components > 1
  const rows = ofMixture ? components : count
  const inputs = context.pseudoInputs(length)
  const free = parameters.scope('prior').variable('pseudo-inputs', [rows, ...inputs.shape], normalInit(0.5))
  /** q(z|u_k), each `[rows, latent]`. */
  const parts = (): { mean: tf.Tensor; sd: tf.Tensor } => {
    const { mean, sd } = inputs.encode(free)
    return { mean: tf.reshape(mean, [rows, latent]), sd: tf.reshape(sd, [rows, latent]) }
  }
  const startFrom: Prior['startFrom'] = (train, seed) => {
    const order = permutation(train.size, streamKey(seed, 'initialisation', 'pseudo-inputs'))
    const chosen = Array.from({ length: rows }, (_, k) => order[k % train.size])
    tf.tidy(() => free.assign(tf.tensor(inputs.startAt(train, chosen), free.shape)))
  }
  const common = { kind: 'pseudo-inputs', components, latent, startFrom } as const
  if (ofMixture) return { ...common, distinct: false, moments: parts }
  return {
    ...common,
    distinct: true,
    moments: () => momentsOfMixture(parts()),
    mixture: parts,
    logProb: (z) => mixtureLogProb(z, parts()),
    sample: (draws, many) => {
      const { mean, sd } = parts()
      const k = tf.cast(tf.floor(tf.mul(draws.uniform('prior w', [many]), rows)), 'int32')
      return tf.add(tf.gather(mean, k), tf.mul(tf.gather(sd, k), draws.normal('prior z', [many, latent])))
    },
  }
}

/** Mean and standard deviation of a mixture of normals with equal weights, each `[1, latent]`. */
function momentsOfMixture({ mean, sd }: { mean: tf.Tensor; sd: tf.Tensor }): {
  mean: tf.Tensor
  sd: tf.Tensor
} {
  const centre = tf.mean(mean, 0, true)
  const square = tf.mean(tf.add(tf.square(sd), tf.square(tf.sub(mean, centre))), 0, true)
  return { mean: centre, sd: tf.sqrt(square) }
}

/**
 * log p(z_u|z_1 … z_{u−1}) under a mixture of normals with equal weights, shaped like z: the differences of
 * log p(z_1 … z_u).
 */
export function mixtureLogProb(z: tf.Tensor, { mean, sd }: { mean: tf.Tensor; sd: tf.Tensor }): tf.Tensor {
  const [rows, latent] = mean.shape as [number, number]
  const each = normalLogProb(tf.reshape(z, [-1, 1, latent]), mean, sd)
  // Sums over the units up to u, for every component.
  const upTo = square(latent, (i, j) => (i <= j ? 1 : 0))
  const sums = tf.reshape(matMul(tf.reshape(each, [-1, latent]), upTo), [-1, rows, latent])
  const log = tf.sub(tf.logSumExp(sums, 1), Math.log(rows))
  const differences = square(latent, (i, j) => (i === j ? 1 : i === j - 1 ? -1 : 0))
  return tf.reshape(matMul(log, differences), z.shape)
}

const square = (width: number, at: (i: number, j: number) => number): tf.Tensor =>
  tf.tensor2d(
    Array.from({ length: width ** 2 }, (_, n) => at(Math.floor(n / width), n % width)),
    [width, width],
  )

const fix = describeFix(
  {
    title: 'VampPrior',
    part: 'prior',
    summary: 'The prior is the posterior at learned pseudo-inputs; in a mixture one per component.',
    equation: 'p(z) = (1/K) Σ_k q(z|u_k)',
    source: 'Tomczak & Welling 2018, eq. 9',
    keepsKl: false,
  },
  DEFAULTS,
  (settings) => ({ model: { prior: vampPrior(settings) } }),
)
vampPrior.about = fix.about
vampPrior.on = fix.on
