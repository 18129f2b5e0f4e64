import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Recent } from '../../../../src/compute/native/graph/recent'

describe('recent', () => {
  it('keeps what was used last, frees the rest, and makes each once', () => {
    const [made, freed]: [string[], string[]] = [[], []]
    const recent = new Recent<string>(2, (value) => freed.push(value))
    const get = (key: string): string =>
      recent.get(key, () => {
        made.push(key)
        return key.toUpperCase()
      })
    assert.deepEqual(['a', 'b', 'a', 'c', 'a', 'b'].map(get), ['A', 'B', 'A', 'C', 'A', 'B'])
    assert.deepEqual(made, ['a', 'b', 'c', 'b'])
    assert.deepEqual(freed, ['B', 'C'])
    recent.clear()
    assert.deepEqual(freed.sort(), ['A', 'B', 'B', 'C'])
  })
})
