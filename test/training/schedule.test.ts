import assert from 'node:assert/strict'
import { it } from 'node:test'
import { stepDecay } from '../../src/training/schedule'

it('falls once, to a fifth after 70 % of the steps', () => {
  const rate = stepDecay(1e-3)
  assert.deepEqual([0, 0.5, 0.699, 0.7, 0.99].map(rate), [1e-3, 1e-3, 1e-3, 1e-3 * 0.2, 1e-3 * 0.2])
})

it('falls at the given progress by the given factor', () => {
  const rate = stepDecay(2, { at: 0.25, factor: 0.5 })
  assert.deepEqual([0, 0.249, 0.25, 0.9].map(rate), [2, 2, 1, 1])
})
