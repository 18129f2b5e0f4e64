import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { it } from 'node:test'
import { ArgumentError } from '../../src/base/errors'
import * as metrics from '../../src'
import { DataSet } from '../../src/data/dataset'

it('a metric of a model or data instead of a result of evaluate throws instead of returning NaN', () => {
  const data = new DataSet({
    name: 'two',
    x: new Float32Array(2),
    shape: [1],
    values: 'real',
    source: 'here',
  })
  const { kl, elbo, flatness, inferenceGap, logLikelihood, mutualInformation } = metrics
  const { activeUnits, activeUnitsCurve, clusterAccuracy, perplexity, rateDistortion } = metrics
  const all = [kl, elbo, flatness, inferenceGap, logLikelihood, mutualInformation, activeUnits]
  for (const metric of [...all, activeUnitsCurve, clusterAccuracy, perplexity, rateDistortion])
    for (const given of [data, {}, undefined])
      assert.throws(
        () => (metric as (evaluation: unknown) => unknown)(given),
        (error: unknown) =>
          error instanceof ArgumentError &&
          /`evaluation` must be a result of evaluate, got .*/.test(error.message),
        metric.name,
      )
})

it('an uncaught error is printed without the data it refers to', () => {
  const error = new ArgumentError('x', new Float32Array(3), 'numbers', 'Give some.')
  assert.equal(
    inspect(error),
    '[ArgumentError: `x` must be numbers, got a Float32Array of length 3. Give some.]',
  )
})
