import type { Slip } from './index'

/** Lab 3. */
export const wrongCollapse: Record<string, Record<string, Slip>> = {
  responsibilities: {
    'not normalised': [
      ['const top = Math.max(...logs)', 'const top = 0.5 * Math.log(2 * Math.PI)'],
      ['one / total', 'one'],
    ],
    'no weights': [['Math.log(p) - ', '-']],
    'no 1/s in the density': [[' - Math.log(sds[k])', '']],
    'sd for variance': [['((x - means[k]) / sds[k]) ** 2', '(x - means[k]) ** 2 / sds[k]']],
    'no ½': [['0.5 * ', '']],
    'logarithms, not probabilities': [['one / total', 'Math.log(one / total)']],
    underflow: [['const top = Math.max(...logs)', 'const top = 0']],
  },
  'component-flatness': {
    sign: [['return logX - ', 'return -logX + ']],
    'no log K': [['total / logs.length', 'total']],
    'sum for mean': [['sum + log, 0) / logs.length', 'sum + log, 0)']],
    'the largest for the mean': [['top + Math.log(total / logs.length)', 'top']],
    'log p(x) alone': [['return logX - ', 'return logX - 0 * ']],
    underflow: [['const top = Math.max(...logs)', 'const top = 0']],
  },
  'weight-for-information': {
    'no 2': [['2 * information', 'information']],
    'no − 1': [[' - 1)', ')']],
    'no root': [
      ['sigma * Math.sqrt(Math.exp(2 * information) - 1)', 'sigma ** 2 * (Math.exp(2 * information) - 1)'],
    ],
    'powers of 2': [['Math.exp(2 * information)', '2 ** (2 * information)']],
    'variance for sd': [['sigma * ', 'sigma ** 2 * ']],
  },
  'fitted-lengths': {
    'no root': [['Math.sqrt(Math.max(0, lambda - sigma ** 2))', 'Math.max(0, lambda - sigma ** 2)']],
    'sd for variance': [['sigma ** 2', 'sigma']],
    'no noise': [[' - sigma ** 2', '']],
    'roots subtracted': [
      ['Math.sqrt(Math.max(0, lambda - sigma ** 2))', 'Math.max(0, Math.sqrt(lambda) - sigma)'],
    ],
    'noisier than the data': [['Math.max(0, lambda - sigma ** 2)', 'lambda - sigma ** 2']],
  },
}
