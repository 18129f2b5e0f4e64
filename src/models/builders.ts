import type { DataSet } from '../data/dataset'
import { requireLikelihood, type Likelihood } from '../distributions/likelihood'
import { requireEngine } from '../compute/engine'
import { Parameters } from '../compute/parameters'
import { memoryError } from '../compute/memory'
import { ArgumentError, requireInteger, alternatives } from '../base/errors'
import { type OptionDefaults, resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import { independent, type RowsConditional } from './conditional'
import { withContext, type ContextBuilder } from './context'
import {
  injectiveDecoder,
  plainDecoder,
  type Decoder,
  type DecoderBuilder,
  type InjectiveOptions,
} from './decoder'
import type { FlowBuilder } from '../layers/realNvp'
import { Model, type ModelKind } from './model'
import {
  conditionalPosterior,
  constrained,
  factorizedPosterior,
  reading,
  requireScale,
  type EncoderBuilder,
  type EncoderScale,
  type Posterior,
  type PosteriorConstraint,
} from './posterior'
import { pseudoRows } from './pseudoInputs'
import { buildLayer, requireMakers } from './ownPart'
import { anchoredMeans, freeMeans, standardNormal, type PriorBuilder, type PriorContext } from './prior'

/** Options of every model. */
export interface VaeOptions {
  /** p(x|z): `lid.bernoulli(784)`, `lid.gaussian(2, …)`. */
  likelihood: Likelihood
  /** Units of z. */
  latent: number
  /** Units in each hidden layer of encoder and decoder; 512 by default. */
  hidden?: number
  /** Seed of the starting weights; 0 by default. */
  seed?: number
  /**
   * A custom encoder in place of the perceptron with two hidden layers: means of q(z|x) beside what `scale`
   * says.
   */
  encoder?: EncoderBuilder
  /**
   * What the second half of that encoder's output is: `'softplus'`, free numbers f with sd = softplus(f) +
   * 0.001 (default); `'logVariance'`, log sd², as is usual in PyTorch; `'sd'`, the standard deviation itself,
   * kept positive by the encoder.
   */
  scale?: EncoderScale
  /** An invertible map after q(z|x), such as `realNvp()`; none by default. */
  flow?: FlowBuilder
  /** Keeps q(z|x) away from the prior, in models without w: `lid.fixes.batchNorm()`, `lid.fixes.delta()`. */
  constraint?: PosteriorConstraint
  /** `vampPrior(…)`; N(0, I) by default. */
  prior?: PriorBuilder
  /**
   * A custom decoder in place of the model's own: `injectiveDecoder`, `plainDecoder`, or a function that
   * builds one.
   */
  decoder?: DecoderBuilder
  /**
   * How each feature depends on those before it: `lid.parts.made()`, or `lid.parts.pixelCnn()` for images. By
   * default it does not: features are independent given z.
   */
  context?: ContextBuilder
}

const VAE_OPTIONS = {
  likelihood: undefined,
  latent: undefined,
  hidden: 512,
  seed: 0,
  encoder: undefined,
  scale: undefined,
  flow: undefined,
  constraint: undefined,
  prior: undefined,
  decoder: undefined,
  context: undefined,
} satisfies OptionDefaults<VaeOptions>

/** Options of models with a discrete latent variable, on top of those of every model. */
export interface MixtureOptions extends VaeOptions {
  /** K, values of the discrete latent variable w. */
  components: number
  /** `freeMeans(…)` or `anchoredMeans(…)`; the model's own by default. The other one is an ablation. */
  prior?: PriorBuilder
  /** `'q(w|x) q(z|x)'`, one decoder pass (default), or `'q(w|x) q(z|x,w)'`, the authors', K passes. */
  posterior?: 'q(w|x) q(z|x)' | 'q(w|x) q(z|x,w)'
}

const MIXTURE_OPTIONS = {
  ...VAE_OPTIONS,
  components: undefined,
  posterior: 'q(w|x) q(z|x)',
} satisfies OptionDefaults<MixtureOptions>

/** Options of the injective decoder, on top of a model's. */
export interface LidOptions {
  /**
   * Which map, μ, anchor (of counts 0.1 by default), widths and activation. `map: 'as in the paper'` is the
   * default, but in a `lidmvae` of points in the plane it is `'twist'`.
   */
  injective?: InjectiveOptions
}

const LID_OPTIONS = { ...VAE_OPTIONS, injective: undefined } satisfies OptionDefaults<VaeOptions & LidOptions>
const LID_MIXTURE_OPTIONS = { ...MIXTURE_OPTIONS, injective: undefined } satisfies OptionDefaults<
  MixtureOptions & LidOptions
>

/**
 * A plain variational autoencoder: z ~ N(0, I), x ~ EF(f(z)), f a perceptron.
 *
 * @param options `{ likelihood, latent, hidden = 512, seed = 0, encoder?, decoder?, context?, prior?, flow?,
 *   constraint?, scale? }`.
 * @returns the model.
 * @throws ArgumentError for a width that is not an integer ≥ 1, EngineError before `ready()`.
 * @example
 * const model = lid.vae({ likelihood: lid.bernoulli(784), latent: 16, seed: 1 })
 * @see Kingma & Welling 2014.
 */
export const vae = (options: VaeOptions): Model<DataSet> => build('vae', options, VAE_OPTIONS, plainDecoder)

/**
 * The latent-identifiable variational autoencoder: z ~ N(0, I), x ~ EF(g2(β g1(z))), g1, g2 Brenier maps and
 * β of full rank, so that the likelihood is injective in z for every weight.
 *
 * @param options those of `vae`, and `injective: { map, mu, anchor, hidden, hiddenLatent, layers, activation,
 *   twists, saturating, chain }`; see `lid.parts.injectiveDecoder`.
 * @returns the model.
 * @throws ArgumentError for a bad width, or latent > dim; EngineError before `ready()`.
 * @example
 * const model = lid.lidvae({ likelihood: lid.bernoulli(784), latent: 16, seed: 1 })
 * lid.certify(model).constant
 * @see Wang, Blei, Cunningham 2021, section 3 (LIDVAE).
 */
export const lidvae = (options: VaeOptions & LidOptions): Model<DataSet> =>
  build('lidvae', options, LID_OPTIONS, (hidden) => injectiveDecoder(hidden, injectiveOf(options)))

/**
 * A plain Gaussian mixture VAE: w ~ Cat(1/K), z given w ~ N(m_w, diag γ_w²), x ~ EF(f(z)), f a perceptron.
 * The means are free and start near zero.
 *
 * @param options those of `vae`, and `{ components, prior = freeMeans(), posterior = 'q(w|x) q(z|x)' }`.
 * @returns the model.
 * @throws ArgumentError for a bad width or number of components; EngineError before `ready()`.
 * @example
 * const model = lid.gmvae({ likelihood: lid.bernoulli(784), latent: 16, components: 10, seed: 1 })
 * @see Dilokthanakul et al. 2016; Wang, Blei, Cunningham 2021, example 2.
 */
export const gmvae = (options: MixtureOptions): Model<DataSet> =>
  build('gmvae', options, MIXTURE_OPTIONS, plainDecoder, freeMeans)

/**
 * The latent-identifiable mixture VAE (the paper's LIDMVAE, also IDMVAE, LIDGMVAE): w ~ Cat(1/K), z given w ~
 * N(m_w, diag γ_w²) with means held apart, x ~ EF(g2(β g1(z))).
 *
 * For points in the plane the defaults are others: twist layers in the place of the Brenier maps, with a
 * constant of 0.01 in all, and components with full covariance and a least γ of 0.1. There the paper's model
 * fits worse than a plain one, and this one better. The paper's is `injective: { map: 'as in the paper' }`; so
 * it is with `layers` or `activation`, which are its options.
 *
 * @param options those of `gmvae`, `prior = anchoredMeans()`, and `injective: { map, mu, anchor, … }`.
 * @returns the model.
 * @throws ArgumentError for a bad width or number of components, or latent > dim; EngineError before
 *   `ready()`.
 * @example
 * const model = lid.lidmvae({ likelihood: lid.bernoulli(784), latent: 16, components: 10, seed: 1 })
 * @see Wang, Blei, Cunningham 2021, section 3 (LIDMVAE).
 */
export const lidmvae = (options: MixtureOptions & LidOptions): Model<DataSet> => {
  const chosen = inThePlane(options)
  return build(
    'lidmvae',
    chosen,
    LID_MIXTURE_OPTIONS,
    (hidden) => injectiveDecoder(hidden, injectiveOf(chosen)),
    anchoredMeans,
  )
}

/** μ of g1 and g2 in the plane: 0.01 in all, the same for each of its three twist layers. */
const PLANE_MU = [0.01 ** (2 / 3), 0.01 ** (1 / 3)] as const

/** Whether this is a mixture of points in the plane with the library's own decoder. */
const isInThePlane = ({ likelihood, decoder }: Partial<MixtureOptions>): boolean =>
  likelihood?.name === 'gaussian' && likelihood.dim === 2 && decoder === undefined

/** Whether nothing says which map such a mixture has: layers and activation are those of Brenier maps. */
export function leavesMapOpen(options: MixtureOptions & LidOptions): boolean {
  const { map, chain, layers, activation } = options.injective ?? {}
  return isInThePlane(options) && (map ?? chain ?? layers ?? activation) === undefined
}

/**
 * The options with the map and the prior of a mixture in the plane, unless they are given; they are recorded
 * with the model, so that files say which it is.
 */
function inThePlane(options: MixtureOptions & LidOptions): MixtureOptions & LidOptions {
  const isTwist = options?.injective?.map === 'twist' && isInThePlane(options)
  if (!isTwist && !leavesMapOpen(options ?? {})) return options
  return {
    ...options,
    prior: options.prior ?? anchoredMeans({ floor: 0.1, covariance: 'full' }),
    injective: { mu: PLANE_MU, ...options.injective, map: 'twist' },
  }
}

/**
 * s of counts, unless it is given: across the data's own axes a slope in log-rates costs as much as counts
 * are large, and slopes of 1 or more in every direction fit counts in the hundreds badly.
 */
const COUNT_ANCHOR = 0.1

const injectiveOf = ({ likelihood, injective }: VaeOptions & LidOptions): InjectiveOptions | undefined =>
  likelihood.encode === 'log1p' && !injective?.chain ? { anchor: COUNT_ANCHOR, ...injective } : injective

const EXAMPLE = '{ likelihood: lid.bernoulli(784), latent: 16 }'
const MIXTURE_EXAMPLE = '{ likelihood: lid.bernoulli(784), latent: 16, components: 10 }'

function build(
  kind: ModelKind,
  options: VaeOptions & Partial<MixtureOptions>,
  defaults: typeof VAE_OPTIONS,
  usualDecoder: (hidden: number) => DecoderBuilder,
  usualPrior?: () => PriorBuilder,
): Model<DataSet> {
  requireEngine(kind)
  if (!usualPrior) requireNoMixture(kind, options)
  const resolved = resolveOptions<VaeOptions, typeof VAE_OPTIONS>(
    kind,
    options,
    defaults,
    usualPrior ? MIXTURE_EXAMPLE : EXAMPLE,
  )
  const { likelihood, latent, hidden, seed, encoder, scale } = resolved
  const { components = 1, posterior = MIXTURE_OPTIONS.posterior }: Partial<MixtureOptions> = resolved
  const prior = usualPrior ? (options.prior ?? usualPrior()) : options.prior
  requireInteger('latent', latent)
  requireInteger('hidden', hidden)
  requireInteger('seed', seed, 0)
  if (usualPrior) requireInteger('components', options.components, 2)
  requireParts(options, usualPrior !== undefined)
  requireScale(scale, encoder)
  if (posterior !== 'q(w|x) q(z|x)' && encoder)
    throw new ArgumentError('encoder', encoder, "omitted unless posterior is 'q(w|x) q(z|x)'")
  const parameters = Parameters.from(seed)
  try {
    const dim = likelihood.dim
    const inference = (): Posterior => ({
      ...constrained(
        reading(
          likelihood,
          posterior === 'q(w|x) q(z|x)'
            ? factorizedPosterior(parameters, dim, latent, components, hidden, encoder, scale)
            : conditionalPosterior(parameters, dim, latent, components, hidden),
        ),
        options.constraint?.(parameters, latent),
      ),
      flow: options.flow?.(parameters, latent),
    })
    const context: PriorContext = {
      pseudoInputs: () => pseudoRows(kind, options, likelihood, (x) => q.encode(x)),
    }
    const p = prior ? prior(parameters, components, latent, context) : standardNormal(latent)
    const q = inference()
    const model = new Model({
      kind,
      parameters,
      prior: p,
      posterior: q,
      conditional: conditionalOf(kind, options, parameters, usualDecoder(hidden), hidden),
    })
    return withProvenance(kind, [options], model)
  } catch (error) {
    parameters.dispose()
    throw memoryError(error, `a ${kind} of hidden width ${hidden}`, 'Take smaller widths.')
  }
}

/** p(x|z): features that are independent given z, or each given those before it. */
function conditionalOf(
  kind: ModelKind,
  { likelihood, latent, decoder, context }: VaeOptions,
  parameters: Parameters,
  usualDecoder: DecoderBuilder,
  hidden: number,
): RowsConditional {
  const { dim } = likelihood
  const widths = [latent, dim] as const
  const g = (): Decoder => buildLayer('decoder', decoder ?? usualDecoder, parameters, parameters, widths)
  if (!context) return independent(parameters, likelihood, g())
  const isInjective = kind.startsWith('lid')
  const wiring = isInjective || decoder ? 'output' : 'hidden'
  const f = context(parameters.scope('decoder'), dim, latent, { hidden, wiring })
  if (f.wiring === 'hidden' && wiring === 'output')
    throw new ArgumentError(
      'wiring',
      f.wiring,
      `'output', since ${isInjective ? `a ${kind} is injective in z at the output alone` : 'a decoder is added there'}`,
      isInjective ? 'Use it in a vae or gmvae.' : 'Leave out `decoder`.',
    )
  return withContext(likelihood, likelihood.bind(parameters), f, f.wiring === 'output' ? g() : undefined)
}

/** Throws where parts are missing, unknown or incompatible. */
function requireParts(options: VaeOptions & Partial<MixtureOptions>, isMixture: boolean): void {
  const { likelihood, posterior } = options
  requireLikelihood(likelihood)
  requireMakers(options)
  if (options.constraint && (isMixture || options.flow || options.prior))
    throw new ArgumentError(
      'constraint',
      options.constraint,
      'omitted with a learned prior or a flow',
      'It bounds the KL from N(0, I); a learned prior would follow the posterior.',
    )
  const families = ['q(w|x) q(z|x)', 'q(w|x) q(z|x,w)']
  if (posterior !== undefined && !families.includes(posterior))
    throw new ArgumentError('posterior', posterior, alternatives(families))
}

/** Throws where options of a mixture are given to a model without w. */
function requireNoMixture(
  kind: ModelKind,
  options: (VaeOptions & Partial<MixtureOptions>) | null | undefined,
): void {
  for (const name of ['components', 'posterior', 'prior'] as const) {
    const given = options?.[name]
    if (given === undefined || (name === 'prior' && options?.prior?.withoutW)) continue
    throw new ArgumentError(
      name,
      given,
      `omitted, since a ${kind} has no discrete latent variable`,
      'A gmvae or lidmvae has one.',
    )
  }
}
