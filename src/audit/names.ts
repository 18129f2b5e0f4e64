import { distance } from 'fastest-levenshtein'
import type { AuditArrays } from './arrays'

/** What an array is. */
export type ArrayKey = keyof AuditArrays

/** Names under which each array is looked for, in lower case without underscores. */
export const ARRAY_NAMES: Readonly<Record<ArrayKey, readonly string[]>> = {
  mean: ['mean', 'mu', 'means', 'loc', 'zmean', 'zmu', 'zloc', 'qmean', 'qmu', 'posteriormean'],
  sd: [
    'sd',
    'std',
    'stddev',
    'sigma',
    'scale',
    'zsd',
    'zstd',
    'zsigma',
    'zscale',
    'qsd',
    'qstd',
    'posteriorsd',
  ],
  logVariance: [
    'logvar',
    'logvariance',
    'logsigma2',
    'zlogvar',
    'zlogvariance',
    'qlogvar',
    'posteriorlogvar',
    'lnvar',
  ],
  z: ['z', 'zs', 'draws', 'samples', 'codes', 'qz'],
  logLikelihood: ['loglikelihood', 'logpxz', 'loglik', 'll', 'logpxgivenz'],
  priorLogLikelihood: ['priorloglikelihood', 'priorlogpxz', 'logpxzprior', 'priorll', 'loglikelihoodprior'],
  priorMean: ['priormean', 'priormu', 'priorloc', 'pmean', 'pmu'],
  priorSd: ['priorsd', 'priorstd', 'priorsigma', 'priorscale', 'psd', 'pstd'],
  priorLogVariance: ['priorlogvar', 'priorlogvariance', 'plogvar'],
  logPrior: ['logprior', 'logpz'],
  logW: ['wlogits', 'logitsw', 'logw', 'logqw', 'ylogits', 'logitsy', 'logqy', 'clogits', 'componentlogits'],
  w: ['w', 'qw', 'wprobs', 'probsw', 'qy', 'yprobs', 'responsibilities'],
  labels: ['labels', 'label', 'y', 'targets'],
}

/** A name as it is compared: `z_log_var` is zlogvar. */
export const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Which of the known arrays a name means. */
export const meaningOf = (name: string): ArrayKey | undefined =>
  KEYS.find((key) => ARRAY_NAMES[key].includes(plainName(name)))

const WEIGHTS = [
  'weights',
  'pi',
  'pis',
  'mixingweights',
  'mixtureweights',
  'priorweights',
  'priorpi',
  'priorlogits',
]

/** True for a name of the weights of a prior's components. */
export const isWeights = (name: string): boolean => WEIGHTS.includes(plainName(name))

const KEYS = Object.keys(ARRAY_NAMES) as ArrayKey[]

/** The name under which it is documented. */
export const documentedName = (key: ArrayKey): string => DOCUMENTED[key] ?? key

const DOCUMENTED: Partial<Record<ArrayKey, string>> = {
  logVariance: 'logvar',
  logLikelihood: 'log_likelihood',
  priorLogLikelihood: 'prior_log_likelihood',
  priorMean: 'prior_mean',
  priorSd: 'prior_sd',
  priorLogVariance: 'prior_logvar',
  logPrior: 'log_prior',
  logW: 'w_logits',
  w: 'qw',
}

/** Arrays of which one is enough; the last of them is used. */
const SAME: readonly (readonly ArrayKey[])[] = [
  ['sd', 'logVariance'],
  ['priorSd', 'priorLogVariance'],
  ['w', 'logW'],
]

/** True if that array, or one that says the same, was found. */
export const isKnown = (key: ArrayKey, found: ReadonlySet<ArrayKey>): boolean =>
  (SAME.find((keys) => keys.includes(key)) ?? [key]).some((one) => found.has(one))

/**
 * The array that an unknown name nearly means, of those that were not found: a letter or two of a long name are wrong,
 * an s is too many, or a known name of at least six letters is part of it.
 */
export const nearlyMeant = (name: string, found: ReadonlySet<ArrayKey>): ArrayKey | undefined =>
  KEYS.find(
    (key) =>
      key !== 'labels' &&
      key !== 'z' &&
      !isKnown(key, found) &&
      ARRAY_NAMES[key].some((known) => isNear(name, known)),
  )

function isNear(name: string, known: string): boolean {
  const plain = plainName(name)
  if (known.length >= 3 && (plain === `${known}s` || `${plain}s` === known)) return true
  if (known.length >= 6 && runsOf(name).includes(known)) return true
  // x_logvar is not a misspelt p_logvar.
  if (plain[0] !== known[0]) return false
  const length = Math.min(plain.length, known.length)
  return distance(plain, known) <= (length >= 10 ? 2 : length >= 6 ? 1 : 0)
}

/** Its words, and those that follow each other: of `q_log_var` also logvar. */
function runsOf(name: string): string[] {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  return words.flatMap((_, from) =>
    words.slice(from).map((_word, i) => words.slice(from, from + i + 1).join('')),
  )
}

/** One line for each array that was not used, because another says the same. */
export const notesOnBoth = (arrays: Partial<AuditArrays>): string[] =>
  SAME.filter((keys) => keys.every((key) => arrays[key] !== undefined)).map(
    ([other, used]) => `${documentedName(other)} was not used, since ${documentedName(used)} was given.`,
  )
