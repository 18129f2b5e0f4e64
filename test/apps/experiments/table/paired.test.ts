import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { holm, pairedTest, type BySeed } from '../../../../src/apps/experiments/table/paired'
import { nearNumber } from '../../../support/near'

const of = (seeds: number[], values: number[]): BySeed => ({
  seeds,
  values: values.map((value) => ({ value, standardError: 0, estimator: 'given' })),
})

describe('the paired test', () => {
  it('is Student’s, in closed form with 2 and 4 degrees of freedom, out into the tails', () => {
    for (const shift of [0, 0.4, 3, 40]) {
      const three = pairedTest(of([1, 2, 3], [shift - 1, shift, shift + 1]), 0)!
      const t = shift * Math.sqrt(3)
      nearNumber(three.p, 1 - t / Math.sqrt(2 + t * t), 1e-7)
      const five = pairedTest(
        of(
          [1, 2, 3, 4, 5],
          [-2, -1, 0, 1, 2].map((d) => d + shift),
        ),
        0,
      )!
      const s = (shift * Math.sqrt(5)) / Math.sqrt(2.5)
      const r = s / Math.sqrt(4 + s * s)
      nearNumber(five.p, 1 - (3 * r - r ** 3) / 2, 1e-7)
    }
  })

  it('takes the seeds that both have, and their differences', () => {
    const found = pairedTest(of([1, 2, 3, 9], [5, 7, 9, 100]), of([3, 2, 1, 4], [6, 5, 4, 0]))!
    // 1, 2, 3: mean 2, deviation 1; Hedges' correction for 2 degrees of freedom is 1 − 3/7.
    assert.equal(found.pairs, 3)
    assert.equal(found.difference, 2)
    nearNumber(found.effect!, 2 * (4 / 7), 1e-12)
    assert.equal(pairedTest(of([1, 2], [1, 2]), of([2, 3], [1, 2])), undefined)
  })

  it('tells no effect from two seeds', () => {
    const { pairs, p, effect } = pairedTest(of([1, 2], [5, 7]), 5)!
    assert.deepEqual([pairs, effect], [2, undefined])
    // Student's t with one degree of freedom, at t = 1.
    nearNumber(p, 0.5, 1e-7)
  })

  it('has seeds that agree differ as rounding to the unit would', () => {
    const same = of([1, 2, 3], [1, 1, 1])
    assert.equal(pairedTest(same, 0.9), undefined)
    const { p, effect } = pairedTest(same, 0.9, 0.1)!
    nearNumber(effect!, (0.1 / (0.1 / Math.sqrt(12))) * (4 / 7), 1e-9)
    nearNumber(p, 1 - 6 / Math.sqrt(38), 1e-7)
    assert.equal(pairedTest(same, 1), undefined)
  })
})

describe('Holm’s correction', () => {
  it('multiplies the smallest by their number, the next by one less, and never falls', () => {
    assert.deepEqual(holm([0.04, 0.01, undefined, 0.03]), [0.06, 0.03, undefined, 0.06])
    assert.deepEqual(holm([0.6, 0.7]), [1, 1])
    assert.deepEqual(holm([]), [])
  })
})
