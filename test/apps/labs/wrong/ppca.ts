import type { Slip } from './index'

const evidence = '-0.5 * Math.log(2 * Math.PI * variance) - x ** 2 / (2 * variance)'
const largest = /* the answer's last line */ 'return [weights[1][d] / sizes[d], -weights[0][d] / sizes[d]]'

/** Lab 1. */
export const wrongPpca: Record<string, Record<string, Slip>> = {
  'ppca-evidence': {
    'no ½': [[evidence, '-Math.log(2 * Math.PI * variance) - x ** 2 / variance']],
    '½ on one term': [['-0.5 * Math.log', '-Math.log']],
    '½ on the logarithm only': [['(2 * variance)', 'variance']],
    'standard deviations added': [['weight ** 2 + sigma ** 2', '(weight + sigma) ** 2']],
    'sd for variance': [['sigma ** 2', 'sigma']],
    'no noise': [['weight ** 2 + sigma ** 2', 'weight ** 2']],
    'the likelihood at z = 0': [['weight ** 2 + sigma ** 2', 'sigma ** 2']],
    'no 2π': [['2 * Math.PI * variance', 'variance']],
    sign: [[evidence, '0.5 * Math.log(2 * Math.PI * variance) + x ** 2 / (2 * variance)']],
    'a density, not its logarithm': [
      [evidence, 'Math.exp(-(x ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance)'],
    ],
  },
  'ppca-posterior': {
    'variance for sd': [['Math.sqrt(1 / precision)', '1 / precision']],
    'no prior': [['1 + weight', 'weight']],
    'precision for variance': [['Math.sqrt(1 / precision)', 'Math.sqrt(precision)']],
    'no w in the mean': [['weight * x', 'x']],
    exchanged: [['[mean, Math.sqrt(1 / precision)]', '[Math.sqrt(1 / precision), mean]']],
    shape: [['[mean, Math.sqrt(1 / precision)]', '[mean]']],
  },
  'ppca-flatness': {
    sign: [['evidence - average', 'average - evidence']],
    'the mean of z put in': [['x ** 2 + weight ** 2, sigma', 'x ** 2, sigma']],
    'no ½': [
      [
        '-0.5 * Math.log(2 * Math.PI * variance) - square / (2 * variance)',
        '-Math.log(variance) - square / variance',
      ],
    ],
    'sd for variance': [
      [
        'x ** 2 + weight ** 2, sigma ** 2)',
        'x ** 2 + weight ** 2, sigma) + 0.5 * Math.log(sigma) - Math.log(sigma)',
      ],
    ],
    bits: [['evidence - average', '(evidence - average) / Math.log(2)']],
  },
  'ppca-covariance': {
    transposed: [
      ['weights[0].length', 'weights.length'],
      [
        'weights.reduce((sum, row) => sum + row[d] * row[e], 0)',
        'weights[0].reduce((sum, _, k) => sum + weights[d][k] * weights[e][k], 0)',
      ],
    ],
    'noise everywhere': [['(d === e ? sigma ** 2 : 0)', 'sigma ** 2']],
    'sd for variance': [['sigma ** 2', 'sigma']],
    'no noise': [[' + (d === e ? sigma ** 2 : 0)', '']],
    'mean over units': [['row[e], 0)', 'row[e], 0) / weights.length']],
  },
  'dead-direction': {
    exchanged: [[largest, 'return [weights[0][d] / sizes[d], weights[1][d] / sizes[d]]']],
    sign: [['-weights[0][d]', 'weights[0][d]']],
    length: [[largest, 'return [weights[1][d], -weights[0][d]]']],
    zero: [[largest, 'return [0, 0]']],
    'first row zero': [
      [
        largest,
        'const c = weights[1][0] / weights[0][0]\n  return [c / Math.hypot(c, 1), -1 / Math.hypot(c, 1)]',
      ],
    ],
  },
}
