import { computation, type Random } from './exercise'
import { columns, klToPrior, logMeanExp, logSumExp, mean, sum, variance } from './formulas'

type Rows = readonly (readonly number[])[]

const klSum = (m: readonly number[], s: readonly number[]): number =>
  sum(m.map((one, u) => klToPrior(one, s[u])))

/** E over N(m, s²) of log N(x; wz, σ²), with what stands for the variance w²s². */
const fit = (x: number, w: number, sigma: number, m: number, spread: number): number =>
  -(Math.log(2 * Math.PI * sigma ** 2) + ((x - w * m) ** 2 + spread) / sigma ** 2) / 2

/** Log weights whose mean is about −5, so that no exponential under- or overflows. */
const logWeights = (random: Random): [Rows] => [
  random.list(4, () => random.list(5, () => random.number(-9, -1))),
]

/**
 * Units at 0 or away from it, that stand still, move a little (their sd alone passes 0.01) or are active:
 * each mistake counts others.
 */
function movingMeans(random: Random): [Rows] {
  const kinds = [
    [0, 0.001],
    [1, 0.05],
    [0, 0.7],
    [1, 0.001],
    [0, 0.05],
    [1, 0.001],
    [1, 0.7],
  ]
  const units = kinds.map(([away, sd]) => ({ at: away * random.signed(0.8, 1.5), sd }))
  const moved = (i: number): number => (i % 2 ? 1 : -1) * random.number(0.8, 1.2)
  return [random.list(6, (i) => units.map(({ at, sd }) => Number((at + sd * moved(i)).toFixed(4))))]
}

const probabilities = (random: Random): [Rows] => [
  random.list(5, () => {
    const raw = random.list(3, () => random.number(0.05, 1))
    return raw.map((value) => value / sum(raw))
  }),
]

const entropy = (q: readonly number[]): number => -sum(q.map((p) => (p > 0 ? p * Math.log(p) : 0)))
const information = (q: Rows): number => entropy(columns(q).map(mean)) - mean(q.map(entropy))

const activeShare = (means: Rows): number => mean(columns(means).map((one) => Number(variance(one) > 0.01)))

/** Lab 2: the measures of collapse by hand. */
export const measuresByHand = {
  'gaussian-kl': computation({
    title: 'KL(N(m, diag s²) ‖ N(0, I)), summed over units',
    names: ['mean', 'sd'],
    draw: (random: Random): [mean: readonly number[], sd: readonly number[]] => [
      random.list(3, () => random.signed(0.2, 2)),
      random.list(3, () => random.number(0.2, 0.9)),
    ],
    right: klSum,
    hint: 'For each unit ½(m² + s² − 1 − log s²), and the sum over units.',
    mistakes: {
      'mean over units': {
        instead: (m, s) => klSum(m, s) / m.length,
        hint: 'Sum over the units, do not average: the KL of independent units adds.',
      },
      'no ½': { instead: (m, s) => 2 * klSum(m, s), hint: 'Twice too large: a ½ is missing.' },
      'sd for variance': {
        instead: (m, s) => sum(m.map((one, u) => (one * one + s[u] - 1) / 2 - Math.log(s[u]))),
        hint: 's² belongs beside m², and you have s.',
      },
      'log s for log s²': {
        instead: (m, s) => sum(m.map((one, u) => (one * one + s[u] ** 2 - 1 - Math.log(s[u])) / 2)),
        hint: 'Within the ½ stands log s², which is 2 log s.',
      },
      'sign of the logarithm': {
        instead: (m, s) => sum(m.map((one, u) => (one * one + s[u] ** 2 - 1) / 2 + Math.log(s[u]))),
        hint: 'The logarithm has the wrong sign: a narrower q costs more, −log s.',
      },
      reversed: {
        instead: (m, s) => sum(m.map((one, u) => (1 + one * one) / (2 * s[u] ** 2) - 0.5 + Math.log(s[u]))),
        hint: 'That is KL(prior ‖ q). In the ELBO stands KL(q ‖ prior): no division by s².',
      },
      'log₂': {
        instead: (m, s) => sum(m.map((one, u) => (one * one + s[u] ** 2 - 1) / 2 - Math.log2(s[u]))),
        hint: 'That is the logarithm to base 2: use Math.log, for nats.',
      },
    },
  }),
  elbo: computation({
    title: 'E_q log p(x|z) − KL(q ‖ prior) for x ~ N(wz, σ²), q = N(m, s²)',
    names: ['x', 'weight', 'sigma', 'm', 's'],
    draw: (random: Random): [x: number, weight: number, sigma: number, m: number, s: number] => [
      random.signed(0.3, 2),
      random.signed(0.4, 2),
      random.number(0.5, 1.8),
      random.signed(0.2, 1.5),
      random.number(0.2, 0.9),
    ],
    right: (x, w, sigma, m, s) => fit(x, w, sigma, m, (w * s) ** 2) - klToPrior(m, s),
    hint: 'E(x − wz)² = (x − wm)² + w²s². The fit is −½ log(2πσ²) − that/(2σ²); then subtract the KL.',
    mistakes: {
      'KL added': {
        instead: (x, w, sigma, m, s) => fit(x, w, sigma, m, (w * s) ** 2) + klToPrior(m, s),
        hint: 'The KL is subtracted: it is the price of the code.',
      },
      'KL missing': {
        instead: (x, w, sigma, m, s) => fit(x, w, sigma, m, (w * s) ** 2),
        hint: 'The KL of q from the prior is missing.',
      },
      'the mean of z put in': {
        instead: (x, w, sigma, m, s) => fit(x, w, sigma, m, 0) - klToPrior(m, s),
        hint: 'The spread of q is missing in the fit: E(x − wz)² = (x − wm)² + w²s².',
      },
      'w not squared': {
        instead: (x, w, sigma, m, s) => fit(x, w, sigma, m, w * s * s) - klToPrior(m, s),
        hint: 'The variance of wz is w²s².',
      },
      'no constant': {
        instead: (x, w, sigma, m, s) =>
          fit(x, w, sigma, m, (w * s) ** 2) + Math.log(2 * Math.PI * sigma ** 2) / 2 - klToPrior(m, s),
        hint: 'The constant −½ log(2πσ²) is missing: without it the ELBO is not a bound on log p(x).',
      },
      sign: {
        instead: (x, w, sigma, m, s) => klToPrior(m, s) - fit(x, w, sigma, m, (w * s) ** 2),
        hint: 'The sign is wrong: this is the loss, −ELBO.',
      },
    },
  }),
  'log-likelihood': computation({
    title: 'mean over points of log mean exp over samples',
    names: ['logWeights'],
    draw: logWeights,
    right: (log) => mean(log.map(logMeanExp)),
    hint: 'For each point (row): log of the mean of the exponentials. Then the mean over points.',
    mistakes: {
      'the mean of the logs': {
        instead: (log) => mean(log.map(mean)),
        hint: 'The mean of the log weights is the ELBO. The logarithm stands outside the mean over samples: log mean exp.',
      },
      'points averaged first': {
        instead: (log) => logMeanExp(log.flat()),
        hint: 'The points are averaged inside the logarithm. Take log mean exp for each point, then the mean of these logarithms.',
      },
      'sum for mean over samples': {
        instead: (log) => mean(log.map(logSumExp)),
        hint: 'Take the mean over samples, not the sum: − log S is missing.',
      },
      'sum over points': {
        instead: (log) => sum(log.map(logMeanExp)),
        hint: 'Average over points at the end, do not sum.',
      },
      'wrong axis': {
        instead: (log) => mean(columns(log).map(logMeanExp)),
        hint: 'Rows are points and columns samples: here the exponentials are averaged over points.',
      },
    },
    edges: {
      underflow: {
        args: [
          [
            [-1000, -1001],
            [-990, -992],
          ],
        ],
        hint: 'exp(−1000) is 0 for a computer. Take the largest log weight of the row out first: log Σ exp(l) = top + log Σ exp(l − top).',
      },
    },
  }),
  'active-units': computation({
    title: 'share of units with Var over x of the posterior mean > 0.01',
    names: ['means'],
    draw: movingMeans,
    right: activeShare,
    hint: 'For each unit (column): the variance of its means over the points (rows). Then the share of units in which it is above 0.01.',
    mistakes: {
      'count for share': {
        instead: (means) => sum(columns(means).map((one) => Number(variance(one) > 0.01))),
        hint: 'That is how many units are active; divide by the number of units.',
      },
      'sd for variance': {
        instead: (means) => mean(columns(means).map((one) => Number(Math.sqrt(variance(one)) > 0.01))),
        hint: 'The threshold 0.01 is for the variance, and you compare the standard deviation.',
      },
      'not centred': {
        instead: (means) => mean(columns(means).map((one) => Number(mean(one.map((v) => v * v)) > 0.01))),
        hint: 'The mean is not taken off: a constant unit away from 0 carries no information.',
      },
      'wrong axis': {
        instead: (means) => activeShare(columns(means)),
        hint: 'Rows are points and columns units: here the variance is over units.',
      },
    },
  }),
  'mutual-information': computation({
    title: 'I(x; w) = H(mean of q(w|x)) − mean of H(q(w|x))',
    names: ['q'],
    draw: probabilities,
    right: information,
    hint: 'H(q) = −Σ q log q. First the entropy of the average q over points, less the average of the entropies of the rows.',
    mistakes: {
      sign: { instead: (q) => -information(q), hint: 'The sign is wrong: information is never negative.' },
      'log₂': {
        instead: (q) => information(q) / Math.LN2,
        hint: 'These are bits: use Math.log, for nats.',
      },
      'KL from the prior': {
        instead: (q) => Math.log(q[0].length) - mean(q.map(entropy)),
        hint: 'That is the mean KL from the uniform prior. Information is measured from the average of q over the points.',
      },
      'the first entropy alone': {
        instead: (q) => entropy(columns(q).map(mean)),
        hint: 'That is the entropy of the average: subtract the average entropy of the rows.',
      },
      'sum over points': {
        instead: (q) => entropy(columns(q).map(mean)) - sum(q.map(entropy)),
        hint: 'Average the entropies over the points, do not sum.',
      },
      'the second entropy alone': {
        instead: (q) => mean(q.map(entropy)),
        hint: 'That is the average entropy of the rows; it is subtracted from the entropy of the average.',
      },
    },
    edges: {
      'log 0': {
        args: [
          [
            [1, 0, 0],
            [0, 1, 0],
            [0.5, 0.5, 0],
          ],
        ],
        hint: '0 · log 0 is NaN for a computer, and 0 here: leave terms with q = 0 out.',
      },
    },
  }),
}
