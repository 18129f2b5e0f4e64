import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ballRadius } from '../../../src/metrics/witness/ball'
import { nearNumber } from '../../support/near'
import { Random } from '../../support/random'

describe('ballRadius', () => {
  it('is the square root of the tabulated χ² quantile', () => {
    const table: [number, number, number][] = [
      [1, 0.99, 6.634897],
      [2, 0.99, 9.21034],
      [3, 0.99, 11.344867],
      [10, 0.99, 23.209251],
      [16, 0.99, 31.999927],
      [30, 0.99, 50.892181],
      [100, 0.99, 135.806723],
      [1, 0.95, 3.841459],
      [5, 0.5, 4.35146],
    ]
    for (const [dim, mass, quantile] of table) nearNumber(ballRadius(dim, mass) ** 2, quantile, 1e-6)
  })

  it('holds 99 of 100 draws', () => {
    const random = new Random(1)
    for (const dim of [1, 7, 64]) {
      const radius = ballRadius(dim)
      let inside = 0
      for (let i = 0; i < 4000; i++) if (Math.hypot(...random.normals(dim)) <= radius) inside++
      assert.ok(Math.abs(inside / 4000 - 0.99) < 0.0064, `${dim}: ${inside}`)
    }
  })
})
