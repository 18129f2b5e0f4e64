import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Matrix, solve } from 'ml-matrix'
import { ArgumentError } from '../../../src/base/errors'
import { fitSoftmax, linear } from '../../../src/metrics/probes/linear'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { near } from '../../support/near'
import { Random } from '../../support/random'
import { realData } from '../knownModel'
import { encoderOf, twoClasses } from './twoClasses'

/** Rows of `columns` normals and a one, and labels drawn from a softmax of them. */
function problem(size: number, columns: number, classes: number, scale: number) {
  const random = new Random(1)
  const truth = Array.from({ length: classes }, () => random.normals(columns + 1, scale))
  const rows = Array.from({ length: size }, () => [...random.normals(columns), 1])
  const labels = rows.map((row) => {
    const weights = truth.map((w) => Math.exp(row.reduce((sum, v, u) => sum + v * w[u], 0)))
    let left = random.uniform() * weights.reduce((a, b) => a + b, 0)
    return Math.max(
      0,
      weights.findIndex((w) => (left -= w) < 0),
    )
  })
  return { rows, labels }
}

describe('fitSoftmax', () => {
  it('is Newton’s solution of logistic regression with two classes', async () => {
    const { rows, labels } = problem(300, 2, 2, 1.5)
    const ridge = 0.02
    // Two classes: the difference of the columns, v, minimises −mean log σ(±v·u) + (ridge/4)‖v‖², the ridge
    // being shared between the two.
    let v = [0, 0, 0]
    for (let i = 0; i < 50; i++) {
      const p = rows.map((row) => 1 / (1 + Math.exp(-row.reduce((sum, x, u) => sum + x * v[u], 0))))
      const slope = v.map(
        (value, u) =>
          rows.reduce((sum, row, j) => sum + (p[j] - labels[j]) * row[u], 0) / rows.length +
          (u < 2 ? (ridge / 2) * value : 0),
      )
      const curvature = v.map((_, a) =>
        v.map(
          (_value, b) =>
            rows.reduce((sum, row, j) => sum + p[j] * (1 - p[j]) * row[a] * row[b], 0) / rows.length +
            (a === b && a < 2 ? ridge / 2 : 0),
        ),
      )
      const step = solve(new Matrix(curvature), Matrix.columnVector(slope)).to1DArray()
      v = v.map((value, u) => value - step[u])
    }
    const { weights, done } = await fitSoftmax(new Matrix(rows), labels, ridge, 500)
    assert.ok(done)
    near(
      v.map((_, u) => weights.get(u, 1) - weights.get(u, 0)),
      v,
      1e-3,
    )
  })

  it('converges with five classes, and reports if it did not', async () => {
    const { rows, labels } = problem(400, 3, 5, 2)
    const ridge = 1e-3
    const loss = (w: Matrix): number => {
      const fit = rows.reduce((sum, row, i) => {
        const scores = Array.from({ length: 5 }, (_, c) => row.reduce((s, x, u) => s + x * w.get(u, c), 0))
        const most = Math.max(...scores)
        return sum + scores[labels[i]] - most - Math.log(scores.reduce((s, x) => s + Math.exp(x - most), 0))
      }, 0)
      let square = 0
      for (let u = 0; u < 3; u++) for (let c = 0; c < 5; c++) square += w.get(u, c) ** 2
      return -fit / rows.length + (ridge / 2) * square
    }
    const { weights, done } = await fitSoftmax(new Matrix(rows), labels, ridge, 500)
    assert.ok(done)
    const slopes: number[] = []
    for (let u = 0; u < 4; u++)
      for (let c = 0; c < 5; c++) {
        const at = (h: number) => {
          const moved = weights.clone()
          moved.set(u, c, moved.get(u, c) + h)
          return loss(moved)
        }
        slopes.push((at(1e-5) - at(-1e-5)) / 2e-5)
      }
    near(
      slopes,
      Array.from({ length: 20 }, () => 0),
      2e-5,
    )
    assert.equal((await fitSoftmax(new Matrix(rows), labels, ridge, 2)).done, false)
  })
})

onEachEngine('linear', () => {
  it('reaches the Bayes accuracy of two normals from their codes, at any scale, and chance from a collapsed code', async () => {
    const { data, best } = twoClasses(2000, 1)
    const test = twoClasses(2000, 2).data
    for (const gain of [1, 1e-3]) {
      const model = encoderOf(gain)
      const { value, standardError, estimator } = await expectNoLeaks(() => linear(model, data, test))
      assert.ok(Math.abs(value - best) < 3 * standardError, `${value} ± ${standardError}, best ${best}`)
      assert.equal(estimator, 'logistic regression, ridge 0.001, 2000 training points, 2000 test points')
      const hasty = await linear(model, data, test, { iterations: 1 })
      assert.match(hasty.estimator, /, 2000 test points, stopped after 1 iterations$/)
      model.dispose()
    }
    const collapsed = encoderOf(0)
    assert.equal((await linear(collapsed, data, test)).value, 0.5)
    collapsed.dispose()
  })

  it('requires labels and valid options', async () => {
    const model = encoderOf(1)
    const { data } = twoClasses(10, 1)
    for (const [train, options, message] of [
      [realData([[0, 0]]), {}, /^`train` must be data with labels, got data without labels/],
      [data, { ridge: 0 }, /^`ridge` must be .*, got 0/],
      [data, { iterations: 0 }, /^`iterations` must be .*, got 0/],
    ] as const)
      await assert.rejects(linear(model, train, data, options), (error: Error) => {
        assert.ok(error instanceof ArgumentError)
        assert.match(error.message, message)
        return true
      })
    model.dispose()
  })
})
