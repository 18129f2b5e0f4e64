import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inverseLipschitz } from '../../src/fixes'
import { linearAnnealing } from '../../src/fixes/linearAnnealing'

describe('settings of fixes', () => {
  it('a weight of the KL that begins above 0 rises from there in a straight line', () => {
    const weight = linearAnnealing({ from: 0.5, to: 2, until: 0.5 })
    assert.deepEqual(
      [0, 0.1, 0.25, 0.5, 1].map(weight).map((w) => Number(w.toFixed(12))),
      [0.5, 0.8, 1.25, 2, 2],
    )
  })

  it('inverse-Lipschitz control watches its bound while it trains', () => {
    const { fit } = inverseLipschitz.on('vae', { bound: 2 })
    assert.equal(typeof fit.objective, 'object')
    assert.deepEqual(Object.keys(fit), ['objective'])
  })
})
