import * as tf from '@tensorflow/tfjs'
import type { BoundLikelihood, Likelihood } from '../distributions/likelihood'
import { times } from '../distributions/triangular'
import type { ModelData } from '../data/modelData'
import type { Draws } from '../compute/draws'
import type { Parameters } from '../compute/parameters'
import { ArgumentError, unquoted } from '../base/errors'
import type { Conditional, IndependentConditional, RowsConditional } from './conditional'
import { hasContext } from './context'
import type { Decoder } from './decoder'
import { averageOverW, drawPosterior, type Posterior, type PosteriorMoments } from './posterior'
import { componentKl, componentLogProb } from './components'
import { isAutoregressive, type AutoregressiveConditional } from './text/autoregressive'
import { counted, withConsoleSummary } from '../base/consoleSummary'
import type { Prior } from './prior'

/** The names of the models. */
export type ModelKind = 'vae' | 'lidvae' | 'gmvae' | 'lidmvae' | 'svae' | 'lidsvae' | 'languageModel'

/** The parts of a model. */
export interface ModelParts<D extends ModelData = ModelData> {
  /** Which builder made it. */
  kind: ModelKind
  /** Its weights. */
  parameters: Parameters
  /** p(z), or p(w) p(z|w). */
  prior: Prior
  /** p(x|z). */
  conditional: Conditional<D>
  /** q(z|x), or q(w|x) q(z|x) … */
  posterior: Posterior
}

/** The ELBO's parts at each data point, in nats. */
export interface ElboTerms {
  /** E_q log p(x|z), `[batch]`. */
  reconstruction: tf.Tensor
  /** KL of q(z|x) from the prior for each unit, averaged over q(w|x): `[batch, latent]`. */
  klZ: tf.Tensor
  /** KL(q(w|x) ‖ uniform), `[batch]`; zeros without components. */
  klW: tf.Tensor
  /** Batch statistics that the posterior keeps, if it keeps any. */
  statistics?: tf.Tensor
}

/** The terms of importance-weighted estimators. */
export interface ImportanceTerms {
  /** log p(x|z) p(z|w) / q(z|x), `[batch, samples, K]`: log-mean-exp over samples is log p(x|w). */
  logRatio: tf.Tensor
  /** log p(x|z), `[batch, samples, J]`. */
  logLikelihood: tf.Tensor
  /** The draws, `[batch, samples, J, latent]`. */
  z: tf.Tensor
  /** z₀ of each, before the flow; z itself without one. */
  base: tf.Tensor
}

/**
 * A latent variable model and its inference network: prior p(z), conditional p(x|z) and posterior q(z|x),
 * assembled by a builder (`vae`, `lidvae`, `gmvae`, `lidmvae`; for texts `svae`, `lidsvae`). Every method is
 * a pure function of tensors; `dispose` frees the weights. `Model<DataSet>` is a model of rows,
 * `Model<TextSet>` one of texts. A `Model` may be either: it goes where one of them does, and what does not
 * fit is refused when it runs.
 */
export class Model<D extends ModelData = ModelData> {
  /** Which builder made it. */
  readonly kind: ModelKind
  /** Its weights by name. */
  readonly parameters: Parameters
  /** p(z), or p(w) and p(z|w). */
  readonly prior: Prior
  /** p(x|z). */
  readonly conditional: Conditional<D>
  /** q(z|x), or q(w|x) and q(z|x) or q(z|x, w). */
  readonly posterior: Posterior
  /** Training steps taken so far. */
  steps = 0
  /** Passes over the data completed so far. */
  epochs = 0

  constructor(parts: ModelParts<D>) {
    this.kind = parts.kind
    this.parameters = parts.parameters
    this.prior = parts.prior
    this.conditional = parts.conditional
    this.posterior = parts.posterior
  }

  /** Units of z. */
  get latent(): number {
    return this.prior.latent
  }

  /** K, components of w; 1 for models without. */
  get components(): number {
    return this.prior.components
  }

  /** The family of p(x|z); models of rows only. */
  get likelihood(): Likelihood {
    return this.ofRows('likelihood').likelihood
  }

  /** The family with its own weights, such as a learned σ; models of rows only. */
  get observation(): BoundLikelihood {
    return this.ofRows('observation').observation
  }

  /** The map from z to η; models of rows only, whose features are independent given z. */
  get decoder(): Decoder {
    const conditional = this.ofRows('decoder')
    if (!hasContext(conditional)) return (conditional as IndependentConditional).decoder
    throw new ArgumentError(
      'model',
      unquoted(`a ${this.kind} with a context`),
      'a model whose features are independent given z',
      'Here η depends on the features before it too. Build the model without `context`.',
    )
  }

  /** Dimension of x; models of rows only. */
  get dim(): number {
    return this.ofRows('dim').likelihood.dim
  }

  /** p(x|z) as a generator of texts; models of texts only. */
  get texts(): AutoregressiveConditional {
    if (isAutoregressive(this.conditional)) return this.conditional
    throw new ArgumentError(
      'model',
      this.kind,
      'a model of texts',
      'Build an svae or lidsvae, or use the functions for rows of numbers: lid.sample, lid.reconstruct, lid.decode.',
    )
  }

  private ofRows(what: string): RowsConditional {
    if (this.conditional.of === 'rows') return this.conditional as unknown as RowsConditional
    throw new ArgumentError(
      'model',
      this.kind,
      `a model of rows of numbers, since only that has ${what}`,
      'For texts use lid.texts.sample, lid.texts.reconstruct and lid.texts.write.',
    )
  }

  /**
   * The parts of the ELBO at x, with one draw of z per branch: E_q log p(x|z), KL(q(z|x) ‖ p(z)) and
   * KL(q(w|x) ‖ p(w)).
   *
   * @param x data points, `[batch, dim]`; texts as `<s>`, tokens, `</s>`, int32 `[batch, length]`.
   * @param draws source of the random numbers.
   * @param training source of dropout's random numbers, within a training step only: there a posterior may
   *   also use the batch's statistics.
   * @returns `{ reconstruction, klZ, klW }`: `[batch]`, `[batch, latent]`, `[batch]`, nats.
   * @example
   * const { klW } = model.elboTerms(lid.tf.zeros([1, 784]), new lid.Draws(lid.tf.tensor1d([seed, step], 'int32')))
   */
  elboTerms(x: tf.Tensor, draws: Draws, training?: Draws): ElboTerms {
    return this.termsAt(x, this.posterior.encode(x, training !== undefined), draws, training)
  }

  /**
   * The parts of the ELBO for a posterior that is given by its moments.
   *
   * @param x data points, `[batch, dim]`.
   * @param moments of q at each data point, as `posterior.encode` returns them.
   * @param draws source of the random numbers.
   * @param dropout source of dropout's random numbers; without it nothing is dropped.
   * @returns `{ reconstruction, klZ, klW }`: `[batch]`, `[batch, latent]`, `[batch]`, nats.
   * @example
   * const x = lid.tf.zeros([1, 784])
   * model.termsAt(x, model.posterior.encode(x), new lid.Draws(lid.tf.tensor1d([seed, step], 'int32')))
   */
  termsAt(x: tf.Tensor, moments: PosteriorMoments, draws: Draws, dropout?: Draws): ElboTerms {
    const { mean, sd, logW, statistics } = moments
    const { flow } = this.posterior
    const { z, logQ } = drawPosterior(flow, mean, sd, draws.normal('z', mean.shape))
    const logLikelihood = this.conditional.logProb(x, z, dropout)
    const q = tf.exp(logW)
    const kl = this.klIsSampled ? tf.sub(logQ(), this.logPrior(z)) : componentKl(this.prior, mean, sd)
    return {
      reconstruction: averageOverW(logLikelihood, q),
      klZ: tf.sum(tf.mul(kl, tf.expandDims(q, 2)), 1),
      klW: tf.sum(tf.mul(q, tf.add(logW, Math.log(this.components))), 1),
      ...(statistics && { statistics }),
    }
  }

  /**
   * True where KL(q(z|x) ‖ p(z)) has no closed form, with a flow or with a prior that is not normal: then it
   * is estimated by log q(z|x) − log p(z) at the draw.
   */
  get klIsSampled(): boolean {
    return this.posterior.flow !== undefined || this.prior.logProb !== undefined
  }

  /** log p(z|w) of each unit, for z `[…, 1 or K, latent]`. */
  private logPrior(z: tf.Tensor): tf.Tensor {
    if (this.prior.logProb) return this.prior.logProb(z)
    return componentLogProb(this.prior, z)
  }

  /**
   * Draws of z from the posterior and their importance weights, p(x|z) p(z|w) / q(z|x).
   *
   * @param x data points, `[batch, dim]`.
   * @param draws source of the random numbers.
   * @param samples draws per data point.
   * @param training as for `elboTerms`.
   * @returns `{ logRatio, logLikelihood, z, base }`: `[batch, samples, K]`, `[batch, samples, J]`, twice
   *   `[batch, samples, J, latent]`, logarithms in nats.
   * @example
   * const { logRatio } = model.importanceTerms(lid.tf.zeros([1, 784]), new lid.Draws(lid.tf.tensor1d([seed, step], 'int32')), 50)
   */
  importanceTerms(x: tf.Tensor, draws: Draws, samples: number, training?: Draws): ImportanceTerms {
    const { mean, sd } = this.posterior.encode(x, training !== undefined)
    const [batch, , latent] = mean.shape
    const m = tf.expandDims(mean, 1)
    const s = tf.expandDims(sd, 1)
    // The same noise for all branches: log p(x|w) of two components then differs by the components, not by
    // the draws.
    const drawn = drawPosterior(this.posterior.flow, m, s, draws.normal('z', [batch, samples, 1, latent]))
    const { base, z } = drawn
    const logLikelihood = this.conditional.logProb(x, z, training)
    const logQ = tf.sum(drawn.logQ(), -1)
    // [batch, samples, K]: with one branch all components weight the same draw, with K each weights its own.
    const logPrior = tf.sum(this.logPrior(z), -1)
    return { logRatio: tf.add(tf.sub(logLikelihood, logQ), logPrior), logLikelihood, z, base }
  }

  /**
   * log p(x|z) for draws of z from the prior.
   *
   * @param x data points, `[batch, dim]`.
   * @param draws source of the random numbers.
   * @param samples draws per data point.
   * @returns `[batch, samples]`, nats.
   * @example
   * model.priorLogLikelihood(lid.tf.zeros([1, 784]), new lid.Draws(lid.tf.tensor1d([seed, step], 'int32')), 20)
   */
  priorLogLikelihood(x: tf.Tensor, draws: Draws, samples: number): tf.Tensor {
    const batch = x.shape[0]
    const z = this.drawPrior(draws, batch * samples)
    return this.conditional.logProb(x, tf.reshape(z, [batch, samples, this.latent]))
  }

  /**
   * Draws of z from the prior.
   *
   * @param draws source of the random numbers.
   * @param count how many.
   * @param w the component, from 0; without it all components with equal probability.
   * @returns `[count, latent]`.
   * @example
   * const z = model.drawPrior(new lid.Draws(lid.tf.tensor1d([seed, step], 'int32')), 100)
   */
  drawPrior(draws: Draws, count: number, w?: number): tf.Tensor {
    if (this.prior.sample) return this.prior.sample(draws, count)
    const { mean, sd } = this.prior.moments()
    const noise = draws.normal('prior z', [count, this.latent])
    if (this.components === 1 && !this.prior.factor) return tf.add(mean, tf.mul(sd, noise))
    const chosen =
      w === undefined
        ? tf.cast(tf.floor(tf.mul(draws.uniform('prior w', [count]), this.components)), 'int32')
        : tf.fill([count], w, 'int32')
    const moved = this.prior.factor
      ? times(tf.gather(this.prior.factor(), chosen), noise)
      : tf.mul(tf.gather(sd, chosen), noise)
    return tf.add(tf.gather(mean, chosen), moved)
  }

  /**
   * Frees the weights; the model cannot be used afterwards.
   *
   * @example
   * model.dispose()
   */
  dispose(): void {
    this.parameters.dispose()
  }
}

/**
 * `lidmvae: 16 units of z, 10 components of w, bernoulli likelihood of 784 dimensions; 1,234,567 weights, trained for 800 steps (4 epochs)`.
 */
withConsoleSummary(Model.prototype as Model, (model) => {
  const { kind, latent, components, conditional, parameters, steps, epochs } = model
  const weights = [...parameters.variables.values()].reduce((sum, { size }) => sum + size, 0)
  const what = isAutoregressive(conditional)
    ? `texts over ${conditional.vocabulary.size.toLocaleString('en-US')} tokens`
    : `${model.likelihood.name} likelihood of ${counted(model.dim, 'dimension')}${hasContext(conditional) ? ', each given those before it' : ''}`
  const w = components > 1 ? `, ${components} components of w` : ''
  const trained =
    steps === 0 ? 'not trained' : `trained for ${counted(steps, 'step')} (${counted(epochs, 'epoch')})`
  return `${kind}: ${counted(latent, 'unit')} of z${w}, ${what}; ${counted(weights, 'weight')}, ${trained}`
})
