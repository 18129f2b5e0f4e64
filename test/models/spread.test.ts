import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MixtureLikelihood } from '../../src/models/mixtureLikelihood'
import { excessNoise, spreadOf } from '../../src/models/noise'
import { near, nearNumber } from '../support/near'

describe('the spread of data', () => {
  it('is the root of the mean sample variance of the features about their own means', () => {
    // Variances 1 and 4 about means of 3 and −10.
    const x = Float32Array.from([2, -12, 4, -8, 2, -8, 4, -12])
    nearNumber(spreadOf({ x, dim: 2, size: 4 }), Math.sqrt(10 / 3), 1e-12)
    assert.equal(spreadOf({ x: Float32Array.from([5, 5, 5]), dim: 1, size: 3 }), 0)
  })

  it('is named beside a noise that exceeds it, fixed or at its floor, with the remedy', () => {
    assert.match(excessNoise({ sigma: 2, spread: 1 })!, /^the likelihood's σ is 2, but .* z may carry/)
    assert.match(
      excessNoise({ sigma: 3, floor: 2, spread: 1 })!,
      /^the likelihood's σ has the floor 2, but .*floor/,
    )
    assert.equal(excessNoise({ sigma: 3, floor: 0.1, spread: 1 }), undefined)
  })
})

it('responsibilities of two components are those of Bayes', () => {
  const x = Float64Array.from([-3, -0.5, 0.2, 1, 4])
  const [mean, sd] = [
    [-1, 1.5],
    [1, 0.7],
  ] as const
  const density = (value: number, k: number): number =>
    Math.exp(-(((value - mean[k]) / sd[k]) ** 2) / 2) / sd[k]
  const likelihood = new MixtureLikelihood(x, mean, sd)
  for (const alpha of [0.2, 0.5, 0.9]) {
    const out = new Float64Array(x.length)
    likelihood.addResponsibilities(alpha, 2, out)
    const expected = Array.from(x, (value) => {
      const [first, second] = [alpha * density(value, 0), (1 - alpha) * density(value, 1)]
      return (2 * first) / (first + second)
    })
    near(Array.from(out), expected, 1e-9)
  }
})
