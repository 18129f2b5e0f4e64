import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromCSV } from 'arquero'
import { latentScatter, projectLatent } from '../../src/plots'

/** Points of a plane with given spreads, turned into five dimensions by two orthonormal directions. */
const u = [3, 0, 4, 0, 0].map((v) => v / 5)
const v = [0, 1, 0, -1, 0].map((w) => w / Math.SQRT2)
const plane = Array.from({ length: 60 }, (_, i) => [5 * Math.cos(i), 2 * Math.sin(1.7 * i)])
const means = plane.flatMap(([a, b]) => u.map((_, d) => 10 + a * u[d] + b * v[d]))

describe('projectLatent', () => {
  it('keeps all distances of points that lie in a plane', () => {
    const { points, explained } = projectLatent(means, 5)
    for (let i = 1; i < 60; i++) {
      const wanted = Math.hypot(plane[i][0] - plane[0][0], plane[i][1] - plane[0][1])
      const got = Math.hypot(points[i].x - points[0].x, points[i].y - points[0].y)
      assert.ok(Math.abs(wanted - got) < 1e-9)
    }
    assert.ok(Math.abs(explained[0] + explained[1] - 1) < 1e-9)
    assert.ok(explained[0] > explained[1])
  })

  it('finds the directions of most variance, centred', () => {
    const { points } = projectLatent(means, 5)
    const sum = (f: (p: { x: number; y: number }) => number) => points.reduce((s, p) => s + f(p), 0)
    assert.ok(Math.abs(sum((p) => p.x)) < 1e-9 && Math.abs(sum((p) => p.y)) < 1e-9)
    assert.ok(Math.abs(sum((p) => p.x * p.y)) < 1e-9, 'uncorrelated')
    assert.ok(sum((p) => p.x ** 2) > sum((p) => p.y ** 2))
  })

  it('leaves one and two dimensions unchanged', () => {
    assert.deepEqual(projectLatent([1, 2, 3, 4, 2, 6], 2).explained, [0.2, 0.8])
    assert.deepEqual(projectLatent([1, 2], 1).explained, [1, 0])
    assert.deepEqual(projectLatent([1, 1], 1).explained, [0, 0])
    assert.deepEqual(projectLatent([1, 2, 3, 4], 2).points, [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ])
    assert.deepEqual(projectLatent([1, 2], 1).points, [
      { x: 1, y: 0 },
      { x: 2, y: 0 },
    ])
  })

  it('does not fail if nothing varies', () => {
    assert.deepEqual(projectLatent(new Float32Array(12), 4).explained, [0, 0])
  })
})

describe('ellipses of latentScatter', () => {
  it('lie at Mahalanobis distance one from the component’s mean', () => {
    const rows = plane.map(([x, y]) => ({ x, y: y + 0.3 * x, component: 4 }))
    const n = rows.length
    const mx = rows.reduce((s, r) => s + r.x, 0) / n
    const my = rows.reduce((s, r) => s + r.y, 0) / n
    const xx = rows.reduce((s, r) => s + (r.x - mx) ** 2, 0) / n
    const yy = rows.reduce((s, r) => s + (r.y - my) ** 2, 0) / n
    const xy = rows.reduce((s, r) => s + (r.x - mx) * (r.y - my), 0) / n
    const [panel] = latentScatter(rows).concat as {
      layer: { data: { values: string } }[]
    }[]
    const outline = fromCSV(panel.layer[1].data.values).objects() as { x: number; y: number }[]
    assert.ok(outline.length > 20)
    for (const { x, y } of outline) {
      const [a, b] = [x - mx, y - my]
      const squared = (yy * a * a - 2 * xy * a * b + xx * b * b) / (xx * yy - xy * xy)
      assert.ok(Math.abs(squared - 1) < 0.03, `${squared}`)
    }
  })
})
