import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mutated, offset, shares, shuffled } from '../../scripts/mutating/sample'
import { Random } from '../support/random'

const change = (text: string, original: string, replacement: string, operator = '') => {
  const from = text.indexOf(original)
  return mutated(text, { from, to: from + original.length, operator, original, replacement })
}

describe('a mutant', () => {
  it('stands where its original stood', () => {
    assert.equal(offset('ab\nçd\n\nef', { line: 0, column: 1 }), 1)
    assert.equal(offset('ab\nçd\n\nef', { line: 3, column: 1 }), 8)
  })

  it('keeps its place in an expression', () => {
    assert.equal(change('x = a && b && c', 'a && b', 'a || b'), 'x = (a || b) && c')
  })

  it('is a statement where its original is one', () => {
    assert.equal(change('f() { g() }', '{ g() }', '{}', 'BlockStatement'), 'f() {}')
    assert.equal(change('case 1: g()', 'case 1: g()', 'case 1:'), 'case 1:')
  })
})

describe('a sample of mutants', () => {
  it('is spread in proportion, and of the size that was asked for', () => {
    assert.deepEqual(shares([100, 200, 100], 8), [2, 4, 2])
    assert.deepEqual(shares([1, 1, 1], 200), [67, 67, 66])
    assert.deepEqual(shares([3564, 1010, 4249, 525, 2060, 1235], 200), [56, 16, 67, 8, 33, 20])
  })

  it('is the same for the same seed, and another for another', () => {
    const list = Array.from({ length: 50 }, (_, i) => i)
    const drawn = (seed: number) => {
      const random = new Random(seed)
      return shuffled(list, () => random.uniform())
    }
    assert.deepEqual(drawn(1), drawn(1))
    assert.notDeepEqual(drawn(1), drawn(2))
    assert.deepEqual(
      drawn(1).sort((a, b) => a - b),
      list,
    )
  })
})
