import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hash32, permutation, streamKey } from '../../src/compute/streams'
import type { StreamName } from '../../src/compute/streams'

const names: StreamName[] = ['initialisation', 'batches', 'binarisation', 'sampling']

describe('streams', () => {
  it('hashes a text to a 32-bit whole number, the same everywhere', () => {
    // FNV-1a, then a mixing round, in Python's whole numbers:
    // h = 0x811c9dc5; for c in text.encode(): h = (h ^ c) * 0x01000193 % 2**32
    // h ^= h >> 16; h = h * 0x7feb352d % 2**32; h ^= h >> 15; h = h * 0x846ca68b % 2**32; h - 2**32 if h >=
    // 2**31 else h
    assert.equal(hash32('lidvae'), -1534712773)
    assert.equal(hash32(''), 1947494452)
  })

  it('gives every seed, stream and part a key of its own', () => {
    const keys = new Set<number>()
    for (let seed = -50; seed < 50; seed++)
      for (const name of names)
        for (let epoch = 0; epoch < 10; epoch++) keys.add(streamKey(seed, name, `epoch ${epoch}`))
    assert.equal(keys.size, 100 * names.length * 10)
    for (const key of keys) assert.ok(Number.isInteger(key) && key === (key | 0))
  })

  it('changes about half of the bits when the last letter changes', () => {
    let changed = 0
    for (let i = 0; i < 500; i++) {
      let x = streamKey(i, 'batches', 'epoch 1') ^ streamKey(i, 'batches', 'epoch 2')
      for (; x !== 0; x &= x - 1) changed++
    }
    // 500 × 32 fair bits: mean 8,000, standard deviation 63.
    assert.ok(Math.abs(changed - 8000) < 8 * 63, `${changed} of 16000`)
  })

  it('permutes: every number once, the same for a key, another for another', () => {
    for (const size of [0, 1, 2, 7, 1000]) {
      const order = permutation(size, 3)
      assert.equal(order.length, size)
      assert.deepEqual(
        order.slice().sort(),
        Uint32Array.from({ length: size }, (_, i) => i),
      )
    }
    assert.deepEqual(permutation(100, 3), permutation(100, 3))
    assert.notDeepEqual(permutation(100, 3), permutation(100, 4))
  })

  it('is a fair shuffle: each of the 24 orders of four comes up equally often', () => {
    const counts = new Map<string, number>()
    const draws = 12000
    for (let key = 0; key < draws; key++) {
      const order = permutation(4, key).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    assert.equal(counts.size, 24)
    const expected = draws / 24
    let chi2 = 0
    for (const count of counts.values()) chi2 += (count - expected) ** 2 / expected
    // 23 degrees of freedom: exceeded by chance once in 10,000.
    assert.ok(chi2 < 56.5, `chi-square ${chi2}`)
  })
})
