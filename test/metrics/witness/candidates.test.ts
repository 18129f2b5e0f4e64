import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PAIR_KINDS, startingPairs, type StandardPair } from '../../../src/metrics/witness/candidates'
import { near, nearNumber } from '../../support/near'
import { Random } from '../../support/random'

const random = new Random(1)
const prior = (components: number, latent: number) => ({
  components,
  latent,
  mean: Float32Array.from(random.normals(components * latent, 3)),
  sd: Float32Array.from(random.normals(components * latent, 0.3), Math.exp),
})

describe('startingPairs', () => {
  const one = prior(1, 3)
  const many = prior(5, 4)
  const difference = (p: ReturnType<typeof prior>, { components: [j, k], offsets: [a, b] }: StandardPair) =>
    Array.from(a, (_, u) => {
      const [m, s] = [p.mean, p.sd]
      const { latent } = p
      return m[k * latent + u] + s[k * latent + u] * b[u] - m[j * latent + u] - s[j * latent + u] * a[u]
    })

  it('has as many of each kind on every prior', () => {
    for (const p of [one, many])
      assert.deepEqual(
        PAIR_KINDS.map((kind) => startingPairs(p, 256, 1, 0).filter((pair) => pair.kind === kind).length),
        [64, 64, 64, 64],
      )
  })

  it('steps along every axis, of every component, by the length asked for', () => {
    const axis = startingPairs(many, 256, 0.5, 0).filter(({ kind }) => kind === 'axis')
    const seen = new Set<string>()
    axis.forEach((pair, i) => {
      const step = difference(many, pair)
      step.forEach((d, u) => nearNumber(d, u === pair.unit ? 0.5 : 0, 1e-6))
      // The first 20 straddle the mean.
      const middle = Array.from(pair.offsets[0], (v, u) => v + pair.offsets[1][u])
      if (i < 20) {
        near(middle, [0, 0, 0, 0], 1e-6)
        seen.add(`${pair.unit} ${pair.components[0]}`)
      } else assert.ok(Math.hypot(...middle) > 0.1)
    })
    assert.equal(seen.size, 20)
  })

  it('steps in every direction, and pairs every two components', () => {
    const pairs = startingPairs(many, 256, 0.5, 0)
    for (const pair of pairs.filter(({ kind }) => kind === 'near')) {
      assert.equal(pair.components[0], pair.components[1])
      nearNumber(Math.hypot(...difference(many, pair)), 0.5, 1e-5)
    }
    for (const {
      components: [j, k],
    } of pairs.filter(({ kind }) => kind === 'far'))
      assert.equal(j, k)
    const across = pairs.filter(({ kind }) => kind === 'across').map(({ components }) => components.join())
    assert.equal(new Set(across).size, 20)
    assert.ok(across.every((pair) => pair[0] !== pair[2]))
    assert.ok(startingPairs(one, 256, 1, 0).every(({ components: [j, k] }) => j === 0 && k === 0))
  })

  it('depends on the seed, and repeats for the same', () => {
    const of = (seed: number) =>
      startingPairs(many, 256, 1, seed).flatMap(({ offsets }) => Array.from(offsets[0]))
    assert.deepEqual(of(1), of(1))
    assert.notDeepEqual(of(1), of(2))
  })
})
