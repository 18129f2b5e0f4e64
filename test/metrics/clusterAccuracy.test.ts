import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ArgumentError } from '../../src/base/errors'
import { clusterAccuracy } from '../../src/metrics/clusterAccuracy'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'
import { calibrated } from './calibration'

const components = 3
/** An evaluation where data point i is in component `chosen[i]`. */
const evaluation = (chosen: number[], labels?: number[]) => ({
  size: chosen.length,
  components,
  logW: Float32Array.from(chosen.flatMap((c) => [0, 1, 2].map((k) => Math.log(k === c ? 0.5 : 0.25)))),
  labels: labels && Int32Array.from(labels),
})

/** The best of all ways to give each component a label, one by one. */
function byEnumeration(chosen: number[], labels: number[], classes: number): number {
  let best = 0
  for (let code = 0; code < classes ** components; code++) {
    const of = (k: number): number => Math.floor(code / classes ** k) % classes
    best = Math.max(best, chosen.filter((c, i) => of(c) === labels[i]).length)
  }
  return best / chosen.length
}

describe('clusterAccuracy', () => {
  it('says how it was estimated', () => {
    const { estimator } = clusterAccuracy(evaluation([0, 1, 2, 0], [0, 1, 2, 0]))
    assert.equal(estimator, 'majority label of each of 3 components, 4 data points')
  })

  it('is the best way to label components, by enumeration', () => {
    const random = new Random(1)
    for (let r = 0; r < 20; r++) {
      const chosen = Array.from({ length: 30 }, () => Math.floor(3 * random.uniform()))
      const labels = chosen.map((c) =>
        random.uniform() < 0.6 ? (c + 1) % 4 : Math.floor(4 * random.uniform()),
      )
      const { value } = clusterAccuracy(evaluation(chosen, labels))
      nearNumber(value, byEnumeration(chosen, labels, 4), 1e-12)
    }
  })

  it('is 1 for components that are the labels renamed, and the largest label’s share with one component in use', () => {
    assert.equal(clusterAccuracy(evaluation([0, 1, 2, 0], [7, 5, 0, 7])).value, 1)
    assert.equal(clusterAccuracy(evaluation([1, 1, 1, 1], [2, 2, 2, 3])).value, 0.75)
  })

  it('has a calibrated standard error', () => {
    calibrated(0.7, (random) => {
      const chosen = Array.from({ length: 200 }, () => Math.floor(3 * random.uniform()))
      return clusterAccuracy(
        evaluation(
          chosen,
          chosen.map((c) => (random.uniform() < 0.7 ? c : (c + 1) % 3)),
        ),
      )
    })
  })

  it('requires labels and components', () => {
    assert.throws(
      () => clusterAccuracy(evaluation([0, 1])),
      (error: Error) => {
        assert.ok(error instanceof ArgumentError)
        assert.match(
          error.message,
          /`evaluation` must be an evaluation of data with labels, got one of data without labels/,
        )
        return true
      },
    )
    assert.throws(
      () => clusterAccuracy({ size: 1, components: 1, logW: new Float32Array(1), labels: new Int32Array(1) }),
      /must be an evaluation of a mixture model, got one of a model without w/,
    )
  })
})
