import { ArgumentError } from '../base/errors'
import { requireOptions } from '../base/options'
import type { Model, ModelKind } from '../models/model'
import type { SvaeOptions } from '../models/text/builders'
import { injectiveHead } from '../models/text/head'
import type { VaeOptions } from '../models/builders'
import type { FitOptions } from '../training/options'
import { cyclicalAnnealing, linearAnnealing } from '../training/schedule'
import { batchNormPosterior } from './batchNormPosterior'
import { betaElbo } from './betaElbo'
import { deltaPosterior } from './deltaPosterior'
import { freeBits } from './freeBits'
import { importanceWeighted } from './importanceWeighted'
import { inverseLipschitz } from './inverseLipschitz'
import { lagging } from './lagging'
import { lipschitzWatch } from './lipschitzWatch'
import { mutualAutoencoder } from './mutualAutoencoder'
import { pretraining } from './pretraining'
import { refined, semiAmortized } from './semiAmortized'
import { vampPrior } from './vampPrior'

/** What a fix adds to the options of a model's builder and of `fit`. */
export interface AppliedFix {
  /** For the builder: `lid.vae({ …, ...applied.model })`. */
  readonly model: Pick<VaeOptions, 'prior' | 'constraint' | 'decoder'> & Pick<SvaeOptions, 'head' | 'wiring'>
  /** For training: `lid.fit(model, train, { …, ...applied.fit })`. */
  readonly fit: Pick<FitOptions, 'objective' | 'schedule' | 'klWeight'>
  /** For evaluation, where inference is more than the encoder: `lid.evaluate(applied.inEvaluation(model), test)`. */
  inEvaluation(model: Model): Model
}

/** An earlier remedy of collapse. */
export interface Fix {
  /** What it is called. */
  readonly title: string
  /** The part of a model or of its training that it changes. */
  readonly part: 'objective' | 'schedule' | 'inference' | 'prior' | 'posterior' | 'decoder'
  /** What it does, in a sentence. */
  readonly says: string
  /** Its formula. */
  readonly equation: string
  /** Where it comes from. */
  readonly source: string
  /** True when it is meant to keep the KL up; the others better the bound or the prior. */
  readonly keepsKl: boolean
  /** Settings that it has unless others are given. */
  readonly settings: Readonly<Record<string, number>>
  /** Why it does not apply to a model, in a line; undefined where it does. */
  refusal(kind: ModelKind): string | undefined
  /**
   * The fix as options of builder and training.
   *
   * @param kind of the model: `'vae'`, `'lidmvae'` …
   * @param settings of its own, in place of the usual ones.
   * @throws ArgumentError where it does not apply, with the reason.
   */
  apply(kind: ModelKind, settings?: Readonly<Record<string, number>>): AppliedFix
}

/** The names of the earlier fixes. */
export type FixName =
  | 'beta'
  | 'linearAnnealing'
  | 'cyclicalAnnealing'
  | 'freeBits'
  | 'klThreshold'
  | 'pretraining'
  | 'vampPrior'
  | 'lagging'
  | 'semiAmortized'
  | 'mutual'
  | 'importanceWeighted'
  | 'inverseLipschitz'
  | 'batchNorm'
  | 'delta'

type Part = Partial<Omit<AppliedFix, 'inEvaluation'>> & Partial<Pick<AppliedFix, 'inEvaluation'>>

const isOfTexts = (kind: ModelKind): boolean => kind === 'svae' || kind === 'lidsvae'
const isMixture = (kind: ModelKind): boolean => kind === 'gmvae' || kind === 'lidmvae'
const notForTexts = (reason: string) => (kind: ModelKind) => (isOfTexts(kind) ? reason : undefined)
const notForMixtures = (kind: ModelKind) =>
  isMixture(kind)
    ? 'Its bound is on the KL from N(0, I); the learned prior of a mixture would follow the posterior, and w is not bounded at all'
    : undefined

function fix<S extends Record<string, number>>(
  description: Omit<Fix, 'settings' | 'refusal' | 'apply'>,
  settings: S,
  make: (settings: S, kind: ModelKind) => Part,
  refuses: (kind: ModelKind) => string | undefined = () => undefined,
): Fix {
  const refusal = (kind: ModelKind) =>
    kind === 'languageModel' ? 'A language model has no latent variable' : refuses(kind)
  return {
    ...description,
    settings,
    refusal,
    apply: (kind, own = {}) => {
      const reason = refusal(kind)
      if (reason) throw new ArgumentError('fix', description.title, `another for a ${kind}`, `${reason}.`)
      requireOptions<Record<string, number>>('apply', own, settings)
      const part = make({ ...settings, ...own }, kind)
      return { model: {}, fit: {}, inEvaluation: (model) => model, ...part }
    },
  }
}

/**
 * The earlier remedies of collapse by name, under one interface: each says which part it changes, where it comes from and where it does not apply, and turns into options of builder and
 * training, so that it combines with every model where that makes sense.
 *
 * @example
 * const applied = lid.fixes.freeBits.apply('vae', { perUnit: 0.1 })
 * const model = lid.vae({ likelihood: lid.bernoulli(784), latent: 16, seed: 1, ...applied.model })
 * await lid.fit(model, train, { epochs: 8, validation: test, ...applied.fit })
 * await lid.diagnose(applied.inEvaluation(model), test)
 */
export const fixes: Readonly<Record<FixName, Fix>> = {
  beta: fix(
    {
      title: 'β-VAE',
      part: 'objective',
      says: 'The KL costs β times as much.',
      equation: 'E_q log p(x|z) − β KL(q ‖ p)',
      source: 'Higgins et al. 2017, eq. 4',
      keepsKl: true,
    },
    { beta: 0.2 },
    ({ beta }) => ({ fit: { objective: betaElbo(beta) } }),
  ),
  linearAnnealing: fix(
    {
      title: 'KL annealing, linear',
      part: 'objective',
      says: 'The weight of the KL rises from 0 to 1 while the first part of the steps is taken.',
      equation: 'E_q log p(x|z) − min(1, t/until) KL(q ‖ p)',
      source: 'Bowman et al. 2016, section 3.1',
      keepsKl: true,
    },
    { until: 0.3 },
    (settings) => ({ fit: { klWeight: linearAnnealing(settings) } }),
  ),
  cyclicalAnnealing: fix(
    {
      title: 'KL annealing, cyclical',
      part: 'objective',
      says: 'The weight of the KL rises from 0 to 1 again and again.',
      equation: 'E_q log p(x|z) − min(1, (t·cycles mod 1)/rise) KL(q ‖ p)',
      source: 'Fu et al. 2019, eq. 6',
      keepsKl: true,
    },
    { cycles: 4, rise: 0.5 },
    (settings) => ({ fit: { klWeight: cyclicalAnnealing(settings) } }),
  ),
  freeBits: fix(
    {
      title: 'Free bits',
      part: 'objective',
      says: 'KL below λ costs nothing, unit by unit.',
      equation: 'E_q log p(x|z) − Σ_u max(λ, KL_u)',
      source: 'Kingma et al. 2016, eq. 15',
      keepsKl: true,
    },
    { perUnit: 0.5 },
    (settings) => ({ fit: { objective: freeBits(settings) } }),
  ),
  klThreshold: fix(
    {
      title: 'KL threshold',
      part: 'objective',
      says: 'KL below λ costs nothing, all units together.',
      equation: 'E_q log p(x|z) − max(λ, KL)',
      source: 'Kingma et al. 2016, appendix C.8',
      keepsKl: true,
    },
    { total: 1.5 },
    (settings) => ({ fit: { objective: freeBits(settings) } }),
  ),
  pretraining: fix(
    {
      title: 'Pre-training and free bits',
      part: 'schedule',
      says: 'First an autoencoder without KL; then its encoder, a new decoder and free bits.',
      equation: 'E_q log p(x|z), then E_q log p(x|z) − Σ_u max(λ, KL_u)',
      source: 'Li et al. 2019, section 3',
      keepsKl: true,
    },
    { epochs: 3, perUnit: 0.5 },
    ({ epochs, perUnit }) => ({
      fit: { schedule: pretraining({ epochs }), objective: freeBits({ perUnit }) },
    }),
  ),
  vampPrior: fix(
    {
      title: 'VampPrior',
      part: 'prior',
      says: 'The prior is the posterior at learned pseudo-inputs; in a mixture one for each component.',
      equation: 'p(z) = (1/K) Σ_k q(z|u_k)',
      source: 'Tomczak & Welling 2018, eq. 9',
      keepsKl: false,
    },
    { components: 50, length: 10 },
    (settings) => ({ model: { prior: vampPrior(settings) } }),
  ),
  lagging: fix(
    {
      title: 'Lagging inference',
      part: 'schedule',
      says: 'The encoder is trained to the end of its progress before each step of the decoder, until the information no longer rises.',
      equation: 'φ ← argmax ELBO(θ, φ), then one step of θ',
      source: 'He et al. 2019, algorithm 1',
      keepsKl: true,
    },
    { window: 10, most: 100 },
    (settings) => ({ fit: { schedule: lagging(settings) } }),
  ),
  semiAmortized: fix(
    {
      title: 'Semi-amortized inference',
      part: 'inference',
      says: 'The encoder’s answer is bettered by steps up the ELBO of each data point, and the gradient goes through them.',
      equation: 'λ_{k+1} = λ_k + α ∇ELBO(λ_k), loss −ELBO(λ_K)',
      source: 'Kim et al. 2018, algorithm 1',
      keepsKl: true,
    },
    { steps: 5, rate: 0.02 },
    (settings) => ({
      fit: { objective: semiAmortized(settings) },
      inEvaluation: (model) => refined(model, settings),
    }),
  ),
  mutual: fix(
    {
      title: 'Mutual autoencoder',
      part: 'objective',
      says: 'The information of the model’s joint distribution is held at C.',
      equation: 'ELBO − s |I − C|, I = H(z) + E_{p(z) p(x|z)} log r(z|x)',
      source: 'Phuong et al. 2018, eq. 6 to 8',
      keepsKl: true,
    },
    { information: 2, strength: 10, hidden: 128 },
    ({ information, strength, hidden }) => ({
      fit: { objective: mutualAutoencoder({ information, strength, hidden }) },
    }),
    notForTexts('Its gradient runs through x drawn from the decoder, and none runs through words'),
  ),
  importanceWeighted: fix(
    {
      title: 'Importance-weighted training',
      part: 'objective',
      says: 'A tighter bound, with several draws of z a data point.',
      equation: 'E log (1/S) Σ_s p(x, z_s) / q(z_s|x)',
      source: 'Burda et al. 2016, eq. 8',
      keepsKl: false,
    },
    { samples: 8 },
    ({ samples }) => ({ fit: { objective: importanceWeighted(samples) } }),
  ),
  inverseLipschitz: fix(
    {
      title: 'Inverse-Lipschitz control',
      part: 'decoder',
      says: 'The decoder moves by at least L for each unit that z moves, L a dial; of texts the head, which z enters then.',
      equation: '‖η(z) − η(z′)‖ ≥ L ‖z − z′‖',
      source: 'Kinoshita et al. 2023, section 4',
      keepsKl: true,
    },
    { bound: 2, hidden: 512, hiddenLatent: 64, width: 64 },
    ({ bound, hidden, hiddenLatent, width }, kind) => ({
      model: isOfTexts(kind)
        ? {
            head: injectiveHead({ mu: Math.sqrt(bound), width, hidden: 2 * width, hiddenLatent }),
            wiring: 'head',
          }
        : { decoder: inverseLipschitz(bound, { hidden, hiddenLatent }) },
      fit: { objective: lipschitzWatch(bound) },
    }),
  ),
  batchNorm: fix(
    {
      title: 'Batch-normalised posterior',
      part: 'posterior',
      says: 'The means of q(z|x) are normalised over the batch, so that they must vary.',
      equation: 'E_x KL ≥ latent · γ²/2',
      source: 'Zhu et al. 2020, eq. 7',
      keepsKl: true,
    },
    { gamma: 0.6 },
    (settings) => ({ model: { constraint: batchNormPosterior(settings) } }),
    notForMixtures,
  ),
  delta: fix(
    {
      title: 'δ-VAE',
      part: 'posterior',
      says: 'The standard deviations of q(z|x) stay below 1, so that its KL is never below δ.',
      equation: 'KL(q(z|x) ‖ p(z)) ≥ δ',
      source: 'Razavi et al. 2019, section 2.1',
      keepsKl: true,
    },
    { delta: 1 },
    ({ delta }) => ({ model: { constraint: deltaPosterior(delta) } }),
    notForMixtures,
  ),
}
