import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { atLeastDifferent, losesDigits } from '../../../src/data/own/singles'
import { Random } from '../../support/random'

describe('digits that float32 loses', () => {
  it('are told as by counting all values and all rounded values', () => {
    const random = new Random(3)
    const columns: Record<string, (i: number) => number> = {
      normal: () => random.normal(),
      seconds: (i) => 1.7e9 + i,
      'seconds, a minute apart': (i) => 1.7e9 + 60 * i,
      'seconds, five minutes apart': (i) => 1.7e9 + 300 * i,
      'half of them rounded away': (i) => (i % 2 === 0 ? random.uniform() : 1e9 + i / 4096),
      'few values': (i) => 1e9 + (i % 7) / 100,
      integers: (i) => i % 10,
      tenths: (i) => (i % 100) / 10,
      missing: (i) => (i % 3 === 0 ? NaN : 1.7e9 + i),
    }
    const lost: string[] = []
    for (const [name, value] of Object.entries(columns)) {
      const numbers = Float64Array.from({ length: 3000 }, (_, i) => value(i))
      const different = new Set(numbers)
      const expected = different.size >= 3 && 2 * new Set(Float32Array.from(different)).size < different.size
      assert.equal(losesDigits(numbers), expected, name)
      if (expected) lost.push(name)
    }
    assert.deepEqual(lost, ['seconds', 'seconds, a minute apart', 'few values', 'missing'])
  })

  it('are counted by a bound that no set is below, and that is close where all differ', () => {
    const random = new Random(4)
    for (const length of [1, 10, 1000, 20_000]) {
      const singles = Float32Array.from({ length }, () => Math.fround(random.uniform()))
      const exact = new Set(singles).size
      const bound = atLeastDifferent(singles)
      assert.ok(bound <= exact && bound > 0.85 * exact, `${length}: ${bound} of ${exact}`)
    }
  })
})
