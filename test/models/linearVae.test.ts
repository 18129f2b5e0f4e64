import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { flatness } from '../../src/metrics/flatness'
import { evaluate } from '../../src/metrics/evaluate'
import { pointLogLikelihoods } from '../../src/metrics/importance'
import { logLikelihood } from '../../src/metrics/logLikelihood'
import { mutualInformation } from '../../src/metrics/mutualInformation'
import { linearVae } from '../../src/models/linearVae'
import { ppca } from '../../src/models/ppca'
import { realData } from '../metrics/knownModel'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { rowsOf } from '../support/tables'

const original = ppca({
  weights: [
    [1, 0.5, -1, 0.4, 0],
    [0.5, -1, 0, 0.8, 1],
    [0, 0, 0, 0, 0],
  ],
  sigma: 1,
  mean: [1, 0, 0, -1, 0],
})
const model = original.rotated()
const dataOf = (size: number, seed: number) => realData(rowsOf(model.sample({ size, seed }).x, 5))
const average = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

onEachEngine('estimators against probabilistic PCA', (engine) => {
  const data = dataOf(400, 1)
  const exact = model.logEvidence(data)
  let made: ReturnType<typeof linearVae>
  before(() => {
    made = linearVae(model)
  })

  it('the log-likelihood is the evidence to rounding with the exact posterior as proposal, of one draw even', async () => {
    const e = await evaluate(made, data, { samples: 1, size: 400 })
    near(pointLogLikelihoods(e), exact, 5e-6)
    const many = await evaluate(made, data, { samples: 20, size: 400, seed: 3 })
    near(pointLogLikelihoods(many), exact, 5e-6)
    near([logLikelihood(many).value], [average(exact)], 1e-5)
  })

  it('with a poor proposal it falls short by the amount of theory, at rate 1/S', async () => {
    const [shift, widen] = [0.5, 2]
    const poor = linearVae(model, { shift, widen })
    const rows = dataOf(4000, 2)
    const truth = model.logEvidence(rows)
    // E[weight²]/E[weight]² of one unit: c² exp(δ²/(2c² − 1))/√(2c² − 1), δ in posterior standard deviations;
    // three independent units.
    const excess = 2 * widen ** 2 - 1
    const one = (widen ** 2 / Math.sqrt(excess)) * Math.exp(shift ** 2 / excess)
    const variance = one ** 3 - 1
    for (const samples of [16, 64]) {
      const e = await evaluate(poor, rows, { samples, priorSamples: 1, size: 4000, seed: samples })
      const errors = pointLogLikelihoods(e).map((log, i) => log - truth[i])
      const bias = average(errors)
      const noise = Math.sqrt(average(errors.map((d) => d * d)) / errors.length)
      const theory = -variance / (2 * samples)
      assert.ok(theory < -4 * noise, `the test can see the bias: ${theory} ± ${noise}`)
      // The next term of the series is of order 1/S².
      assert.ok(
        Math.abs(bias - theory) < 4 * noise + 3 * theory ** 2,
        `S = ${samples}: ${bias}, theory ${theory} ± ${noise}`,
      )
    }
    poor.dispose()
  })

  it('mutual information is that of the linear Gaussian model, below its cap', async () => {
    const e = await evaluate(made, dataOf(2000, 3), { samples: 1, priorSamples: 1, size: 2000 })
    const { z } = mutualInformation(e)
    const truth = model.mutualInformation()
    assert.ok(Math.abs(z.value - truth) < 4 * z.standardError + 0.02, `${z.value} against ${truth}`)
    assert.ok(z.value < z.cap! - 0.2)
  })

  it('flatness is the closed form, of z and of each unit, and 0 for the unused one', async () => {
    const e = await evaluate(made, data, { samples: 200, priorSamples: 200, size: 400 })
    const f = flatness(e)
    const truth = average(model.flatness(data))
    // Its own standard error also holds what the data points differ in, which the truth at these data shares.
    const errors = f.pointsZ.map((value, i) => value - model.flatness(data)[i])
    const noise = Math.sqrt(average(errors.map((d) => d * d)) / errors.length)
    assert.ok(Math.abs(f.z.value - truth) < 4 * noise, `${f.z.value} against ${truth} ± ${noise}`)
    const units = model.unitFlatness(data)
    f.units.forEach(({ value }, u) => {
      const expected = average(units.filter((_, at) => at % 3 === u))
      assert.ok(Math.abs(value - expected) < 0.02 * Math.max(1, expected), `unit ${u}: ${value}, ${expected}`)
    })
    near([f.units[2].value], [0], 1e-6)
  })

  it('95 % intervals cover in 90 to 99 % of 200 repetitions', async () => {
    // E log p(x) = −½ log det(2πeC), and E F = tr(I + WWᵀ/σ²) − K − I, since m has covariance I − Cov[z|x].
    const information = model.mutualInformation()
    const size = model.weights.flat().reduce((sum, w) => sum + w * w, 0)
    const truths = {
      logLikelihood: -2.5 * Math.log(2 * Math.PI * Math.E) - information,
      flatness: size - information,
    }
    // Each evaluation is a graph of its own on the native engine, which takes longer to build than to run:
    // the whole there only where asked for.
    const repetitions = engine === 'wasm' || process.env.LIDVAE_TEST_FULL ? 200 : 30
    const covered = { logLikelihood: 0, flatness: 0 }
    for (let r = 0; r < repetitions; r++) {
      const rows = dataOf(100, 100 + r)
      const e = await evaluate(made, rows, { samples: 1, priorSamples: 5, size: 100, seed: r })
      for (const [name, { value, standardError }] of [
        ['logLikelihood', logLikelihood(e)],
        ['flatness', flatness(e).z],
      ] as const)
        if (Math.abs(value - truths[name]) <= 1.96 * standardError) covered[name]++
    }
    for (const [name, count] of Object.entries(covered)) {
      const share = count / repetitions
      const slack = repetitions === 200 ? 0 : 0.1
      assert.ok(share >= 0.9 - slack && share <= 0.99 + slack, `${name}: ${(100 * share).toFixed(1)} %`)
    }
  })

  it('refuses what an encoder cannot have', () => {
    const steep = ppca({ weights: [[1000, 0]], sigma: 0.5 })
    assert.throws(
      () => linearVae(steep),
      /`model` must be a model whose q\(z\|x\) has standard deviations above 0.001/,
    )
    assert.throws(() => linearVae(model, { widen: 1e-4 }), /q\(z\|x\) of unit 0/)
    assert.throws(() => linearVae(model, { shift: NaN }), /`shift` must be/)
    assert.throws(() => linearVae(model, { ignore: [3] }), /`ignore\[0\]` must be .*, got 3/)
  })

  it('leaves nothing behind', () =>
    expectNoLeaks(() => {
      linearVae(model, { widen: 2 }).dispose()
    }))
})
