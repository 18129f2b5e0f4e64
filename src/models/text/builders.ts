import type { TextSet } from '../../data/text/textSet'
import type { Vocabulary } from '../../data/text/vocabulary'
import { requireEngine } from '../../compute/engine'
import { Parameters } from '../../compute/parameters'
import { memoryError } from '../../compute/memory'
import { ArgumentError, requireInteger, requireShare } from '../../base/errors'
import { type OptionDefaults, type ResolvedOptions, resolveOptions } from '../../base/options'
import { withProvenance } from '../../base/provenance'
import { Model, type ModelKind } from '../model'
import { requireMakers } from '../ownPart'
import { constrained, type PosteriorConstraint } from '../posterior'
import { standardNormal, type PriorBuilder, type PriorContext } from '../prior'
import { autoregressive, type Wiring } from './autoregressive'
import { injectiveHead, linearHead, type HeadBuilder } from './head'
import { priorAsPosterior, textPosterior, type TextPosterior } from './posterior'
import { pseudoTexts } from './pseudoTexts'

/** Options of every model of texts. */
export interface LanguageModelOptions {
  /** The vocabulary: `train.vocabulary`. */
  vocabulary: Vocabulary
  /** Width of the LSTM; 256 by default. */
  hidden?: number
  /** Dimension of the token embeddings; 128 by default. */
  embedding?: number
  /** Dropout rate of the LSTM's inputs and outputs in training; 0.5 by default. */
  dropout?: number
  /** Share of the preceding tokens that is hidden from the decoder in training; 0 by default. */
  wordDropout?: number
  /** Seed of the starting weights; 0 by default. */
  seed?: number
  /** The map to the logits of the next token; the model's own by default. */
  head?: HeadBuilder
}

const LANGUAGE_MODEL_OPTIONS = {
  vocabulary: undefined,
  hidden: 256,
  embedding: 128,
  dropout: 0.5,
  wordDropout: 0,
  seed: 0,
  head: undefined,
} satisfies OptionDefaults<LanguageModelOptions>

/** Options of models of texts with a latent variable. */
export interface SvaeOptions extends LanguageModelOptions {
  /** Units of z. */
  latent: number
  /**
   * Where z enters: `'lstm'`, its initial state and every input (in `lidsvae` the head too), or `'head'`, the
   * output head only. By default `'lstm'` in `svae`, `'head'` in `lidsvae`.
   */
  wiring?: Wiring
  /** Keeps q(z|x) away from the prior: `lid.fixes.batchNorm()`, `lid.fixes.delta()`. */
  constraint?: PosteriorConstraint
  /** `vampPrior(…)`; N(0, I) by default. */
  prior?: PriorBuilder
  /** Width of the encoder's LSTM; that of the decoder's by default. */
  hiddenEncoder?: number
}

const SVAE_OPTIONS = {
  ...LANGUAGE_MODEL_OPTIONS,
  latent: undefined,
  wiring: undefined,
  constraint: undefined,
  prior: undefined,
  hiddenEncoder: undefined,
} satisfies OptionDefaults<SvaeOptions>

/**
 * A plain sequential VAE: z ~ N(0, I), x_t given z, x_<t ~ Cat(softmax(head(h_t))), h_t an LSTM that z
 * enters, or, with `wiring: 'head'`, z and h_t together at a linear head.
 *
 * @param options
 *   `{ vocabulary, latent, wiring = 'lstm', hidden = 256, embedding = 128, hiddenEncoder = hidden,
 *   dropout = 0.5, wordDropout = 0, seed = 0, head = linearHead() }`.
 * @returns the model.
 * @throws ArgumentError for a width that is not an integer ≥ 1 or a share outside of [0, 1); EngineError
 *   before `ready()`.
 * @example
 * const { train, vocabulary } = lid.data.syntheticText({ tokens: 200, train: 4000 })
 * const model = lid.svae({ vocabulary, latent: 3, hidden: 24, embedding: 24, seed: 1 })
 * @see Bowman et al. 2016; Wang, Blei, Cunningham 2021, section 4 (SVAE).
 */
export function svae(options: SvaeOptions): Model<TextSet> {
  const usual = { wiring: 'lstm', head: linearHead() } as const
  const resolved = resolveOptions('svae', options, { ...SVAE_OPTIONS, ...usual }, EXAMPLE)
  return build('svae', { ...usual, ...options }, resolved)
}

/**
 * The latent-identifiable sequential VAE: z ~ N(0, I), x_t given z, x_<t ~ Cat(softmax(head([z, h_t]))), the
 * head injective for every weight, one logit fixed: ‖η_t(z) − η_t(z′)‖ ≥ c ‖z − z′‖ for every history and
 * every step, also where z enters the LSTM too.
 *
 * @param options those of `svae`, `wiring = 'head'`, and `head = injectiveHead()`, or the authors'
 *   `vocabularyHead()`.
 * @returns the model.
 * @throws ArgumentError for a bad width, or a vocabulary too small for an injective map; EngineError before
 *   `ready()`.
 * @example
 * const { train, vocabulary } = lid.data.syntheticText({ tokens: 200, train: 4000 })
 * const model = lid.lidsvae({ vocabulary, latent: 3, hidden: 24, embedding: 24, head: lid.parts.injectiveHead({ width: 32 }), seed: 1 })
 * lid.certify(model).constant
 * @see Wang, Blei, Cunningham 2021, section 3 (LIDSVAE, also IDSVAE).
 */
export function lidsvae(options: SvaeOptions): Model<TextSet> {
  const usual = { wiring: 'head', head: injectiveHead() } as const
  const resolved = resolveOptions('lidsvae', options, { ...SVAE_OPTIONS, ...usual }, EXAMPLE)
  return build('lidsvae', { ...usual, ...options }, resolved)
}

/**
 * A language model, x_t given x_<t ~ Cat(softmax(h_t W + b)): the same code without a latent variable, for
 * comparison. It formally has one unit of z, on which nothing depends, so that every metric can be computed:
 * its ELBO is log p(x).
 *
 * @param options
 *   `{ vocabulary, hidden = 256, embedding = 128, dropout = 0.5, wordDropout = 0, seed = 0,
 *   head = linearHead() }`.
 * @returns the model.
 * @throws ArgumentError for a width that is not an integer ≥ 1 or a share outside of [0, 1); EngineError
 *   before `ready()`.
 * @example
 * const { train, vocabulary } = lid.data.syntheticText({ tokens: 200, train: 4000 })
 * const model = lid.languageModel({ vocabulary, hidden: 24, embedding: 24, seed: 1 })
 * @see Mikolov et al. 2010, Recurrent neural network based language model.
 */
export function languageModel(options: LanguageModelOptions): Model<TextSet> {
  const head = linearHead()
  const resolved = resolveOptions(
    'languageModel',
    options,
    { ...LANGUAGE_MODEL_OPTIONS, head },
    '{ vocabulary: train.vocabulary }',
  )
  return build('languageModel', { head, ...options, latent: 1 }, { ...SVAE_OPTIONS, ...resolved, latent: 1 })
}

const EXAMPLE = '{ vocabulary: train.vocabulary, latent: 16 }'

/** @param given what the model records; @param resolved the same with defaults. */
function build(
  kind: ModelKind,
  given: SvaeOptions,
  resolved: ResolvedOptions<SvaeOptions, typeof SVAE_OPTIONS> & { readonly head: HeadBuilder },
): Model<TextSet> {
  const { vocabulary, latent, wiring, hidden, embedding, hiddenEncoder = hidden } = resolved
  const { dropout, wordDropout, seed, head } = resolved
  requireEngine(kind)
  if (!Array.isArray((vocabulary as Partial<Vocabulary> | undefined)?.tokens))
    throw new ArgumentError(
      'vocabulary',
      vocabulary,
      'a Vocabulary',
      'For example that of the training texts: train.vocabulary.',
    )
  for (const [name, value] of Object.entries({ latent, hidden, embedding, hiddenEncoder }))
    requireInteger(name, value)
  requireInteger('seed', seed, 0)
  requireShare('dropout', dropout)
  requireShare('wordDropout', wordDropout)
  requireMakers(resolved)
  if (resolved.prior && !resolved.prior.withoutW)
    throw new ArgumentError(
      'prior',
      resolved.prior,
      'a prior for a model without w',
      'Leave it out, or use vampPrior().',
    )
  if (resolved.constraint && resolved.prior)
    throw new ArgumentError(
      'constraint',
      resolved.constraint,
      'omitted with a learned prior',
      'It bounds the KL from N(0, I); a learned prior would follow the posterior.',
    )
  if (wiring !== undefined && wiring !== 'lstm' && wiring !== 'head')
    throw new ArgumentError('wiring', wiring, "'lstm' or 'head'")
  const parameters = Parameters.from(seed)
  try {
    const tokens = vocabulary.size
    const limits = resolved.constraint?.(parameters, latent)
    let q: TextPosterior | undefined
    const context: PriorContext = {
      pseudoInputs: (length) =>
        pseudoTexts(length, embedding, {
          encodeVectors: (vectors) => {
            const moments = q!.encodeVectors(vectors)
            return limits?.constrain(moments) ?? moments
          },
          vectors: (ids) => q!.vectors(ids),
        }),
    }
    const prior = resolved.prior?.(parameters, 1, latent, context) ?? standardNormal(latent)
    if (kind !== 'languageModel')
      q = textPosterior(parameters, { tokens, latent, embedding, hidden: hiddenEncoder })
    return withProvenance(
      kind,
      [given],
      new Model({
        kind,
        parameters,
        prior,
        posterior: q ? constrained(q, limits) : priorAsPosterior(latent),
        conditional: autoregressive(parameters, {
          vocabulary,
          latent,
          embedding,
          hidden,
          head,
          inLstm: wiring === 'lstm',
          seesZ: wiring === 'head' || kind === 'lidsvae',
          dropout,
          wordDropout,
        }),
      }),
    )
  } catch (error) {
    parameters.dispose()
    throw memoryError(error, `a ${kind} of these widths`, 'Take smaller ones.')
  }
}
