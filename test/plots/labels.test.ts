import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { placeLabels } from '../../src/plots/placeLabels'
import { spread } from '../../src/plots/spread'
import { near } from '../support/near'
import { Random } from '../support/random'

describe('spread', () => {
  it('does not move labels that do not touch', () => {
    assert.deepEqual(spread([80, 10, 40], 13, [0, 100]), [80, 10, 40])
  })

  it('moves only touching labels apart, around their centre', () => {
    near(spread([50, 52, 10], 12, [0, 100]), [45, 57, 10], 1e-12)
  })

  it('keeps them inside', () => {
    assert.deepEqual(spread([-5, 1, 99, 100], 10, [0, 100]), [0, 10, 90, 100])
  })

  it('keeps order and gap, with the smallest sum of squares', () => {
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

  it('puts a single label to the right of its point', () => {
    const [{ left, top, bottom }] = placeLabels([{ x: 100, y: 100, text: 'plain' }], size)
    assert.ok(left > 100 && top + bottom === 200)
  })

  it('puts it to the left at the right edge', () => {
    const [{ right }] = placeLabels([{ x: 390, y: 100, text: 'plain' }], size)
    assert.ok(right < 390)
  })

  const points = ['plain', 'identifiable', 'β = 0.2', 'free bits', 'ablation'].map((text, i) => ({
    x: 200 + 3 * i,
    y: 150 + 4 * i,
    text,
  }))
  for (const where of ['beside', 'on'] as const)
    it(`covers no other label, even if points are close: ${where} them`, () => {
      const boxes = placeLabels(points, size, where)
      for (const [i, a] of boxes.entries())
        for (const b of boxes.slice(0, i))
          assert.ok(
            a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom,
            points[i].text,
          )
    })

  it('is nearer to its own point than to any other', () => {
    // As the methods of Table 1 lie on Fashion-MNIST, with their bars.
    const crowd = [
      { x: 318, y: 91, text: 'VampPrior' },
      { x: 322, y: 72, text: 'free bits' },
      { x: 350, y: 98, text: 'LID' },
      { x: 366, y: 88, text: 'LID, twist' },
      { x: 232, y: 104, text: 'plain' },
    ]
    const bars = crowd.map(({ x, y }) => ({ left: x - 22, right: x + 22, top: y - 2, bottom: y + 2 }))
    const away = (box: (typeof bars)[number], { x, y }: (typeof crowd)[number]): number =>
      Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom))
    placeLabels(crowd, size, 'beside', bars).forEach((box, i) => {
      for (const other of crowd) assert.ok(away(box, crowd[i]) <= away(box, other) + 2, crowd[i].text)
    })
  })

  it('covers no bar', () => {
    const bar = { left: 60, right: 180, top: 98, bottom: 102 }
    const [box] = placeLabels([{ x: 100, y: 100, text: 'plain' }], size, 'beside', [bar])
    assert.ok(
      box.bottom <= bar.top || box.top >= bar.bottom || box.left >= bar.right || box.right <= bar.left,
    )
  })

  it('puts a single label on its point if requested', () => {
    const [{ left, right, top, bottom }] = placeLabels([{ x: 100, y: 90, text: '4' }], size, 'on')
    assert.deepEqual([left + right, top + bottom], [200, 180])
  })
})
