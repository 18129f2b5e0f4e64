import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gaussian } from '../../src/distributions/gaussian'
import { diagnose, diagnoseEvaluation } from '../../src/metrics/diagnose'
import type { VerdictKind } from '../../src/metrics/verdict'
import { gmvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { onEachEngine } from '../support/engines'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { evaluationByHand } from './byHand'
import {
  average,
  bestFactorized,
  drawX,
  exactInference,
  standard,
  type Inference,
  type Known,
  repeat,
} from './known'
import { affineEncoder, exactEncoder, realData, scaling, tableModel } from './knownModel'

const options = { samples: 20, priorSamples: 20 }
const linear = (slopes: number[], encoder = exactEncoder(standard(slopes))): Model =>
  vae({ likelihood: gaussian(slopes.length), latent: slopes.length, decoder: scaling(slopes), encoder })
const dataOf = (slopes: number[], size = 300) => realData(drawX(standard(slopes), size, new Random(1)))

onEachEngine('diagnose of a linear VAE', () => {
  async function kindOf(model: Model, data: ReturnType<typeof dataOf>): Promise<VerdictKind> {
    const { variables, verdict } = await diagnose(model, data, options)
    model.dispose()
    assert.deepEqual(verdict, [variables[0].verdict.summary])
    return variables[0].verdict.kind
  }

  it('reports healthy if every unit is used, and no gap of the exact posterior', async () => {
    const model = linear([1.5, -1])
    const d = await diagnose(model, dataOf([1.5, -1]), options)
    assert.equal(d.z.verdict.kind, 'healthy')
    assert.deepEqual([d.model, d.usage, d.variables.length], ['vae', [], 1])
    const gap = d.z.inferenceGap
    assert.ok(Math.abs(gap.value) < 4 * gap.standardError)
    assert.ok(Math.abs(d.elbo.value - d.logLikelihood.value) < 0.05)
    model.dispose()
  })

  it('finds a dead unit by activity, KL and flatness', async () => {
    const model = linear([1.5, 0, -1])
    const { units, variables } = await diagnose(model, dataOf([1.5, 0, -1]), options)
    assert.equal(variables[0].verdict.kind, 'dead units')
    assert.match(variables[0].verdict.summary, /1 of its 3 units does not vary with the data \(number 1,/)
    assert.deepEqual(
      units.map((u) => u.active),
      [true, false, true],
    )
    near([units[1].activity, units[1].kl.value, units[1].flatness.value], [0, 0, 0], 1e-4)
    for (const u of [units[0], units[2]])
      assert.ok(u.activity > 0.3 && u.kl.value > 0.2 && u.flatness.value > 0.3, JSON.stringify(u))
    nearNumber(variables[0].activeUnits.value, 2 / 3, 1e-6)
    model.dispose()
  })

  it('reports a decoder that ignores z as non-identifiable', async () => {
    assert.equal(await kindOf(linear([0, 0]), dataOf([0, 0])), 'non-identifiable model')
    // Also where inference strays.
    const stray = linear([0, 0], affineEncoder([0.3, 0], [0, 0], [0.9, 1]))
    assert.equal(await kindOf(stray, dataOf([0, 0])), 'non-identifiable model')
  })

  it('reports failed inference if the decoder uses z and q is the prior', async () => {
    const failed = linear([1.5, -1], affineEncoder([0, 0], [0, 0], [1, 1]))
    assert.equal(await kindOf(failed, dataOf([1.5, -1])), 'failed inference')
  })

  it('reports a q that has left the prior and is the same for all data', async () => {
    const same = linear([1.5, -1], affineEncoder([0, 0], [0.5, 0.5], [0.5, 0.5]))
    assert.equal(await kindOf(same, dataOf([1.5, -1])), 'same for all data')
  })

  it('reports a nearly flat likelihood as weakly identified', async () => {
    assert.equal(await kindOf(linear([0.6]), dataOf([0.6], 1000)), 'weakly identified')
  })
})

const mixture: Known = {
  slopes: [1.5, 1],
  sigma: 0.5,
  means: [
    [-2, 0],
    [2, 0],
    [0, 2],
  ],
  sds: repeat([0.7, 0.7], 3),
}

onEachEngine('diagnose of a mixture', () => {
  const xs = drawX(mixture, 300, new Random(2))
  const best = (qw: (x: number[]) => number[]): Inference => ({
    qw,
    q: (x) => [bestFactorized(mixture, x, qw(x))],
  })

  it('reports healthy with the exact posterior of either family, with usage and cluster accuracy', async () => {
    const exact = exactInference(mixture)
    const nearest = (x: number[]): number => {
      const p = exact.qw(x)
      return p.indexOf(Math.max(...p))
    }
    for (const inference of [exact, best(exact.qw)]) {
      const model = tableModel(mixture, xs, inference)
      const d = await diagnose(
        model,
        realData(
          xs,
          xs.map((x) => 2 - nearest(x)),
        ),
        options,
      )
      assert.deepEqual(
        d.variables.map((v) => [v.variable, v.verdict.kind]),
        [
          ['z', 'healthy'],
          ['w', 'healthy'],
        ],
      )
      near(
        d.usage,
        [0, 1, 2].map((k) => average(xs.map((x) => exact.qw(x)[k]))),
        1e-5,
      )
      assert.equal(d.clusterAccuracy?.value, 1)
      model.dispose()
    }
  })

  it('distinguishes one component used for all data from failed inference', async () => {
    const certain = [1 - 2e-6, 1e-6, 1e-6]
    const kinds = [certain, [1 / 3, 1 / 3, 1 / 3]].map(async (qw) => {
      const model = tableModel(
        mixture,
        xs,
        best(() => qw),
      )
      const d = await diagnose(model, realData(xs), options)
      model.dispose()
      assert.equal(d.clusterAccuracy, undefined)
      return d.w!.verdict.kind
    })
    assert.deepEqual(await Promise.all(kinds), ['same for all data', 'failed inference'])
  })

  it('reports which components are dead', async () => {
    const idle: Known = { ...mixture, means: [...mixture.means, [0, -40]], sds: repeat([0.7, 0.7], 4) }
    const model = tableModel(idle, xs, {
      ...exactInference(idle),
      qw: (x) => exactInference(mixture).qw(x).concat(1e-9),
    })
    const [, w] = (await diagnose(model, realData(xs), options)).variables
    model.dispose()
    assert.equal(w.verdict.kind, 'dead units')
    assert.match(
      w.verdict.summary,
      /^w: dead components\. .*1 of its 4 components does not vary with the data \(number 3,/,
    )
  })

  it('cannot tell of an untrained mixture; with means near zero it is non-identifiable in w', async () => {
    const model = gmvae({ likelihood: gaussian(2), latent: 2, components: 3, hidden: 8, seed: 1 })
    const { z, w: untrained } = await diagnose(model, realData(xs), options)
    for (const { verdict } of [z, untrained!])
      assert.deepEqual([verdict.kind, verdict.reason], ['cannot tell', 'not trained'])
    model.steps = 1
    const [, w] = (await diagnose(model, realData(xs), options)).variables
    assert.equal(w.verdict.kind, 'non-identifiable model')
    assert.ok(w.flatness.value < 0.01)
    model.dispose()
  })
})

it('diagnoseEvaluation needs no engine, only numbers', () => {
  const known = standard([1.5])
  const { variables, evaluation } = diagnoseEvaluation(
    evaluationByHand(known, drawX(known, 100, new Random(3)), exactInference(known)),
  )
  assert.equal(variables[0].verdict.kind, 'healthy')
  assert.equal(evaluation.size, 100)
})
