import assert from 'node:assert/strict'
import { it } from 'node:test'
import { cyclicalAnnealing } from '../../src/fixes/cyclicalAnnealing'
import { cosineDecay, overSteps, stepDecay } from '../../src/training/schedule'

it('falls once, to a fifth after 70 % of the steps', () => {
  const rate = stepDecay(1e-3)
  assert.deepEqual([0, 0.5, 0.699, 0.7, 0.99].map(rate), [1e-3, 1e-3, 1e-3, 1e-3 * 0.2, 1e-3 * 0.2])
})

it('falls at the given progress by the given factor', () => {
  const rate = stepDecay(2, { at: 0.25, factor: 0.5 })
  assert.deepEqual([0, 0.249, 0.25, 0.9].map(rate), [2, 2, 1, 1])
})

it('goes over a number of steps, whatever the progress, and stays as it ends', () => {
  const rate = overSteps(10, stepDecay(2, { at: 0.5, factor: 0.1 }))
  for (const progress of [0, 0.3, 0.99])
    assert.deepEqual(
      [0, 4, 5, 9, 10, 1000].map((step) => rate(progress, step)),
      [2, 2, 0.2, 0.2, 0.2, 0.2],
    )
  const cosine = overSteps(8, cosineDecay(1, { floor: 0.25 }))
  assert.deepEqual([cosine(0, 4), cosine(0, 8), cosine(0, 99)], [0.625, 0.25, 0.25])
  // At progress 1 a new cycle would begin.
  assert.equal(overSteps(8, cyclicalAnnealing({ cycles: 2 }))(0, 8), 1)
})

it('refuses another number of steps, and what is no schedule of progress', () => {
  for (const steps of [0, 1.5, NaN, '3'])
    assert.throws(() => overSteps(steps as number, stepDecay(1)), {
      name: 'ArgumentError',
      argument: 'steps',
    })
  for (const wrong of [1e-3, undefined, overSteps(3, stepDecay(1))])
    assert.throws(() => overSteps(3, wrong as never), { name: 'ArgumentError', argument: 'schedule' })
})

it('refuses a fall that is none', () => {
  for (const factor of [0, -1, 1.5, NaN, '0.5' as never])
    assert.throws(() => stepDecay(1, { factor }), { name: 'ArgumentError', argument: 'factor' })
  for (const at of [-0.1, 1, NaN])
    assert.throws(() => stepDecay(1, { at }), { name: 'ArgumentError', argument: 'at' })
  assert.equal(stepDecay(2, { factor: 1, at: 0 })(0.5), 2)
})
