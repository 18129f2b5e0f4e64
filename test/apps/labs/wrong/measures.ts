import type { Slip } from './index'

/** Lab 2. */
export const wrongMeasures: Record<string, Record<string, Slip>> = {
  'gaussian-kl': {
    'mean over units': [['Math.log(sd[u]), 0)', 'Math.log(sd[u]), 0) / mean.length']],
    'no ½': [
      ['0.5 * ', ''],
      ['- Math.log(sd[u])', '- 2 * Math.log(sd[u])'],
    ],
    'sd for variance': [['sd[u] ** 2', 'sd[u]']],
    'log s for log s²': [['- Math.log(sd[u])', '- 0.5 * Math.log(sd[u])']],
    'sign of the logarithm': [['- Math.log', '+ Math.log']],
    reversed: [
      [
        '0.5 * (m ** 2 + sd[u] ** 2 - 1) - Math.log(sd[u])',
        '0.5 * ((1 + m ** 2) / sd[u] ** 2 - 1) + Math.log(sd[u])',
      ],
    ],
    'log₂': [['Math.log(', 'Math.log2(']],
  },
  elbo: {
    'KL added': [['fit - kl', 'fit + kl']],
    'KL missing': [['fit - kl', 'fit']],
    'the mean of z put in': [[' + weight ** 2 * s ** 2', '']],
    'w not squared': [['+ weight ** 2 * s', '+ weight * s']],
    'no constant': [['-0.5 * Math.log(2 * Math.PI * sigma ** 2) - square', '-square']],
    sign: [['fit - kl', 'kl - fit']],
  },
  'log-likelihood': {
    'the mean of the logs': [
      [
        'return top + Math.log(total / row.length)',
        'return row.reduce((sum, log) => sum + log, 0) / row.length',
      ],
    ],
    'points averaged first': [
      [
        'return logWeights.reduce((sum, row) => sum + ofPoint(row), 0) / logWeights.length',
        'return Math.log(logWeights.reduce((sum, row) => sum + Math.exp(ofPoint(row)), 0) / logWeights.length)',
      ],
    ],
    'sum for mean over samples': [['total / row.length', 'total']],
    'sum over points': [[' / logWeights.length', '']],
    'wrong axis': [
      [
        'const ofPoint',
        'logWeights = logWeights[0].map((_, s) => logWeights.map((row) => row[s]))\n  const ofPoint',
      ],
    ],
    underflow: [['const top = Math.max(...row)', 'const top = 0']],
  },
  'active-units': {
    'count for share': [
      [
        'return mean(units.map((unit) => (variance(unit) > 0.01 ? 1 : 0)))',
        'return units.filter((unit) => variance(unit) > 0.01).length',
      ],
    ],
    'sd for variance': [['variance(unit) > 0.01', 'Math.sqrt(variance(unit)) > 0.01']],
    'not centred': [['(value - mean(values)) ** 2', 'value ** 2']],
    'wrong axis': [['means[0].map((_, u) => means.map((row) => row[u]))', 'means']],
  },
  'mutual-information': {
    sign: [['return entropy(average) - ', 'return -entropy(average) + ']],
    'log₂': [['Math.log(', 'Math.log2(']],
    'KL from the prior': [['entropy(average)', 'Math.log(q[0].length)']],
    'the first entropy alone': [
      ['entropy(average) - q.reduce((sum, row) => sum + entropy(row), 0) / q.length', 'entropy(average)'],
    ],
    'sum over points': [['entropy(row), 0) / q.length', 'entropy(row), 0)']],
    'log 0': [['(one > 0 ? one * Math.log(one) : 0)', 'one * Math.log(one)']],
  },
}
