import { ppca } from '../../models/ppca'
import { deadDirection } from './deadDirection'
import { computation, type Random } from './exercise'
import { columns, identity, klToPrior, logNormal, plus, product, times } from './formulas'

const point = (random: Random): [x: number, weight: number, sigma: number] => [
  random.signed(0.3, 2.5),
  random.signed(0.4, 2),
  random.number(0.5, 1.9),
]
const names = ['x', 'weight', 'sigma']
const model = (weight: number, sigma: number) => ppca({ weights: [[weight]], sigma })

type Rows = readonly (readonly number[])[]
const weights = (random: Random): [weights: Rows, sigma: number] => [
  random.list(2, () => random.list(3, () => random.signed(0.2, 2))),
  random.number(0.3, 1.8),
]

/** Lab 1: probabilistic PCA, x ~ N(zW, σ²I), by hand. */
export const ppcaByHand = {
  'ppca-evidence': computation({
    title: 'log p(x) = log N(x; 0, w² + σ²)',
    names,
    draw: point,
    right: (x, w, sigma) => model(w, sigma).logEvidence([x])[0],
    hint: 'z and the noise are independent, so x is normal with mean 0 and variance w² + σ². Write log N(x; 0, v) = −½ log(2πv) − x²/(2v).',
    mistakes: {
      'no ½': {
        instead: (x, w, s) => 2 * logNormal(x, w * w + s * s),
        hint: 'Both terms carry a ½: −½ log(2πv) − x²/(2v).',
      },
      '½ on one term': {
        instead: (x, w, s) => logNormal(x, w * w + s * s) - Math.log(2 * Math.PI * (w * w + s * s)) / 2,
        hint: 'The logarithm carries a ½ too: it is the logarithm of a root.',
      },
      '½ on the logarithm only': {
        instead: (x, w, s) => logNormal(x, w * w + s * s) - (x * x) / (w * w + s * s) / 2,
        hint: 'The square carries a ½ too: −x²/(2v).',
      },
      'standard deviations added': {
        instead: (x, w, s) => logNormal(x, (w + s) ** 2),
        hint: 'Variances of independent terms add, standard deviations do not: v = w² + σ².',
      },
      'sd for variance': {
        instead: (x, w, s) => logNormal(x, w * w + s),
        hint: 'sigma is a standard deviation: its square goes into v.',
      },
      'no noise': {
        instead: (x, w) => logNormal(x, w * w),
        hint: 'The noise is missing: x = wz + noise, and its variance is w² + σ².',
      },
      'the likelihood at z = 0': {
        instead: (x, w, s) => logNormal(x, s * s),
        hint: 'That is log p(x|z = 0). The evidence averages over z, which adds w² to the variance.',
      },
      'no 2π': {
        instead: (x, w, s) => logNormal(x, w * w + s * s) + Math.log(2 * Math.PI) / 2,
        hint: 'The constant ½ log 2π is missing.',
      },
      sign: {
        instead: (x, w, s) => -logNormal(x, w * w + s * s),
        hint: 'The sign is wrong: a log density falls as x² grows.',
      },
      'a density, not its logarithm': {
        instead: (x, w, s) => Math.exp(logNormal(x, w * w + s * s)),
        hint: 'That is p(x); return its logarithm.',
      },
    },
  }),
  'ppca-posterior': computation({
    title: 'p(z|x) = N(wx/(w² + σ²), σ²/(w² + σ²)), as [mean, sd]',
    names,
    draw: point,
    right: (x, w, sigma) => {
      const { mean, covariance } = model(w, sigma).posterior([x])
      return [mean[0], Math.sqrt(covariance[0][0])]
    },
    hint: 'Precisions add: 1 from the prior, w²/σ² from the likelihood. The mean is the variance times wx/σ².',
    mistakes: {
      'variance for sd': {
        instead: (x, w, s) => [(w * x) / (w * w + s * s), (s * s) / (w * w + s * s)],
        hint: 'The second number is the variance; return its root.',
      },
      'no prior': {
        instead: (x, w, s) => [x / w, s / Math.abs(w)],
        hint: 'The prior is missing: this is the likelihood alone, as a density of z. Add its precision 1 to w²/σ².',
      },
      'precision for variance': {
        instead: (x, w, s) => [(w * x) / (w * w + s * s), Math.sqrt((w * w + s * s) / (s * s))],
        hint: 'The second number comes from the precision: the variance is one over it.',
      },
      'no w in the mean': {
        instead: (x, w, s) => [x / (w * w + s * s), s / Math.hypot(w, s)],
        hint: 'The mean lacks a factor w: the data depend on wz, not on z.',
      },
      exchanged: {
        instead: (x, w, s) => [s / Math.hypot(w, s), (w * x) / (w * w + s * s)],
        hint: 'Mean and standard deviation are exchanged: return [mean, sd].',
      },
    },
  }),
  'ppca-flatness': computation({
    title: 'F(x) = log p(x) − E log p(x|z) over z ~ N(0, 1)',
    names,
    draw: point,
    right: (x, w, sigma) => model(w, sigma).flatness([x])[0],
    hint: 'E log N(x; wz, σ²) over the prior is −½ log(2πσ²) − (x² + w²)/(2σ²), since E(x − wz)² = x² + w².',
    mistakes: {
      sign: {
        instead: (x, w, s) => -model(w, s).flatness([x])[0],
        hint: 'The sign is wrong: F is log p(x) less the mean, and never negative.',
      },
      'the mean of z put in': {
        instead: (x, w, s) => logNormal(x, w * w + s * s) - logNormal(x, s * s),
        hint: 'log p(x|z) at the mean of z is not the mean of log p(x|z): E(x − wz)² = x² + w².',
      },
      'the other KL': {
        instead: (x, w, s) => klToPrior((w * x) / (w * w + s * s), s / Math.hypot(w, s)),
        hint: 'That is KL(posterior ‖ prior). F is KL(prior ‖ posterior): the mean is taken over the prior.',
      },
      'no ½': {
        instead: (x, w, s) => 2 * model(w, s).flatness([x])[0],
        hint: 'Twice too large: a ½ is missing.',
      },
      'sd for variance': {
        instead: (x, w, s) =>
          logNormal(x, w * w + s * s) + (Math.log(2 * Math.PI * s * s) + (x * x + w * w) / s) / 2,
        hint: 'Divide the square by σ², not by σ.',
      },
    },
  }),
  'ppca-covariance': computation({
    title: 'Cov[x] = WᵀW + σ²I',
    names: ['weights', 'sigma'],
    draw: weights,
    right: (W, s) => plus(product(columns(W), W), identity(3), s * s),
    hint: 'Entry (d, e) is the sum over units k of W[k][d] W[k][e], with σ² more where d = e.',
    mistakes: {
      transposed: {
        instead: (W, s) => plus(product(W, columns(W)), identity(2), s * s),
        hint: 'That is WWᵀ, a matrix over units of z. Cov[x] is over the dimensions of x: WᵀW.',
      },
      'noise everywhere': {
        instead: (W, s) => product(columns(W), W).map((row) => row.map((value) => value + s * s)),
        hint: 'The noise of different dimensions of x is independent: σ² stands on the diagonal alone.',
      },
      'sd for variance': {
        instead: (W, s) => plus(product(columns(W), W), identity(3), s),
        hint: 'sigma is a standard deviation: its square goes on the diagonal.',
      },
      'no noise': {
        instead: (W) => product(columns(W), W),
        hint: 'The noise is missing: σ² on the diagonal.',
      },
      'mean over units': {
        instead: (W, s) => plus(times(1 / W.length, product(columns(W), W)), identity(3), s * s),
        hint: 'Sum over the units of z, do not average.',
      },
    },
  }),
  'dead-direction': deadDirection,
}
