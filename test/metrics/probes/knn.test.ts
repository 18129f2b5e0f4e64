import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gaussian } from '../../../src/distributions/gaussian'
import { ArgumentError } from '../../../src/base/errors'
import { works } from '../../../src/platform/cancellation'
import { knn, nearestLabels } from '../../../src/metrics/probes/knn'
import { vae } from '../../../src/models/builders'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { nearNumber } from '../../support/near'
import { Random } from '../../support/random'
import { affineEncoder, realData, scaling } from '../knownModel'
import { encoderOf, twoClasses } from './twoClasses'

const rows = (codes: number[][], labels: number[] = []) => ({
  size: codes.length,
  latent: codes[0].length,
  codes: Float32Array.from(codes.flat()),
  labels,
})

describe('nearestLabels', () => {
  it('is the vote of the k nearest, by sorting them all', async () => {
    const random = new Random(1)
    const codes = Array.from({ length: 80 }, () => random.normals(3))
    const labels = codes.map(() => Math.floor(3 * random.uniform()))
    const test = Array.from({ length: 70 }, () => random.normals(3))
    for (const k of [1, 3, 10, 80]) {
      const found = await nearestLabels(rows(codes, labels), rows(test), k)
      test.forEach((point, i) => {
        const order = codes
          .map((code, j) => ({ d: Math.hypot(...code.map((v, u) => v - point[u])), label: labels[j] }))
          .sort((a, b) => a.d - b.d)
          .slice(0, k)
          .map(({ label }) => label)
        const votes = (label: number) => order.filter((other) => other === label).length
        const most = Math.max(...order.map(votes))
        assert.equal(
          found[i],
          order.find((label) => votes(label) === most),
        )
      })
    }
  })
})

onEachEngine('knn', () => {
  it('reaches the Bayes accuracy of two normals from their codes, and chance from a collapsed code', async () => {
    const { data, best } = twoClasses(3000, 1)
    const test = twoClasses(1500, 2).data
    const model = encoderOf(1)
    const { value, standardError, estimator } = await expectNoLeaks(() => knn(model, data, test, { k: 51 }))
    assert.ok(Math.abs(value - best) < 3 * standardError + 0.01, `${value} ± ${standardError}, best ${best}`)
    nearNumber(standardError, Math.sqrt((value * (1 - value)) / 1500), 1e-12)
    assert.equal(estimator, '51 nearest of 3000 training points, 1500 test points')
    assert.equal(works().active.size, 0)
    model.dispose()
    const collapsed = encoderOf(0)
    const chance = await knn(collapsed, data, test)
    assert.ok(Math.abs(chance.value - 0.5) < 0.06, `${chance.value}`)
    collapsed.dispose()
  })

  it('requires labels, and at most as many neighbours as training points', async () => {
    const model = vae({
      likelihood: gaussian(1),
      latent: 1,
      decoder: scaling([1]),
      encoder: affineEncoder([1], [0], [1]),
    })
    const labelled = realData([[0], [1]], [0, 1])
    for (const [train, test, k, message] of [
      [realData([[0]]), labelled, 1, /^`train` must be data with labels, got data without labels/],
      [labelled, realData([[0]]), 1, /^`test` must be data with labels, got data without labels/],
      [labelled, labelled, 3, /^`k` must be at most 2, the number of training points, got 3/],
      [labelled, labelled, 0, /^`k` must be .*, got 0/],
    ] as const)
      await assert.rejects(knn(model, train, test, { k }), (error: Error) => {
        assert.ok(error instanceof ArgumentError)
        assert.match(error.message, message)
        return true
      })
    model.dispose()
  })
})
