import { computation, type Random } from './exercise'
import { columns, klToPrior, mean, sum } from './formulas'

type List = readonly number[]
type Rows = readonly List[]

const optimum = (x: number, w: number, noise: number): [number, number] => [
  (w * x) / (w * w + noise),
  Math.sqrt(noise / (w * w + noise)),
]

/** Information and marginal KL of posteriors N(m, s²) whose means are normal, N(centre, variance). */
const split = (centre: number, variance: number, s: number): [number, number] => [
  Math.log((variance + s * s) / (s * s)) / 2,
  klToPrior(centre, Math.sqrt(variance + s * s)),
]

/** Lab 4: the fixes compared. */
export const fixesCompared = {
  'beta-posterior': computation({
    title: 'the q = N(m, s²) that maximises E_q log N(x; wz, σ²) − β KL(q ‖ prior), as [m, s]',
    names: ['x', 'weight', 'sigma', 'beta'],
    draw: (random: Random): [x: number, weight: number, sigma: number, beta: number] => [
      random.signed(0.3, 2.5),
      random.signed(0.4, 2),
      random.number(0.5, 1.9),
      random.number(0.15, 0.8),
    ],
    right: (x, w, s, beta) => optimum(x, w, beta * s * s),
    hint: 'Divide the objective by β: it is the ELBO of a model with noise variance βσ². So it is the exact posterior of that model.',
    mistakes: {
      'β left out': {
        instead: (x, w, s) => optimum(x, w, s * s),
        hint: 'That is the exact posterior, at β = 1. A KL with weight β is equivalent to a noise variance of βσ².',
      },
      'σ²/β': {
        instead: (x, w, s, beta) => optimum(x, w, (s * s) / beta),
        hint: 'β stands on the wrong side: a small β is equivalent to less noise, βσ².',
      },
      'β²': {
        instead: (x, w, s, beta) => optimum(x, w, (beta * s) ** 2),
        hint: 'β multiplies the variance σ², not the standard deviation.',
      },
      'variance for sd': {
        instead: (x, w, s, beta) => [optimum(x, w, beta * s * s)[0], optimum(x, w, beta * s * s)[1] ** 2],
        hint: 'The second number is the variance; return its root.',
      },
      'sd of the exact posterior': {
        instead: (x, w, s, beta) => [optimum(x, w, beta * s * s)[0], optimum(x, w, s * s)[1]],
        hint: 'The mean is right. The spread of q depends on β too: it becomes too narrow.',
      },
    },
  }),
  'free-bits': computation({
    title: 'Σ over units of max(λ, KL averaged over the batch)',
    names: ['kl', 'lambda'],
    draw: (random: Random): [kl: Rows, lambda: number] => [
      random.list(4, () => random.list(3, (u) => random.number([0, 0.1, 0.9][u], [0.3, 1.2, 2][u]))),
      random.number(0.4, 0.6),
    ],
    right: (kl, lambda) => sum(columns(kl).map((unit) => Math.max(lambda, mean(unit)))),
    hint: 'For each unit (column) the mean over the batch, then the larger of it and λ, then the sum over units.',
    mistakes: {
      'maximum before the mean': {
        instead: (kl, lambda) => sum(columns(kl).map((unit) => mean(unit.map((v) => Math.max(lambda, v))))),
        hint: 'The maximum is taken point by point here: average over the batch first. Otherwise points are punished that rightly carry more information than others.',
      },
      'one threshold for all units': {
        instead: (kl, lambda) => Math.max(lambda, sum(columns(kl).map(mean))),
        hint: 'λ holds for each unit by itself: take the maximum before you sum over units.',
      },
      'minimum for maximum': {
        instead: (kl, lambda) => sum(columns(kl).map((unit) => Math.min(lambda, mean(unit)))),
        hint: 'That caps the cost from above. KL below λ is free: Math.max.',
      },
      'mean over units': {
        instead: (kl, lambda) => mean(columns(kl).map((unit) => Math.max(lambda, mean(unit)))),
        hint: 'Sum over the units, do not average.',
      },
      'sum over the batch': {
        instead: (kl, lambda) => sum(columns(kl).map((unit) => Math.max(lambda, sum(unit)))),
        hint: 'Average over the batch, do not sum: λ is in nats per data point.',
      },
      'wrong axis': {
        instead: (kl, lambda) => sum(kl.map((row) => Math.max(lambda, mean(row)))),
        hint: 'Rows are data points and columns units: here the maximum is taken for each data point.',
      },
      'λ subtracted': {
        instead: (kl, lambda) => sum(columns(kl).map((unit) => Math.max(0, mean(unit) - lambda))),
        hint: 'That is lower by λ for every unit: the cost stays at λ below it, it does not start from 0.',
      },
    },
  }),
  'annealing-weight': computation({
    title: 'weight of the KL at a step: from 0 to 1 over the first share of all steps, then 1',
    names: ['step', 'steps', 'until'],
    draw: (random: Random): [step: number, steps: number, until: number] => {
      const steps = 100 * random.count(5, 20)
      return [Math.floor(steps * random.number(0, 1)), steps, random.number(0.2, 0.7)]
    },
    right: (step, steps, until) => Math.min(1, step / (until * steps)),
    hint: 'step / (until · steps), but never above 1.',
    mistakes: {
      'no cap': {
        instead: (step, steps, until) => step / (until * steps),
        hint: 'After the share `until` the weight stays at 1: Math.min(1, …). Above 1 it would be a β-VAE with β > 1.',
      },
      'over all steps': {
        instead: (step, steps) => step / steps,
        hint: 'The rise is over the first share `until` of the steps, not over all.',
      },
      falling: {
        instead: (step, steps, until) => Math.max(0, 1 - step / (until * steps)),
        hint: 'It rises from 0 to 1: at the start z is free of charge.',
      },
      'no rise': {
        instead: (step, steps, until) => Number(step >= until * steps),
        hint: 'That jumps from 0 to 1; the rise is linear.',
      },
      'starts at until': {
        instead: (step, steps, until) => Math.max(0, (step / steps - until) / (1 - until)),
        hint: 'That rises after the share `until`. It rises before, and stays at 1 after.',
      },
    },
  }),
  'kl-split': computation({
    title: 'mean KL in two: [I(x; z), KL(aggregate posterior ‖ prior)]',
    names: ['centre', 'variance', 's'],
    draw: (random: Random): [centre: number, variance: number, s: number] => [
      random.signed(0.2, 1.5),
      random.number(0.2, 1.4),
      random.number(0.3, 0.9),
    ],
    right: split,
    hint: 'The aggregate posterior is N(centre, variance + s²). I = ½ log((variance + s²)/s²), and the second is the KL of a normal from N(0, 1).',
    mistakes: {
      exchanged: {
        instead: (c, v, s) => [split(c, v, s)[1], split(c, v, s)[0]],
        hint: 'The two are exchanged: information first.',
      },
      'aggregate without s²': {
        instead: (c, v, s) => [split(c, v, s)[0], klToPrior(c, Math.sqrt(v))],
        hint: 'The aggregate posterior is wider than its means: variance + s².',
      },
      'whole KL for the second': {
        instead: (c, v, s) => [split(c, v, s)[0], klToPrior(c, Math.sqrt(v + s * s)) + split(c, v, s)[0]],
        hint: 'The second number is the whole mean KL: subtract the information.',
      },
      'no ½ in the information': {
        instead: (c, v, s) => [2 * split(c, v, s)[0], split(c, v, s)[1]],
        hint: 'The information is ½ log of the ratio of the variances.',
      },
      'sd for variance': {
        instead: (c, v, s) => [Math.log((v + s) / s) / 2, klToPrior(c, Math.sqrt(v + s))],
        hint: 's is a standard deviation: s² adds to the variance.',
      },
      'log₂': {
        instead: (c, v, s) => [split(c, v, s)[0] / Math.LN2, split(c, v, s)[1]],
        hint: 'The information is in bits: use Math.log, for nats.',
      },
    },
  }),
}
