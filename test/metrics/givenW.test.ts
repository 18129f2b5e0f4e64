import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Draws, drawKey } from '../../src/compute/draws'
import { componentTerms } from '../../src/metrics/givenW'
import { onEachEngine } from '../support/engines'
import { near } from '../support/near'
import { Random } from '../support/random'
import { numbersOfAll } from '../support/tables'
import { tableModel } from './knownModel'
import { average, bestFactorized, drawX, posteriorGivenW, truthAt, type Inference, type Known } from './known'

const known: Known = {
  slopes: [1, 0.5, 0],
  sigma: 0.6,
  means: [
    [-1, 0, 2],
    [1, 0.5, -2],
    [0, -1, 0],
  ],
  sds: [
    [0.5, 1, 0.5],
    [0.7, 0.4, 0.7],
    [1, 0.8, 0.4],
  ],
}

onEachEngine('componentTerms', () => {
  const xs = drawX(known, 6, new Random(1))

  /** For each data point: moments of every proposal, and log p(x|z) p(z|w)/r_w(z|x) for the draws. */
  function terms(inference: Inference, samples: number) {
    const model = tableModel(known, xs, inference)
    const [mean, sd, z, logRatio] = numbersOfAll(() => {
      const t = componentTerms(model, tf.tensor2d(xs), new Draws(drawKey(3, 0)), samples)
      assert.deepEqual(t.z.shape, [6, samples, 3, 3])
      assert.deepEqual(t.logRatio.shape, [6, samples, 3])
      return [t.mean, t.sd, t.z, t.logRatio]
    })
    model.dispose()
    return { mean, sd, z, logRatio }
  }

  for (const qw of [
    [1 / 3, 1 / 3, 1 / 3],
    [0.7, 0.2, 0.1],
    [0.999, 0.0005, 0.0005],
  ])
    it(`draws from the exact p(z|x, w) where q is the best of its family: q(w|x) = ${qw.map((q) => q.toPrecision(2)).join(', ')}`, () => {
      const inference = { qw: () => qw, q: (x: number[]) => [bestFactorized(known, x, qw)] }
      const { mean, sd, logRatio } = terms(inference, 2)
      const exact = xs.flatMap((x) => [0, 1, 2].map((w) => posteriorGivenW(known, x, w)))
      near(
        mean,
        exact.flatMap((p) => p.mean),
        3e-5,
      )
      near(
        sd,
        exact.flatMap((p) => p.sd),
        3e-5,
      )
      near(
        logRatio,
        xs.flatMap((x) => [...truthAt(known, x).givenW, ...truthAt(known, x).givenW]),
        3e-5,
      )
    })

  it('stays a proper proposal where q is wider than the prior: log p(x|w) is right with many draws', () => {
    const inference = {
      qw: () => [0.2, 0.3, 0.5],
      q: (x: number[]) => [{ mean: [x[0] / 2, 0, 0], sd: [1.5, 1.5, 1.5] }],
    }
    const samples = 4000
    const { sd, logRatio } = terms(inference, samples)
    // Units that q leaves at or above the prior's width keep the component's own.
    near(sd.slice(0, 3), known.sds[0], 1e-5)
    xs.forEach((x, i) => {
      truthAt(known, x).givenW.forEach((exact, w) => {
        const weights = Array.from({ length: samples }, (_, s) =>
          Math.exp(logRatio[(i * samples + s) * 3 + w]),
        )
        const mean = average(weights)
        const noise = Math.sqrt(average(weights.map((v) => (v / mean - 1) ** 2)) / samples)
        assert.ok(
          noise < 0.3 && Math.abs(mean / Math.exp(exact) - 1) < 4.5 * noise,
          `${mean / Math.exp(exact)} ± ${noise}`,
        )
      })
    })
  })

  it('uses the same noise for every component', () => {
    const inference = {
      qw: () => [0.2, 0.3, 0.5],
      q: (x: number[]) => [bestFactorized(known, x, [0.2, 0.3, 0.5])],
    }
    const { mean, sd, z } = terms(inference, 2)
    const noise = (i: number, s: number, w: number, u: number): number =>
      (z[((i * 2 + s) * 3 + w) * 3 + u] - mean[(i * 3 + w) * 3 + u]) / sd[(i * 3 + w) * 3 + u]
    near([noise(4, 1, 1, 2), noise(4, 1, 2, 2)], [noise(4, 1, 0, 2), noise(4, 1, 0, 2)], 1e-4)
    assert.ok(Math.abs(noise(4, 0, 0, 2) - noise(4, 1, 0, 2)) > 1e-3)
  })
})
