import { ArgumentError, DataError, alternatives, requirePositive, unquoted } from '../base/errors'
import type { ValueKind } from '../data/dataset'
import { asOption } from './asOption'

/** Names of the likelihoods that are audited. */
export const LIKELIHOODS = ['bernoulli', 'gaussian', 'poisson', 'negativeBinomial', 'categorical'] as const

/** The family of p(x|z) of an audited model. */
export type AuditLikelihoodName = (typeof LIKELIHOODS)[number]

/** Parameters of p(x|z) of some codes: the decoder's output, `[codes, width]`, and perhaps σ of each feature. */
export interface Decoded {
  readonly eta: Float32Array
  readonly sd?: Float32Array
  readonly width: number
  /** Of texts, whose width is steps · words: how many words there are, and tokens of a text. */
  readonly words?: number
  readonly tokens?: number
}

/** log p(x|z), and how far two codes are from each other, in plain JavaScript and double precision. */
export interface AuditLikelihood {
  readonly name: AuditLikelihoodName
  /** Kinds of data that it can model; absent for tokens. */
  readonly accepts?: readonly ValueKind[]
  /** σ where one number serves all. */
  readonly sigma?: number
  /** The natural parameter from the mean: probabilities, rates. */
  readonly ofMean?: (mean: number) => number
  /** log p(x|z), nats, of x from `at` and parameters from `from`. */
  logProb(x: ArrayLike<number>, at: number, of: Decoded, from: number): number
  /** KL both ways of the parameters from `a` and from `b`, nats; of texts along x from `at`. */
  divergence(of: Decoded, a: number, b: number, x?: ArrayLike<number>, at?: number): number
}

/** Settings of a likelihood. */
export interface LikelihoodSettings {
  /** σ of a Gaussian likelihood. */
  readonly sigma?: number
  /** α of a negative binomial one: variance μ + αμ². */
  readonly dispersion?: number
  /** The token that fills texts up. */
  readonly pad?: number
}

/** log x!, by a table that grows. */
const logFactorials = [0]
function logFactorial(x: number): number {
  for (let n = logFactorials.length; n <= x; n++) logFactorials.push(logFactorials[n - 1] + Math.log(n))
  return logFactorials[x]
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

const sum = (width: number, term: (i: number) => number): number => {
  let total = 0
  for (let i = 0; i < width; i++) total += term(i)
  return total
}

/** The likelihood of that name. @throws ArgumentError for another name, or without what it needs. */
export function auditLikelihood(name: string, settings: LikelihoodSettings): AuditLikelihood {
  if (!(LIKELIHOODS as readonly string[]).includes(name))
    throw new ArgumentError('likelihood', name, alternatives(LIKELIHOODS))
  const { sigma, dispersion, pad } = settings
  if (sigma !== undefined) {
    requirePositive('sigma', sigma)
    if (name !== 'gaussian')
      throw new ArgumentError('sigma', sigma, "omitted unless the likelihood is 'gaussian'")
  }
  if (name === 'negativeBinomial' && dispersion === undefined)
    throw new ArgumentError(
      'dispersion',
      unquoted('none'),
      "given for 'negativeBinomial'",
      'It is α: the variance is μ + αμ².',
    )
  if (dispersion !== undefined) requirePositive('dispersion', dispersion)
  return MAKERS[name as AuditLikelihoodName]({ sigma, dispersion, pad })
}

const MAKERS: Record<AuditLikelihoodName, (of: LikelihoodSettings) => AuditLikelihood> = {
  bernoulli: () => ({
    name: 'bernoulli',
    accepts: ['binary', 'intensity'],
    ofMean: (p) => {
      const inside = Math.min(Math.max(p, 1e-7), 1 - 1e-7)
      return Math.log(inside / (1 - inside))
    },
    logProb: (x, at, { eta, width }, from) =>
      sum(width, (i) => x[at + i] * eta[from + i] - softplus(eta[from + i])),
    divergence: ({ eta, width }, a, b) =>
      sum(width, (i) => (eta[a + i] - eta[b + i]) * (sigmoid(eta[a + i]) - sigmoid(eta[b + i]))),
  }),
  gaussian: ({ sigma }) => ({
    name: 'gaussian',
    accepts: ['real', 'count', 'intensity', 'binary'],
    ...(sigma !== undefined && { sigma }),
    logProb: (x, at, { eta, sd, width }, from) =>
      sum(width, (i) => {
        const s = sd ? sd[from + i] : sigma!
        return -(((x[at + i] - eta[from + i]) / s) ** 2) / 2 - Math.log(s) - Math.log(2 * Math.PI) / 2
      }),
    divergence: ({ eta, sd, width }, a, b) =>
      sum(width, (i) => {
        const [v, w] = sd ? [sd[a + i] ** 2, sd[b + i] ** 2] : [sigma! ** 2, sigma! ** 2]
        const apart = (eta[a + i] - eta[b + i]) ** 2
        return ((v - w) ** 2 / (v * w) + apart * (1 / v + 1 / w)) / 2
      }),
  }),
  poisson: () => ({
    name: 'poisson',
    accepts: ['count', 'binary'],
    ofMean: (rate) => Math.log(Math.max(rate, 1e-10)),
    logProb: (x, at, { eta, width }, from) =>
      sum(width, (i) => x[at + i] * eta[from + i] - Math.exp(eta[from + i]) - logFactorial(x[at + i])),
    divergence: ({ eta, width }, a, b) =>
      sum(width, (i) => (eta[a + i] - eta[b + i]) * (Math.exp(eta[a + i]) - Math.exp(eta[b + i]))),
  }),
  negativeBinomial: ({ dispersion }) => {
    const r = 1 / dispersion!
    // log Γ(x + r) − log Γ(r) = Σ_{j < x} log(r + j).
    const rising = [0]
    const logRising = (x: number): number => {
      for (let n = rising.length; n <= x; n++) rising.push(rising[n - 1] + Math.log(r + n - 1))
      return rising[x]
    }
    return {
      name: 'negativeBinomial',
      accepts: ['count', 'binary'],
      ofMean: (mean) => Math.log(Math.max(mean, 1e-10)),
      logProb: (x, at, { eta, width }, from) =>
        sum(width, (i) => {
          const log = Math.log(r + Math.exp(eta[from + i]))
          const n = x[at + i]
          return logRising(n) - logFactorial(n) + r * (Math.log(r) - log) + n * (eta[from + i] - log)
        }),
      // The difference of the means times that of the natural parameters, log μ/(r + μ).
      divergence: ({ eta, width }, a, b) =>
        sum(width, (i) => {
          const [m, n] = [Math.exp(eta[a + i]), Math.exp(eta[b + i])]
          return (m - n) * (eta[a + i] - Math.log(r + m) - eta[b + i] + Math.log(r + n))
        }),
    }
  },
  categorical: ({ pad }) => ({
    name: 'categorical',
    ...tokens(pad),
  }),
}

/** Tokens x_t given z and x_<t: the logits of step t, `[steps, words]`, are those of token t + 1. */
function tokens(pad: number | undefined): Pick<AuditLikelihood, 'logProb' | 'divergence'> {
  const logSum = (eta: Float32Array, from: number, words: number): number => {
    let most = -Infinity
    for (let w = 0; w < words; w++) most = Math.max(most, eta[from + w])
    return most + Math.log(sum(words, (w) => Math.exp(eta[from + w] - most)))
  }
  const steps = ({ width, words = 1, tokens: length = 0 }: Decoded) => Math.min(width / words, length - 1)
  return {
    logProb(x, at, of, from) {
      const { eta, words = 1 } = of
      return sum(steps(of), (t) => {
        const word = x[at + t + 1]
        if (word === pad) return 0
        if (!(word >= 0 && word < words))
          throw new DataError(
            `The texts have the token ${word}, but the decoder gives logits of ${words} words. Name the token that fills texts up by ${asOption('pad')}, or export the decoder of this vocabulary.`,
          )
        const start = from + t * words
        return eta[start + word] - logSum(eta, start, words)
      })
    },
    divergence(of, a, b, x, at = 0) {
      const { eta, words = 1 } = of
      return sum(steps(of), (t) => {
        if (x?.[at + t + 1] === pad) return 0
        const [left, right] = [a + t * words, b + t * words]
        const [p, q] = [logSum(eta, left, words), logSum(eta, right, words)]
        return sum(words, (w) => {
          const [l, r] = [eta[left + w] - p, eta[right + w] - q]
          return (Math.exp(l) - Math.exp(r)) * (l - r)
        })
      })
    },
  }
}
