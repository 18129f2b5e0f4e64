import type { Slip } from './index'

const matrix = 'return Array.from({ length: K }, (_, k) => Array.from({ length: D }, (__, d) => entry(d, k)))'
const softplus = 'Math.log1p(Math.exp(free[j]))'
const third = 'mu * value'

/** Lab 5. */
export const wrongBrenier: Record<string, Record<string, Slip>> = {
  'smooth-leaky-relu': {
    'α exchanged': [['alpha * a + (1 - alpha) * softplus', '(1 - alpha) * a + alpha * softplus']],
    kinked: [['return alpha * a + (1 - alpha) * softplus', 'return Math.max(a, alpha * a)']],
    'softplus alone': [['return alpha * a + (1 - alpha) * softplus', 'return softplus']],
    'its slope': [
      ['(1 - alpha) * softplus', '(1 - alpha) / (1 + Math.exp(-a))'],
      ['alpha * a', 'alpha'],
    ],
    overflow: [['Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))', 'Math.log(1 + Math.exp(a))']],
    'log₂': [['Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))', 'Math.log2(1 + Math.exp(a))']],
  },
  'convex-gradient': {
    'free weights as they are': [[softplus, 'free[j]']],
    'weights clipped': [[softplus, 'Math.max(0, free[j])']],
    'absolute weights': [[softplus, 'Math.abs(free[j])']],
    's for its slope': [['0.2 + 0.8 / (1 + Math.exp(-a))', '0.2 * a + 0.8 * Math.log1p(Math.exp(a))']],
    'no b': [['const a = offset + ', 'const a = ']],
    'sigmoid alone': [['0.2 + 0.8 / ', '1 / ']],
    'mean over hidden units': [['A[i][j], 0))', 'A[i][j], 0) / b.length)']],
    shape: [['return u.map((_, i) => d.reduce((sum, one, j) => sum + one * A[i][j], 0))', 'return d']],
  },
  'brenier-map': {
    'no μu': [[` + ${third}`, '']],
    'μu/2': [[third, `${third} / 2`]],
    'μ added': [[third, 'mu']],
    'μ subtracted': [[` + ${third}`, ` - ${third}`]],
    'free weights as they are': [[softplus, 'free[j]']],
    '2μu': [[third, `2 * ${third}`]],
  },
  'full-rank': {
    transposed: [[matrix, 'return Q.map((row, d) => row.map((_, k) => entry(d, k)))']],
    'not projected': [['value * inside[i][k], 0)', '0 * value, 0)']],
    'no s': [['s * Q[d][k]', 'Q[d][k]']],
    's on both': [['s * Q[d][k] + B[d][k] - ', 's * (Q[d][k] + B[d][k]) - s * ']],
    'plus for minus': [['B[d][k] - ', 'B[d][k] + ']],
    'Q left out': [['s * Q[d][k] + ', '']],
  },
  'injective-decoder': {
    'not injective': [
      [
        "lid.layers.fullRank(parameters, 'beta', latent, dim)",
        "lid.layers.dense(parameters, 'beta', latent, dim)",
      ],
    ],
    'no second map': [['g2.apply(beta.apply(g1.apply(z)))', 'beta.apply(g1.apply(z))']],
    'no first map': [['g1.apply(z)', 'z']],
    shape: [['g2.apply(beta.apply(g1.apply(z)))', 'g1.apply(beta.apply(g2.apply(z)))']],
  },
}
