import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Estimate } from '../../src/base/estimate'
import { flatness } from '../../src/metrics/flatness'
import { near } from '../support/near'
import { Random } from '../support/random'
import { evaluationByHand } from './byHand'
import { calibrated } from './calibration'
import {
  average,
  drawX,
  exactInference,
  normalKl,
  standard,
  truthAt,
  type Inference,
  type Known,
} from './known'

/** Units that are strong, weak and dead. */
const linear = standard([1.5, 0.5, 0], 1)
const valuesOf = (units: Estimate[]): number[] => units.map((u) => u.value)
const exactOf = (known: Known, xs: number[][]): number[] =>
  known.slopes.map((_, u) => average(xs.map((x) => truthAt(known, x).flatnessOfUnits[u])))

/** The exact posterior of one unit moved by `shift` of its standard deviations and widened by `factor`. */
const wrongIn = (unit: number, shift: number, factor: number): Inference => ({
  qw: () => [1],
  q: (x) => {
    const [{ mean, sd }] = exactInference(linear).q(x)
    return [
      {
        mean: mean.map((m, u) => (u === unit ? m + shift * sd[u] : m)),
        sd: sd.map((s, u) => (u === unit ? s * factor : s)),
      },
    ]
  },
})

describe('flatness of units', () => {
  const xs = drawX(linear, 400, new Random(1))
  const exact = exactOf(linear, xs)
  const measure = (inference: Inference, samples: number): number[] =>
    valuesOf(flatness(evaluationByHand(linear, xs, inference, { samples, priorSamples: 1 })).units)

  it('is KL(p(z_u) ‖ p(z_u|x)) in closed form with the exact posterior, 0 for a dead unit', () => {
    near(measure(exactInference(linear), 5), exact, 1e-4)
    assert.ok(exact[0] > 1 && exact[1] > 0.05 && exact[2] === 0, `${exact.join(', ')}`)
  })

  it('leaves a dead unit at 0 if another unit makes the weights uneven', () => {
    const [strong, weak, dead] = measure(wrongIn(0, 0.8, 1.3), 20)
    assert.ok(Math.abs(dead) < 0.005, `dead ${dead}`)
    assert.ok(Math.abs(weak - exact[1]) < 0.02, `weak ${weak}, exact ${exact[1]}`)
    assert.ok(Math.abs(strong - exact[0]) < 0.15 * exact[0], `strong ${strong}, exact ${exact[0]}`)
  })

  it('returns a dead unit that q moved from its prior to 0, more closely with more draws', () => {
    const atQ = normalKl(0, 1, 0.6, 1.3)
    const few = measure(wrongIn(2, 0.6, 1.3), 20)[2]
    const many = measure(wrongIn(2, 0.6, 1.3), 500)[2]
    assert.ok(few < 0.5 * atQ && many < 0.05 * atQ && many < few, `q itself ${atQ}, then ${few}, ${many}`)
  })

  it('detects a unit that inference missed: q is at the prior, the posterior is not', () => {
    const missed: Inference = {
      qw: () => [1],
      q: (x) => {
        const [{ mean, sd }] = exactInference(linear).q(x)
        return [{ mean: [0, ...mean.slice(1)], sd: [1, ...sd.slice(1)] }]
      },
    }
    const [strong, , dead] = measure(missed, 400)
    assert.ok(Math.abs(strong - exact[0]) < 0.25 * exact[0], `${strong}, exact ${exact[0]}`)
    assert.ok(Math.abs(dead) < 0.005)
  })

  it('compares moments of mixtures, for both posterior families', () => {
    const mixture: Known = {
      slopes: [1, 0.5, 0],
      sigma: 0.6,
      means: [
        [-1, 0, 2],
        [1, 0.5, -2],
      ],
      sds: [
        [0.5, 1, 0.7],
        [0.7, 0.4, 1],
      ],
    }
    const rows = drawX(mixture, 100, new Random(2))
    const families: Inference[] = [
      exactInference(mixture),
      { qw: () => [0.9, 0.1], q: () => [{ mean: [0, 0, 0], sd: [1, 1, 1] }] },
    ]
    for (const inference of families) {
      const e = evaluationByHand(mixture, rows, inference, { samples: 5, priorSamples: 1 })
      near(valuesOf(flatness(e).units), exactOf(mixture, rows), 1e-4)
    }
  })

  it('has a calibrated standard error', () => {
    const known = standard([1], 1)
    // E over x of KL(N(0, 1) ‖ N(x/2, ½)), x ~ N(0, 2).
    calibrated(0.5 * Math.log(0.5) + (1 + 0.5) / (2 * 0.5) - 0.5, (random) => {
      const rows = drawX(known, 100, random)
      return flatness(
        evaluationByHand(known, rows, exactInference(known), { samples: 3, priorSamples: 1, random }),
      ).units[0]
    })
  })
})
