import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gaussian } from '../../src/distributions/gaussian'

it('a noise that is none says in which unit it is', () => {
  for (const sigma of [0, -1, NaN])
    assert.throws(
      () => gaussian(2, { sigma }),
      /^ArgumentError: `sigma` must be a number > 0 or 'learned', got .*\. Give σ in the unit of the data\.$/,
    )
})
