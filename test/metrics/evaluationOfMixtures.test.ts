import assert from 'node:assert/strict'
import { it } from 'node:test'
import { diagnoseEvaluation } from '../../src/metrics/diagnose'
import { evaluate } from '../../src/metrics/evaluate'
import { flatness, inferenceGap } from '../../src/metrics/flatness'
import { logLikelihoodGivenW } from '../../src/metrics/importance'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import {
  average,
  bestFactorized,
  drawX,
  exactInference,
  normalKl,
  truthAt,
  type Inference,
  type Known,
  repeat,
} from './known'
import { realData, tableModel } from './knownModel'

const mixture: Known = {
  slopes: [1, 0.5],
  sigma: 0.6,
  means: [
    [-1, 0],
    [1, 0.5],
    [0, -1],
  ],
  sds: [
    [0.5, 1],
    [0.7, 0.4],
    [1, 0.8],
  ],
}

onEachEngine('evaluate of a linear mixture', () => {
  const xs = drawX(mixture, 200, new Random(2))
  const truths = xs.map((x) => truthAt(mixture, x))
  const qw = ([x]: number[]): number[] => {
    const p = [1, Math.exp(x), Math.exp(-x / 2)]
    return p.map((v) => v / (p[0] + p[1] + p[2]))
  }
  const families: Record<string, Inference> = {
    'q(w|x) q(z|x,w)': { ...exactInference(mixture), qw },
    'q(w|x) q(z|x)': { qw, q: (x) => [bestFactorized(mixture, x, qw(x))] },
  }
  for (const [family, inference] of Object.entries(families))
    it(`has p(x|w), F_w and the gap of w in closed form: ${family}`, async () => {
      const model = tableModel(mixture, xs, inference)
      const e = await expectNoLeaks(() => evaluate(model, realData(xs), { samples: 40, priorSamples: 30 }))
      near(
        logLikelihoodGivenW(e),
        truths.flatMap((t) => t.givenW),
        2e-5,
      )
      const flat = flatness(e)
      near(
        flat.pointsW,
        truths.map((t) => t.flatnessW),
        5e-5,
      )
      const exactGap = average(
        xs.map((x, i) => qw(x).reduce((sum, q, k) => sum + q * Math.log(q / truths[i].posteriorW[k]), 0)),
      )
      const gap = inferenceGap(e)
      nearNumber(gap.w.value, exactGap, 5e-5)
      // E_{q(w|x)} KL(q(z|x, w) ‖ p(z|x, w)): 0 for the one family, for the other the price of one normal for all w.
      const exactGapOfZ = average(
        xs.map((x, i) => {
          const q = inference.q(x)
          return qw(x).reduce((sum, weight, k) => {
            const { mean, sd } = truths[i].posteriors[k]
            const own = q[q.length === 1 ? 0 : k]
            return sum + weight * own.mean.reduce((d, m, u) => d + normalKl(m, own.sd[u], mean[u], sd[u]), 0)
          }, 0)
        }),
      )
      assert.ok(
        Math.abs(gap.z.value - exactGapOfZ) < 4 * gap.z.standardError + 0.01,
        `${gap.z.value} ± ${gap.z.standardError}, exact ${exactGapOfZ}`,
      )
      assert.ok(gap.z.standardError < 0.1)
      const errors = Array.from(flat.pointsZ, (f, i) => f - truths[i].flatnessZ)
      const noise = Math.sqrt(average(errors.map((d) => d * d)) / xs.length)
      assert.ok(Math.abs(average(errors)) < 4.5 * noise + 0.01, `${average(errors)} ± ${noise}`)
      near(
        flat.units.map((u) => u.value),
        mixture.slopes.map((_, u) => average(truths.map((t) => t.flatnessOfUnits[u]))),
        1e-3,
      )
      model.dispose()
    })

  it('finds F_w = 0 where components differ only in a unit the decoder ignores and q sits on one of them', async () => {
    const idle: Known = {
      slopes: [1.5, 0],
      sigma: 0.5,
      means: [
        [0, -3],
        [0, 0],
        [0, 3],
      ],
      sds: repeat([1, 0.5], 3),
    }
    const rows = drawX(idle, 100, new Random(3))
    const certain = [0.998, 0.001, 0.001]
    // A poor q in the unit that matters, too.
    const inference: Inference = {
      qw: () => certain,
      q: (x) => {
        const { mean, sd } = bestFactorized(idle, x, certain)
        return [{ mean: [mean[0] + 0.5 * sd[0], mean[1]], sd: [1.4 * sd[0], sd[1]] }]
      },
    }
    const model = tableModel(idle, rows, inference)
    const e = await evaluate(model, realData(rows), { samples: 20 })
    const { w, units } = flatness(e)
    assert.ok(w.value < 1e-3, `F_w ${w.value}`)
    assert.ok(
      Math.abs(units[1].value) < 0.01 && units[0].value > 1,
      `${units.map((u) => u.value).join(', ')}`,
    )
    const [, ofW] = diagnoseEvaluation(e).variables
    assert.equal(ofW.verdict.kind, 'non-identifiable model')
    model.dispose()
  })

  it('finds F_w = 0 to 1e-6 and p(w|x) uniform where components are identical, for both families', async () => {
    const same: Known = { ...mixture, means: repeat([0.3, 0.4], 3), sds: repeat([0.8, 1.1], 3) }
    const rows = drawX(same, 100, new Random(4))
    const poor = { mean: [1, -1], sd: [0.7, 0.6] }
    for (const q of [[poor], [poor, poor, poor]]) {
      const model = tableModel(same, rows, { qw: () => [0.6, 0.3, 0.1], q: () => q })
      const e = await evaluate(model, realData(rows), { samples: 10 })
      assert.ok(flatness(e).w.value <= 1e-6)
      const givenW = logLikelihoodGivenW(e)
      for (let i = 0; i < 100; i++) near(repeat(givenW[3 * i], 3), givenW.slice(3 * i, 3 * i + 3), 1e-6)
      nearNumber(
        inferenceGap(e).w.value,
        [0.6, 0.3, 0.1].reduce((sum, p) => sum + p * Math.log(3 * p), 0),
        1e-5,
      )
      model.dispose()
    }
  })
})
