import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pinwheel } from '../../../src/data/generated/pinwheel'
import { pinwheelLogDensity } from '../../../src/data/generated/pinwheelDensity'
import { ArgumentError } from '../../../src/base/errors'
import { nearNumber } from '../../support/near'

/** Cell midpoints of a square about the origin, and a cell's area. */
function square(halfWidth: number, cells: number): { x: Float64Array; area: number } {
  const step = (2 * halfWidth) / cells
  const x = Float64Array.from({ length: 2 * cells * cells }, (_, i) => {
    const cell = i % 2 === 0 ? Math.floor(i / 2 / cells) : Math.floor(i / 2) % cells
    return -halfWidth + (cell + 0.5) * step
  })
  return { x, area: step ** 2 }
}

describe('pinwheelLogDensity', () => {
  it('integrates to one, and the points’ mean is −∫ p log p', () => {
    for (const options of [{}, { arms: 3, radial: 0.2, tangential: 0.1, rate: 0.4, scale: 1.5 }]) {
      const { x, area } = square(6, 160)
      const log = pinwheelLogDensity(x, options)
      const mass = log.reduce((sum, v) => sum + Math.exp(v) * area, 0)
      nearNumber(mass, 1, 1e-4, 'mass')
      const expected = log.reduce((sum, v) => (v > -700 ? sum + Math.exp(v) * v * area : sum), 0)
      const drawn = pinwheelLogDensity(pinwheel({ ...options, test: 4000, seed: 3 }).test.x, options)
      const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length
      const sd = Math.sqrt(drawn.reduce((sum, v) => sum + (v - mean) ** 2, 0) / drawn.length)
      assert.ok(Math.abs(mean - expected) < (4 * sd) / Math.sqrt(drawn.length), `${mean}, ${expected}`)
    }
  })

  it('is the density of the draws, cell by cell', () => {
    const drawn = pinwheel({ train: 20_000, seed: 5 }).train.x
    const cells = 20
    const counts = new Float64Array(cells ** 2)
    for (let i = 0; i < drawn.length; i += 2) {
      const [a, b] = [drawn[i], drawn[i + 1]].map((v) => Math.floor(((v + 6) / 12) * cells))
      if (a >= 0 && b >= 0 && a < cells && b < cells) counts[a * cells + b]++
    }
    const fine = 8
    const { x, area } = square(6, cells * fine)
    const expected = new Float64Array(cells ** 2)
    pinwheelLogDensity(x).forEach((log, i) => {
      const [a, b] = [Math.floor(i / (cells * fine)), i % (cells * fine)]
      expected[Math.floor(a / fine) * cells + Math.floor(b / fine)] += Math.exp(log) * area * 20_000
    })
    let chiSquare = 0
    let degrees = -1
    expected.forEach((e, i) => {
      if (e < 10) return
      chiSquare += (counts[i] - e) ** 2 / e
      degrees++
    })
    assert.ok(degrees > 50)
    assert.ok(chiSquare < degrees + 4 * Math.sqrt(2 * degrees), `χ² ${chiSquare} of ${degrees}`)
  })

  it('stays finite where its density is 0 in double precision', () => {
    const [near, far] = pinwheelLogDensity([3, 3, 50, 50])
    assert.ok(near > -700)
    assert.ok(far < -750 && Number.isFinite(far), `${far}`)
  })

  it('refuses what are no pairs, and spreads without a density', () => {
    assert.throws(() => pinwheelLogDensity([1, 2, 3]), ArgumentError)
    assert.throws(() => pinwheelLogDensity([1, NaN]), ArgumentError)
    assert.throws(() => pinwheelLogDensity([1, 2], { tangential: 0 }), /`tangential` must be a number > 0/)
    assert.throws(() => pinwheelLogDensity([1, 2], { arms: 0.5 }), /`arms` must be/)
  })
})
