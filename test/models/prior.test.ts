import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Parameters } from '../../src/compute/parameters'
import { ArgumentError } from '../../src/base/errors'
import { anchoredMeans, freeMeans, standardNormal, type Prior } from '../../src/models/prior'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { Random } from '../support/random'
import { numbersOfAll, rowsOf } from '../support/tables'

function moments(prior: Prior): { mean: number[][]; sd: number[][] } {
  const [mean, sd] = numbersOfAll(() => {
    const m = prior.moments()
    assert.deepEqual(m.mean.shape, [prior.components, prior.latent])
    assert.deepEqual(m.sd.shape, [prior.components, prior.latent])
    return [m.mean, m.sd]
  })
  return { mean: rowsOf(mean, prior.latent), sd: rowsOf(sd, prior.latent) }
}

function leastDistance(rows: number[][]): number {
  let least = Infinity
  for (let i = 0; i < rows.length; i++)
    for (let j = 0; j < i; j++) least = Math.min(least, Math.hypot(...rows[i].map((x, u) => x - rows[j][u])))
  return least
}

/** Sets a weight to what a hostile training could make of it. */
function set(parameters: Parameters, name: string, value: (i: number) => number): void {
  const weight = parameters.variables.get(name)
  assert.ok(weight, name)
  const values = Float32Array.from({ length: weight.size }, (_, i) => value(i))
  tf.tidy(() => weight.assign(tf.tensor(values, weight.shape)))
}

const random = new Random(1)
const hostile: Record<string, (i: number) => number> = {
  'all equal': () => 3,
  'all zero': () => 0,
  alternating: (i) => (i % 2 ? 1e6 : -1e6),
  random: () => 100 * random.normal(),
  'all far below': () => -1e6,
}

onEachEngine('prior', () => {
  it('is N(0, I) without components', () => {
    const { mean, sd } = moments(standardNormal(3))
    assert.deepEqual({ mean, sd }, { mean: [[0, 0, 0]], sd: [[1, 1, 1]] })
  })

  it('starts the free means near zero, or as wide as requested, and γ at 1 above its floor', () =>
    expectNoLeaks(() => {
      for (const start of [0.01, 1]) {
        const parameters = Parameters.from(1)
        const { mean, sd } = moments(freeMeans({ start })(parameters, 40, 10))
        const values = mean.flat()
        const spread = Math.sqrt(values.reduce((s, x) => s + x * x, 0) / values.length)
        assert.ok(Math.abs(spread / start - 1) < 5 / Math.sqrt(2 * values.length), `spread ${spread}`)
        near(
          sd.flat(),
          sd.flat().map(() => 1.3),
          1e-6,
        )
        parameters.dispose()
      }
    }))

  for (const [components, latent] of [
    [2, 2],
    [4, 4],
    [10, 16],
  ])
    it(`holds K = ${components} means apart by √2 · separation where K ≤ latent = ${latent}, whatever the weights`, () =>
      expectNoLeaks(() => {
        const parameters = Parameters.from(2)
        const prior = anchoredMeans({ separation: 1.5 })(parameters, components, latent)
        assert.equal(prior.distinct, true)
        for (const [title, value] of Object.entries(hostile)) {
          // Beyond 1e6 the float32 rounding of B is larger than the anchor: 1e3 shows the same.
          set(parameters, 'prior/means/B', (i) => Math.sign(value(i)) * Math.min(Math.abs(value(i)), 1e3))
          const least = leastDistance(moments(prior).mean)
          assert.ok(least >= Math.SQRT2 * 1.5 * 0.999, `${title}: ${least}`)
        }
        parameters.dispose()
      }))

  for (const latent of [1, 2, 3, 5])
    it(`holds more means than latent units apart: latent ${latent}`, () =>
      expectNoLeaks(() => {
        for (const components of [latent + 1, 10, 30]) {
          const parameters = Parameters.from(3)
          const prior = anchoredMeans({ separation: 2 })(parameters, components, latent)
          const start = moments(prior).mean
          const between = leastDistance(start)
          assert.ok(between > 0.1, `anchors ${between} apart`)
          // On a line evenly spaced, otherwise all at the radius.
          if (latent > 1) for (const row of start) near([Math.hypot(...row)], [2], 1e-5)
          else assert.ok(Math.abs(between - 2) < 1e-5)
          for (const [title, value] of Object.entries(hostile)) {
            set(parameters, 'prior/shift', value)
            const { mean } = moments(prior)
            mean.forEach((row, k) => {
              const moved = Math.hypot(...row.map((x, u) => x - start[k][u]))
              assert.ok(moved <= 0.3 * between * 1.0001, `${title}: moved by ${moved}`)
            })
            assert.ok(leastDistance(mean) >= 0.4 * between * 0.999, `${title}: ${leastDistance(mean)}`)
          }
          // The nearest pair pulled together as hard as can be.
          const [i, j] = nearestPair(start)
          const towards = start[j].map((x, u) => Math.sign(x - start[i][u]))
          set(parameters, 'prior/shift', (n) => {
            const [k, u] = [Math.floor(n / latent), n % latent]
            return k === i ? 1e6 * towards[u] : k === j ? -1e6 * towards[u] : 0
          })
          const pulled = leastDistance(moments(prior).mean)
          assert.ok(pulled >= 0.4 * between * 0.999 && pulled < between, `pulled to ${pulled} of ${between}`)
          parameters.dispose()
        }
      }))

  it('floors γ, for each component or shared by all', () => {
    for (const make of [freeMeans, anchoredMeans])
      for (const gamma of ['per component', 'shared'] as const) {
        const parameters = Parameters.from(4)
        const prior = make({ gamma, floor: 0.4 })(parameters, 3, 2)
        const name = 'prior/gamma'
        assert.deepEqual(parameters.variables.get(name)?.shape, gamma === 'shared' ? [1, 2] : [3, 2])
        set(parameters, name, () => -1e3)
        near(moments(prior).sd.flat(), [0.4, 0.4, 0.4, 0.4, 0.4, 0.4], 1e-6)
        set(parameters, name, (i) => (i % 2 ? 2 : 5))
        const { sd } = moments(prior)
        near(sd[0], [Math.log1p(Math.exp(5)) + 0.4, Math.log1p(Math.exp(2)) + 0.4], 1e-5)
        assert.deepEqual(sd[2], sd[0])
        parameters.dispose()
      }
  })

  it('refuses invalid input', () => {
    const parameters = Parameters.from(1)
    for (const wrong of [
      () => freeMeans({ start: -1 }),
      () => freeMeans({ start: NaN }),
      () => anchoredMeans({ separation: 0 }),
      () => anchoredMeans({ separation: -2 }),
      () => freeMeans({ floor: 0 }),
      () => freeMeans({ floor: NaN }),
      () => anchoredMeans({ floor: -1 }),
      () => anchoredMeans({ gamma: 'sharde' as never }),
      () => freeMeans({ covariance: 'none' as never }),
    ])
      assert.throws(wrong, ArgumentError)
    parameters.dispose()
  })
})

function nearestPair(rows: number[][]): [number, number] {
  const least = leastDistance(rows)
  for (let i = 0; i < rows.length; i++)
    for (let j = 0; j < i; j++) if (leastDistance([rows[i], rows[j]]) === least) return [i, j]
  throw new Error('no pair')
}
