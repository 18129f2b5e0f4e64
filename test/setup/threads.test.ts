import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { candidates } from '../../src/setup/threads'

describe('thread settings to try', () => {
  it('tries each setting once, on any number of cores', () => {
    for (const cores of [1, 2, 4, 16]) {
      const tried = candidates(cores).map(({ intra, inter }) => `${intra} ${inter}`)
      assert.equal(new Set(tried).size, tried.length)
      assert.ok(candidates(cores).every(({ intra, inter }) => intra >= 1 && inter >= 1))
    }
  })
})
