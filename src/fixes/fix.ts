import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { VaeOptions } from '../models/builders'
import type { Model, ModelKind } from '../models/model'
import type { SvaeOptions } from '../models/text/builders'
import type { FitOptions } from '../training/options'

/** What a fix adds to the options of a model's builder and of `fit`. */
export interface AppliedFix {
  /** For the builder: `lid.vae({ …, ...applied.model })`. */
  readonly model: Pick<VaeOptions, 'prior' | 'constraint' | 'decoder'> & Pick<SvaeOptions, 'head' | 'wiring'>
  /** For training: `lid.fit(model, train, { …, ...applied.fit })`. */
  readonly fit: Pick<FitOptions, 'objective' | 'schedule' | 'klWeight'>
  /**
   * For evaluation, where inference is more than the encoder:
   * `lid.evaluate(applied.inEvaluation(model), test)`.
   */
  inEvaluation(model: Model): Model
}

/** What is known of a fix before it is applied. */
export interface FixDescription {
  /** Its name. */
  readonly title: string
  /** The part of a model or of its training that it changes. */
  readonly part: 'objective' | 'schedule' | 'inference' | 'prior' | 'posterior' | 'decoder'
  /** What it does, in one sentence. */
  readonly summary: string
  /** Its formula. */
  readonly equation: string
  /** Its source. */
  readonly source: string
  /** True when it is meant to keep the KL up; the others improve the bound or the prior. */
  readonly keepsKl: boolean
  /** Its default settings. */
  readonly settings: Readonly<Record<string, number>>
  /** Why it does not apply to a model, in one line; undefined where it does. */
  refusal(kind: ModelKind): string | undefined
}

/**
 * An earlier fix of collapse: a function that makes the part, such as an objective or a prior, with its
 * description and its application to a model.
 */
export interface Fix {
  /** Its description, and where it does not apply. */
  readonly about: FixDescription
  /**
   * The fix as options of builder and training.
   *
   * @param kind of the model: `'vae'`, `'lidmvae'` …
   * @param settings in place of the defaults.
   * @throws ArgumentError where it does not apply, with the reason.
   */
  readonly on: (kind: ModelKind, settings?: Readonly<Record<string, number>>) => AppliedFix
}

/** The names of the earlier fixes. */
export type FixName =
  | 'betaVae'
  | 'linearAnnealing'
  | 'cyclicalAnnealing'
  | 'freeBits'
  | 'klThreshold'
  | 'pretraining'
  | 'vampPrior'
  | 'lagging'
  | 'semiAmortized'
  | 'mutual'
  | 'latentReconstruction'
  | 'importanceWeighted'
  | 'inverseLipschitz'
  | 'batchNorm'
  | 'delta'

type Part = Partial<Omit<AppliedFix, 'inEvaluation'>> & Partial<Pick<AppliedFix, 'inEvaluation'>>

export const isOfTexts = (kind: ModelKind): boolean => kind === 'svae' || kind === 'lidsvae'
const isMixture = (kind: ModelKind): boolean => kind === 'gmvae' || kind === 'lidmvae'
export const notForTexts = (reason: string) => (kind: ModelKind) => (isOfTexts(kind) ? reason : undefined)
export const notForMixtures = (kind: ModelKind) =>
  isMixture(kind)
    ? 'Its bound is on the KL from N(0, I); the learned prior of a mixture would follow the posterior, and w is not bounded at all'
    : undefined

/**
 * The description of a fix, and its application to each kind of model.
 *
 * @param settings the defaults of its function.
 * @param make the options that it adds.
 * @param refuses why it does not apply to a kind of model, apart from language models.
 */
export function describeFix<S extends Record<string, number>>(
  description: Omit<FixDescription, 'settings' | 'refusal'>,
  settings: S,
  make: (settings: S, kind: ModelKind) => Part,
  refuses: (kind: ModelKind) => string | undefined = () => undefined,
): Fix {
  const refusal = (kind: ModelKind) =>
    kind === 'languageModel' ? 'A language model has no latent variable' : refuses(kind)
  return {
    about: { ...description, settings, refusal },
    on: (kind, own = {}) => {
      const reason = refusal(kind)
      if (reason)
        throw new ArgumentError('fix', description.title, `one that works with a ${kind}`, `${reason}.`)
      const resolved = resolveOptions<Record<string, number>, Record<string, number>>(
        'on',
        own,
        settings,
      ) as S
      const part = make(resolved, kind)
      return { model: {}, fit: {}, inEvaluation: (model) => model, ...part }
    },
  }
}
