import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collapseCurve } from '../../src/metrics/collapseCurve'
import { moments } from '../../src/base/estimate'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { average } from './known'

const evaluation = (rows: number[][]) => ({
  size: rows.length,
  latent: rows[0].length,
  klZ: Float32Array.from(rows.flat()),
})

describe('collapseCurve', () => {
  it('is the definition, unit by unit, at every ε and δ', () => {
    const random = new Random(1)
    const rows = Array.from({ length: 57 }, () =>
      [0.01, 0.3, 2].map((scale) => Math.fround(scale * random.uniform())),
    )
    const epsilons = [0, 0.005, 0.01, 0.1, 0.25, 0.29, 1, 1.9, 3]
    for (const delta of [0, 0.01, 0.1, 0.5]) {
      const curve = collapseCurve(evaluation(rows), { delta, epsilons })
      near(
        curve.rows.map(({ value }) => value),
        epsilons.map((epsilon) => {
          const collapsed = [0, 1, 2].filter(
            (u) => rows.filter((row) => row[u] < epsilon).length / rows.length >= 1 - delta,
          )
          return collapsed.length / 3
        }),
        1e-12,
        `δ ${delta}`,
      )
      curve.units.forEach((epsilon, u) => {
        const share = (e: number) => rows.filter((row) => row[u] < e).length / rows.length
        assert.ok(share(epsilon) < 1 - delta && share(epsilon * (1 + 1e-6)) >= 1 - delta)
      })
      assert.equal(curve.delta, delta)
      assert.match(curve.rows[0].estimator, /57 data points/)
    }
  })

  it('rises from 0 to 1, and is 1 everywhere for units at the prior', () => {
    const { rows } = collapseCurve(
      evaluation([
        [0.1, 5, 1],
        [0.2, 6, 2],
      ]),
    )
    assert.equal(rows.length, 41)
    nearNumber(rows[0].epsilon, 1e-3, 1e-12)
    nearNumber(rows[40].epsilon, 10, 1e-12)
    assert.deepEqual([rows[0].value, rows[40].value], [0, 1])
    rows.slice(1).forEach(({ value }, i) => assert.ok(value >= rows[i].value))
    const dead = collapseCurve(evaluation([[0], [0]]))
    assert.ok(dead.rows.every(({ value, standardError }) => value === 1 && standardError === 0))
  })

  it('has a standard error as large as the spread over data sets', () => {
    // KL uniform in [0, 2 s]: the median is s, so at ε = 1 a unit of scale s is collapsed for δ = ½ iff s < 1.
    const scales = [0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15]
    const draws = Array.from({ length: 200 }, (_, r) => {
      const random = new Random(1000 + r)
      const rows = Array.from({ length: 60 }, () => scales.map((s) => 2 * s * random.uniform()))
      return collapseCurve(evaluation(rows), { delta: 0.5, epsilons: [1] }).rows[0]
    })
    const spread = Math.sqrt(moments(draws.map(({ value }) => value)).variance)
    const said = Math.sqrt(average(draws.map(({ standardError }) => standardError ** 2)))
    assert.ok(said / spread > 0.8 && said / spread < 1.25, `${said}, spread ${spread}`)
  })

  it('refuses invalid δ and ε', () => {
    const e = evaluation([[1]])
    for (const delta of [-0.1, 1, NaN])
      assert.throws(() => collapseCurve(e, { delta }), /^ArgumentError: `delta` must be/)
    assert.throws(() => collapseCurve(e, { epsilons: [-1] }), /^ArgumentError: `epsilons` must be .*, got -1/)
  })
})
