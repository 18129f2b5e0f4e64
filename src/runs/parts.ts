import { CUSTOM } from '../base/provenance'
import { adam, rmsprop, sgd } from '../compute/optimizers'
import * as data from '../data'
import { syntheticTextOf } from '../data/text/syntheticText'
import { Vocabulary, type TokenKind } from '../data/text/vocabulary'
import { bernoulli } from '../distributions/bernoulli'
import type { CountOptions } from '../distributions/counts'
import { gaussian } from '../distributions/gaussian'
import { negativeBinomial } from '../distributions/negativeBinomial'
import { poisson } from '../distributions/poisson'
import * as fixes from '../fixes'
import { lipschitzWatch } from '../fixes/lipschitzWatch'
import { realNvp } from '../layers/realNvp'
import {
  gmvae,
  leavesMapOpen,
  lidmvae,
  lidvae,
  vae,
  type LidOptions,
  type MixtureOptions,
} from '../models/builders'
import { convolutionalDecoder, convolutionalEncoder } from '../models/convolutional'
import { injectiveDecoder, plainDecoder } from '../models/decoder'
import { linearVae } from '../models/linearVae'
import { made } from '../models/made'
import { pixelCnn } from '../models/pixelCnn'
import { ppca, type PpcaOptions } from '../models/ppca'
import { anchoredMeans, freeMeans } from '../models/prior'
import { languageModel, lidsvae, svae, type SvaeOptions } from '../models/text/builders'
import { injectiveHead, linearHead, vocabularyHead } from '../models/text/head'
import { elboObjective } from '../training/objective'
import { cosineDecay, overSteps, stepDecay } from '../training/schedule'
import { untilConverged } from '../training/untilConverged'

/** Builds a part from its provenance; for data, possibly a promise of it. */
export type Make = (...args: unknown[]) => unknown

const quiet = { onNote: () => undefined }

/** One data set of a loader that returns several; a loader prints what it loads, unless it generates data. */
const oneOf =
  (load: (settings: never) => unknown, silent: object = {}) =>
  async (settings: object, which: string): Promise<unknown> =>
    ((await load({ ...settings, ...silent } as never)) as Record<string, unknown>)[which]

/** A method of a data set. */
const method =
  (name: string) =>
  (whole: Record<string, (...args: unknown[]) => unknown>, ...args: unknown[]): unknown =>
    whole[name](...args)

/**
 * The table of parts: every builder under its name in files. `load` and `rerun` call these and what a user
 * registered, and nothing else that a file names. A name is kept for ever, even if a builder is renamed.
 */
export const parts = {
  // Models.
  vae,
  lidvae,
  gmvae,
  // Before the map was an option it was the paper's.
  lidmvae: (options: MixtureOptions & LidOptions) =>
    lidmvae(
      leavesMapOpen(options)
        ? { ...options, injective: { ...options.injective, map: 'as in the paper' } }
        : options,
    ),
  svae,
  lidsvae,
  // Its latent dimension, 1 in name only, is in the file but is not an option.
  languageModel: ({ latent: _latent, ...options }: SvaeOptions) => languageModel(options),
  linearVae: (of: PpcaOptions, options?: object) => linearVae(ppca(of), options),

  // Parts of models.
  bernoulli,
  gaussian,
  // Before this was an option, counts entered the encoder unchanged.
  poisson: (dim: number, options: CountOptions = { encode: 'counts' }) => poisson(dim, options),
  negativeBinomial,
  freeMeans,
  anchoredMeans,
  vampPrior: fixes.vampPrior,
  plainDecoder,
  injectiveDecoder,
  convolutionalDecoder,
  convolutionalEncoder,
  made,
  pixelCnn,
  realNvp,
  batchNormPosterior: fixes.batchNorm,
  deltaPosterior: (delta: number) => fixes.delta({ delta }),
  linearHead,
  injectiveHead,
  vocabularyHead,
  Vocabulary: (tokens: string[], counts: number[], by?: TokenKind) => Vocabulary.from(tokens, counts, by),

  // Parts of training.
  adam,
  rmsprop,
  sgd,
  stepDecay,
  cosineDecay,
  overSteps,
  untilConverged,
  linearAnnealing: fixes.linearAnnealing,
  cyclicalAnnealing: fixes.cyclicalAnnealing,
  elboObjective,
  betaElbo: (beta: number) => fixes.betaVae({ beta }),
  freeBits: (options: { perUnit?: number; total?: number }) =>
    options.total === undefined ? fixes.freeBits(options) : fixes.klThreshold(options),
  importanceWeighted: (samples: number) => fixes.importanceWeighted({ samples }),
  mutualAutoencoder: fixes.mutual,
  latentReconstruction: fixes.latentReconstruction,
  semiAmortized: fixes.semiAmortized,
  lipschitzWatch,
  lagging: fixes.lagging,
  pretraining: fixes.pretraining,

  // Data.
  'data.fashionMnist': oneOf(data.fashionMnist, quiet),
  'data.omniglot': oneOf(data.omniglot, quiet),
  'data.yahoo': oneOf(data.yahoo, quiet),
  'data.yelp': oneOf(data.yelp, quiet),
  'data.syntheticText': oneOf(syntheticTextOf),
  'data.pinwheel': oneOf(data.pinwheel),
  'data.gaussianMixture': oneOf(data.gaussianMixture),
  'data.ppca': oneOf(data.ppca),
  'data.from': (file: string, settings: object) => data.from(file, { ...settings, ...quiet }),
  'data.text': (file: string, settings: object) => data.text(file, { ...settings, ...quiet }),
  'data.slice': method('slice'),
  'data.take': method('take'),
  'data.select': method('select'),
  'data.binarized': method('binarized'),
  'data.split': (
    whole: { split(settings: object): Record<string, unknown> },
    settings: object,
    which: string,
  ) => whole.split(settings)[which],
  'data.member': (whole: Record<string, unknown>, which: string) => whole[which],
}

/** Builders that a user registered, by the names in files. */
const registered = new Map<string, Make>()

/** Adds a user's builder to the table, or replaces it: a cell of a notebook runs more than once. */
export const addPart = (name: string, make: Make): void => void registered.set(CUSTOM + name, make)

/** The builder of that name; undefined if the table has none. */
export const findPart = (name: string): Make | undefined =>
  registered.get(name) ??
  (Object.hasOwn(parts, name) ? (parts as unknown as Record<string, Make>)[name] : undefined)
