import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { componentPairs } from '../../../src/metrics/witness/componentPairs'
import { near, nearNumber } from '../../support/near'
import { Random } from '../../support/random'
import { normalKl } from '../known'

describe('componentPairs', () => {
  it('is KL both ways, summed over units, every pair once and the nearest first', () => {
    const random = new Random(1)
    const [components, latent] = [4, 3]
    const mean = random.normals(components * latent)
    const sd = random.normals(components * latent, 0.5).map(Math.exp)
    const pairs = componentPairs({ mean, sd }, components, latent)
    assert.equal(pairs.length, 6)
    const exact = pairs.map(({ components: [j, k] }) => {
      assert.ok(j < k)
      let sum = 0
      for (let u = 0; u < latent; u++) {
        const [a, b] = [j * latent + u, k * latent + u]
        sum += normalKl(mean[a], sd[a], mean[b], sd[b]) + normalKl(mean[b], sd[b], mean[a], sd[a])
      }
      return sum
    })
    near(
      pairs.map(({ divergence }) => divergence),
      exact,
      1e-12,
    )
    assert.deepEqual(
      exact,
      [...exact].sort((a, b) => a - b),
    )
    assert.equal(new Set(pairs.map((pair) => pair.components.join())).size, 6)
  })

  it('is 0 for equal components, precise for close ones, and empty for one', () => {
    const same = componentPairs({ mean: [1, 1], sd: [0.5, 0.5] }, 2, 1)
    assert.deepEqual(same, [{ components: [0, 1], divergence: 0 }])
    const [close] = componentPairs({ mean: [0, 0], sd: [1, 1 + 1e-7] }, 2, 1)
    // 2 ε² to first order.
    nearNumber(close.divergence / 2e-14, 1, 1e-5)
    assert.deepEqual(componentPairs({ mean: [0], sd: [1] }, 1, 1), [])
  })
})
