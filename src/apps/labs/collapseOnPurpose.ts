import { computation, type Random } from './exercise'
import { logMeanExp, logNormal, logSumExp, mean, sum } from './formulas'

type List = readonly number[]
type Mixture = [x: number, weights: List, means: List, sds: List]

const share = (values: List): number[] => values.map((value) => value / sum(values))
const density = (x: number, m: number, s: number): number => Math.exp(logNormal(x - m, s * s))
const each = (x: number, weights: List, means: List, sds: List): number[] =>
  weights.map((p, k) => p * density(x, means[k], sds[k]))

/** In the logarithm, so that a point far from every component does no harm. */
function posterior(x: number, weights: List, means: List, sds: List): number[] {
  const logs = weights.map((p, k) => Math.log(p) + logNormal(x - means[k], sds[k] ** 2))
  return logs.map((log) => Math.exp(log - logSumExp(logs)))
}

/** Lab 3: collapse on purpose. */
export const collapseOnPurpose = {
  responsibilities: computation({
    title: 'p(w|x) ∝ p(w) N(x; m_w, s_w²)',
    names: ['x', 'weights', 'means', 'sds'],
    draw: (random: Random): Mixture => [
      random.signed(0.2, 1.5),
      share(random.list(3, () => random.number(0.2, 1))).map((p) => Number(p.toFixed(6))),
      random.list(3, () => random.signed(0.1, 2)),
      random.list(3, () => random.number(0.6, 1.6)),
    ],
    right: posterior,
    hint: 'For each component weight times normal density; then divide by their sum.',
    mistakes: {
      'not normalised': { instead: each, hint: 'They do not sum to 1: divide by their sum, which is p(x).' },
      'no weights': {
        instead: (x, p, m, s) =>
          posterior(
            x,
            p.map(() => 1),
            m,
            s,
          ),
        hint: 'The prior weights p(w) are missing.',
      },
      'no 1/s in the density': {
        instead: (x, p, m, s) => share(p.map((one, k) => one * Math.exp(-(((x - m[k]) / s[k]) ** 2) / 2))),
        hint: 'The density carries 1/s: it does not cancel, because the components differ in s.',
      },
      'sd for variance': {
        instead: (x, p, m, s) =>
          share(p.map((one, k) => (one / s[k]) * Math.exp(-((x - m[k]) ** 2) / (2 * s[k])))),
        hint: 'The square in the exponent is divided by 2s², not by 2s.',
      },
      'no ½': {
        instead: (x, p, m, s) =>
          share(p.map((one, k) => (one / s[k]) * Math.exp(-(((x - m[k]) / s[k]) ** 2)))),
        hint: 'The exponent lacks its ½: −(x − m)²/(2s²).',
      },
      'logarithms, not probabilities': {
        instead: (x, p, m, s) => posterior(x, p, m, s).map(Math.log),
        hint: 'These are the logarithms: take Math.exp.',
      },
    },
    edges: {
      underflow: {
        args: [60, [0.5, 0.5], [-1, 1], [1, 1]],
        hint: 'Far from every component all densities are 0 for a computer, and 0/0 is NaN. Work with logarithms and take the largest out before Math.exp.',
      },
    },
  }),
  'component-flatness': computation({
    title: 'F_w = log (1/K) Σ p(x|w) − (1/K) Σ log p(x|w)',
    names: ['logs'],
    draw: (random: Random): [logs: List] => [random.list(4, () => random.number(-6, -0.5))],
    right: (logs) => logMeanExp(logs) - mean(logs),
    hint: 'log p(x) is log mean exp of the log p(x|w); subtract their mean.',
    mistakes: {
      sign: {
        instead: (logs) => mean(logs) - logMeanExp(logs),
        hint: 'The sign is wrong: F is never negative.',
      },
      'no log K': {
        instead: (logs) => logSumExp(logs) - mean(logs),
        hint: 'log p(x) averages over w: − log K is missing. As written, F would not be 0 for equal components.',
      },
      'sum for mean': {
        instead: (logs) => logMeanExp(logs) - sum(logs),
        hint: 'The second term is the mean over components, not the sum.',
      },
      'the largest for the mean': {
        instead: (logs) => Math.max(...logs) - mean(logs),
        hint: 'log p(x) is not the largest log p(x|w), but log mean exp of all.',
      },
      'log p(x) alone': {
        instead: (logs) => logMeanExp(logs),
        hint: 'That is log p(x): subtract the mean of the log p(x|w).',
      },
    },
    edges: {
      underflow: {
        args: [[-2000, -2001, -2003]],
        hint: 'exp(−2000) is 0 for a computer. Take the largest out first: log Σ exp(l) = top + log Σ exp(l − top).',
      },
    },
  }),
  'weight-for-information': computation({
    title: 'the weight w ≥ 0 at which x ~ N(wz, σ²) has I(x; z) = I nats',
    names: ['information', 'sigma'],
    draw: (random: Random): [information: number, sigma: number] => [
      random.number(0.1, 1.8),
      random.number(0.3, 2.6),
    ],
    right: (I, s) => s * Math.sqrt(Math.expm1(2 * I)),
    hint: 'I = ½ log(1 + w²/σ²). Solve for w.',
    mistakes: {
      'no 2': {
        instead: (I, s) => s * Math.sqrt(Math.expm1(I)),
        hint: 'The ½ before the logarithm becomes a 2 in the exponent: e^{2I}.',
      },
      'no − 1': {
        instead: (I, s) => s * Math.exp(I),
        hint: 'e^{2I} = 1 + w²/σ²: subtract the 1. As written, I = 0 would not give w = 0.',
      },
      'no root': { instead: (I, s) => s * s * Math.expm1(2 * I), hint: 'That is w²: take the root.' },
      'powers of 2': {
        instead: (I, s) => s * Math.sqrt(2 ** (2 * I) - 1),
        hint: 'The information is in nats, so the base is e: Math.exp.',
      },
      'variance for sd': {
        instead: (I, s) => s * s * Math.sqrt(Math.expm1(2 * I)),
        hint: 'w is in units of σ, not of σ².',
      },
    },
  }),
  'fitted-lengths': computation({
    title: 'lengths of the rows of W at maximum likelihood: √max(0, λ − σ²)',
    names: ['eigenvalues', 'sigma'],
    draw: (random: Random): [eigenvalues: List, sigma: number] => [
      random.list(4, () => random.number(2.5, 9)),
      random.number(0.4, 1.5),
    ],
    right: (lambda, s) => lambda.map((one) => Math.sqrt(Math.max(0, one - s * s))),
    hint: 'Direction by direction: the variance λ in the data is w² + σ² of the model, and w² cannot be negative.',
    mistakes: {
      'no root': {
        instead: (lambda, s) => lambda.map((one) => one - s * s),
        hint: 'That is w²: take the root.',
      },
      'sd for variance': {
        instead: (lambda, s) => lambda.map((one) => Math.sqrt(one - s)),
        hint: 'sigma is a standard deviation: subtract its square.',
      },
      'no noise': {
        instead: (lambda) => lambda.map(Math.sqrt),
        hint: 'The noise accounts for σ² of the variance: subtract it.',
      },
      'roots subtracted': {
        instead: (lambda, s) => lambda.map((one) => Math.sqrt(one) - s),
        hint: 'Variances add, standard deviations do not: subtract σ² before you take the root.',
      },
    },
    edges: {
      'noisier than the data': {
        args: [[3, 1, 0.25], 1],
        hint: 'Where λ < σ² the root is NaN. The best weight is then 0: Math.max(0, λ − σ²). That is where units collapse.',
      },
    },
  }),
}
