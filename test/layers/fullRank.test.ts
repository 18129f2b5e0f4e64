import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { fullRank, type FullRank } from '../../src/layers/fullRank'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'
import { numbers, rowsOf } from '../support/tables'

/** βᵀ = sQ + (I − QQᵀ)B, read as the map's value at the unit vectors less its bias. */
function byUnitVectors(beta: FullRank): Matrix {
  const at = (rows: number[][]) => numbers(() => beta.apply(tf.tensor2d(rows)))
  const zero = at([Array.from({ length: beta.from }, () => 0)])
  const unit = at(Matrix.eye(beta.from).to2DArray())
  return new Matrix(rowsOf(unit, beta.to).map((row) => row.map((x, j) => x - zero[j])))
}

/** σ_min by the eigenvalues of ββᵀ: another way than the one tested. */
const leastSingularValue = (m: Matrix): number =>
  Math.sqrt(
    Math.max(
      0,
      Math.min(
        ...new EigenvalueDecomposition(m.mmul(m.transpose()), { assumeSymmetric: true }).realEigenvalues,
      ),
    ),
  )

function setB(parameters: Parameters, values: (i: number) => number): void {
  const B = parameters.variables.get('beta/B')
  assert.ok(B)
  tf.tidy(() =>
    B.assign(
      tf.tensor(
        Float32Array.from({ length: B.size }, (_, i) => values(i)),
        B.shape,
      ),
    ),
  )
}

onEachEngine('fullRank', () => {
  for (const [from, to] of [
    [1, 1],
    [1, 7],
    [3, 3],
    [4, 9],
    [16, 40],
  ]) {
    it(`has orthonormal rows Q where B = 0: ${from} to ${to}`, () => {
      const parameters = Parameters.from(1)
      const beta = fullRank(parameters, 'beta', from, to, { anchor: 1.7 })
      setB(parameters, () => 0)
      const Q = byUnitVectors(beta).div(1.7)
      near(Q.mmul(Q.transpose()).to1DArray(), Matrix.eye(from).to1DArray(), 2e-6)
      parameters.dispose()
    })

    it(`never has a singular value below its anchor, in float32: ${from} to ${to}`, () =>
      expectNoLeaks(() => {
        const parameters = Parameters.from(2)
        const anchor = 0.8
        const beta = fullRank(parameters, 'beta', from, to, { anchor })
        const random = new Random(3)
        for (const scale of [0, 0.05, 1, 100])
          for (const values of [() => random.normal(), () => 1, (i: number) => (i === 0 ? -1 : 0)]) {
            setB(parameters, (i) => scale * values(i))
            const m = byUnitVectors(beta)
            const size = Math.max(anchor, scale)
            // Entries are rounded to float32 at B's size; so much can the least singular value move.
            const rounding = 5e-7 * size * Math.sqrt(from * to)
            const least = beta.smallestSingularValue()
            assert.ok(least >= anchor - rounding, `scale ${scale}: ${least}`)
            // By another way, which squares and so is coarser for a large B.
            near([least], [leastSingularValue(m)], scale === 100 ? 1e-3 : 1e-5, `scale ${scale}`)
            near(
              numbers(() => beta.matrix()),
              m.to1DArray(),
              1e-6,
              'matrix',
            )
          }
        parameters.dispose()
      }))
  }

  it('lets B move it off the anchor: only the part of B along Q is lost', () => {
    const parameters = Parameters.from(1)
    const beta = fullRank(parameters, 'beta', 3, 8)
    setB(parameters, () => 0)
    const Q = byUnitVectors(beta)
    const B = new Random(4).normals(24)
    setB(parameters, (i) => B[i])
    const b = new Matrix(rowsOf(B, 8))
    // β = sQ + B(I − QᵀQ), rows.
    const expected = Matrix.add(Q, b.mmul(Matrix.eye(8).sub(Q.transpose().mmul(Q))))
    near(byUnitVectors(beta).to1DArray(), expected.to1DArray(), 3e-6)
    parameters.dispose()
  })

  it('has a bias unless told otherwise, and gives every weight a gradient', () => {
    for (const bias of [true, false]) {
      const parameters = Parameters.from(1)
      const beta = fullRank(parameters, 'beta', 2, 5, { bias })
      assert.deepEqual([...parameters.variables.keys()], bias ? ['beta/B', 'beta/c'] : ['beta/B'])
      for (const variable of parameters.variables.values()) {
        const gradient = numbers(() => {
          const loss = (): tf.Scalar => tf.sum(tf.square(beta.apply(tf.ones([3, 2]))))
          return tf.variableGrads(loss, [variable]).grads[variable.name]
        })
        assert.ok(gradient.some((x) => Math.abs(x) > 1e-3))
      }
      parameters.dispose()
    }
  })

  it('refuses to reduce the dimension and a non-positive anchor, without leaks', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      assert.throws(() => fullRank(parameters, 'beta', 5, 4), /`from` must be at most to = 4, got 5/)
      for (const anchor of [0, -1, NaN])
        assert.throws(() => fullRank(parameters, 'beta', 2, 4, { anchor }), ArgumentError)
      assert.throws(() => fullRank(parameters, 'beta', 1.5, 4), ArgumentError)
      assert.throws(() => fullRank(parameters, 'beta', 2, NaN), ArgumentError)
      assert.equal(parameters.variables.size, 0)
    }))
})
