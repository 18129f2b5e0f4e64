import type { Slip } from './index'

const cost = 'return units.reduce((sum, unit) => sum + Math.max(lambda, unit), 0)'
const weight = 'Math.min(1, step / (until * steps))'

/** Lab 4. */
export const wrongFixes: Record<string, Record<string, Slip>> = {
  'beta-posterior': {
    'β left out': [['beta * sigma ** 2', 'sigma ** 2']],
    'σ²/β': [['beta * sigma ** 2', 'sigma ** 2 / beta']],
    'β²': [['beta * sigma ** 2', '(beta * sigma) ** 2']],
    'variance for sd': [['Math.sqrt(noise / total)', 'noise / total']],
    'sd of the exact posterior': [['Math.sqrt(noise / total)', 'sigma / Math.hypot(weight, sigma)']],
  },
  'free-bits': {
    'maximum before the mean': [
      ['sum + row[u], 0)', 'sum + Math.max(lambda, row[u]), 0)'],
      ['Math.max(lambda, unit)', 'unit'],
    ],
    'one threshold for all units': [
      [cost, 'return Math.max(lambda, units.reduce((sum, unit) => sum + unit, 0))'],
    ],
    'minimum for maximum': [['Math.max', 'Math.min']],
    'mean over units': [[cost, `${cost} / units.length`]],
    'sum over the batch': [[' / kl.length', '']],
    'wrong axis': [
      [
        'kl[0].map((_, u) => kl.reduce((sum, row) => sum + row[u], 0) / kl.length)',
        'kl.map((row) => row.reduce((sum, one) => sum + one, 0) / row.length)',
      ],
    ],
    'λ subtracted': [['Math.max(lambda, unit)', 'Math.max(0, unit - lambda)']],
  },
  'annealing-weight': {
    'no cap': [[weight, 'step / (until * steps)']],
    'over all steps': [['until * steps', 'steps']],
    falling: [[weight, `1 - ${weight}`]],
    'no rise': [[weight, 'step < until * steps ? 0 : 1']],
    'starts at until': [[weight, 'Math.max(0, (step / steps - until) / (1 - until))']],
  },
  'kl-split': {
    exchanged: [
      [
        'return [information, 0.5 * (centre ** 2 + total - 1 - Math.log(total))]',
        'return [0.5 * (centre ** 2 + total - 1 - Math.log(total)), information]',
      ],
    ],
    'aggregate without s²': [
      ['(centre ** 2 + total - 1 - Math.log(total))', '(centre ** 2 + variance - 1 - Math.log(variance))'],
    ],
    'whole KL for the second': [
      [
        '0.5 * (centre ** 2 + total - 1 - Math.log(total))',
        '0.5 * (centre ** 2 + total - 1 - Math.log(s ** 2))',
      ],
    ],
    'no ½ in the information': [['0.5 * Math.log(total / s ** 2)', 'Math.log(total / s ** 2)']],
    'sd for variance': [['s ** 2', 's']],
    'log₂': [['0.5 * Math.log(total / s', '0.5 * Math.log2(total / s']],
  },
}
