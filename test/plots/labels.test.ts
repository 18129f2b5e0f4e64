import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { placeLabels } from '../../src/plots/placeLabels'
import { spread } from '../../src/plots/spread'
import { near } from '../support/near'
import { Random } from '../support/random'

describe('spread', () => {
  it('leaves labels alone that do not touch', () => {
    assert.deepEqual(spread([80, 10, 40], 13, [0, 100]), [80, 10, 40])
  })

  it('moves touching labels apart about their middle, and no others', () => {
    near(spread([50, 52, 10], 12, [0, 100]), [45, 57, 10], 1e-12)
  })

  it('keeps them inside', () => {
    assert.deepEqual(spread([-5, 1, 99, 100], 10, [0, 100]), [0, 10, 90, 100])
  })

  it('keeps order and gap, at the least sum of squares', () => {
    const random = new Random(3)
    for (let trial = 0; trial < 50; trial++) {
      const wanted = Array.from({ length: 7 }, () => 100 * random.uniform())
      const places = spread(wanted, 9, [0, 100])
      const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b])
      for (let i = 1; i < 7; i++) assert.ok(places[order[i]] - places[order[i - 1]] >= 9 - 1e-9)
      assert.ok(Math.min(...places) >= 0 && Math.max(...places) <= 100)
      const cost = (at: number[]) => at.reduce((sum, p, i) => sum + (p - wanted[i]) ** 2, 0)
      // Any other feasible arrangement between these and some feasible one costs no less.
      const even = order.reduce((at, i, rank) => ((at[i] = 9 * rank + 3), at), [] as number[])
      const mixed = places.map((p, i) => 0.99 * p + 0.01 * even[i])
      assert.ok(cost(mixed) >= cost(places) - 1e-9)
    }
  })
})

describe('placeLabels', () => {
  const size = { width: 400, height: 300 }
  const half = (text: string) => (text.length * 6.6) / 2

  it('puts a lonely label to the right of its point', () => {
    const [{ x, y }] = placeLabels([{ x: 100, y: 100, text: 'plain' }], size)
    assert.ok(x - half('plain') > 100 && y === 100)
  })

  it('puts it to the left where the right is the edge', () => {
    const [{ x }] = placeLabels([{ x: 390, y: 100, text: 'plain' }], size)
    assert.ok(x + half('plain') < 390)
  })

  it('covers no other label, also where points lie close', () => {
    const points = ['plain', 'identifiable', 'β = 0.2', 'free bits', 'ablation'].map((text, i) => ({
      x: 200 + 3 * i,
      y: 150 + 4 * i,
      text,
    }))
    const places = placeLabels(points, size)
    for (let i = 0; i < places.length; i++)
      for (let j = 0; j < i; j++) {
        const wide = half(points[i].text) + half(points[j].text)
        const apart = Math.abs(places[i].x - places[j].x) >= wide || Math.abs(places[i].y - places[j].y) >= 14
        assert.ok(apart, `${points[i].text}, ${points[j].text}`)
      }
  })
})
