import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DataSet } from '../../../src/data/dataset'
import { md5 } from '../../../src/platform/hash'
import { RandomDoubles } from '../../../src/compute/streams'
import { gaussianMixture } from '../../../src/data/generated/gaussianMixture'
import { pinwheel } from '../../../src/data/generated/pinwheel'
import { ppca } from '../../../src/data/generated/ppca'
import { ArgumentError } from '../../../src/base/errors'
import { near } from '../../support/near'
import { rowsOf } from '../../support/tables'

const average = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((s, v) => s + v, 0) / values.length
const variance = (values: ArrayLike<number>): number =>
  average(Array.from(values, (v) => (v - average(values)) ** 2))
const of = (data: DataSet, label: number): number[][] =>
  rowsOf(data.x, data.dim).filter((_, i) => data.labels?.[i] === label)
const checksum = ({ x, labels }: DataSet): string =>
  md5(
    Buffer.concat([
      Buffer.from(x.buffer, x.byteOffset, x.byteLength),
      Buffer.from(labels?.buffer ?? new ArrayBuffer(0)),
    ]),
  )

describe('generated data', () => {
  it('are the same numbers on every machine: checksums of x and labels, little-endian', () => {
    const of = [
      pinwheel().train,
      pinwheel().test,
      gaussianMixture().train,
      gaussianMixture({ means: [-0.5, 0.5], seed: 3 }).test,
      ppca().train,
    ]
    assert.deepEqual(of.map(checksum), CHECKSUMS)
  })

  it('have training and test parts of their own streams, whose first rows are the same however many follow', () => {
    for (const make of [pinwheel, gaussianMixture, ppca]) {
      const [few, many] = [make({ train: 10, test: 5 }), make({ train: 40, test: 30 })]
      assert.deepEqual(many.train.take(10).x, few.train.x)
      assert.deepEqual(many.test.take(5).x, few.test.x)
      assert.notDeepEqual(many.test.take(10).x, few.train.x)
      assert.notDeepEqual(make({ train: 10, seed: 1 }).train.x, few.train.x)
      assert.throws(
        () => make({ train: 0 }),
        new RegExp(`^ArgumentError: \`${make.name}\\(\\{ train \\}\\)\` must be an integer ≥ 1, got 0`),
      )
      assert.throws(() => make({ seed: 0.5 }), ArgumentError)
    }
  })

  it('are drawn from normal numbers whose moments are right', () => {
    const draw = RandomDoubles.of(1, 'a test')
    const drawn = Array.from({ length: 100000 }, () => draw.polarNormal())
    const moment = (power: number) => average(drawn.map((v) => v ** power))
    // Five standard errors: the variance of x^p is E x^2p − (E x^p)².
    near([moment(1)], [0], 5 / Math.sqrt(1e5))
    near([moment(2)], [1], 5 * Math.sqrt(2 / 1e5))
    near([moment(3)], [0], 5 * Math.sqrt(15 / 1e5))
    near([moment(4) / 3], [1], (5 * Math.sqrt(96 / 1e5)) / 3)
    near([average(drawn.slice(1).map((v, i) => v * drawn[i]))], [0], 5 / Math.sqrt(1e5))
  })
})

describe('pinwheel', () => {
  it('has five arms, all alike often, by default 5,000 and 2,000 points', () => {
    const { train, test } = pinwheel()
    assert.deepEqual([train.size, test.size, train.dim, train.values], [5000, 2000, 2, 'real'])
    assert.deepEqual(train.labelNames, ['arm 0', 'arm 1', 'arm 2', 'arm 3', 'arm 4'])
    for (let arm = 0; arm < 5; arm++)
      assert.ok(Math.abs(of(train, arm).length - 1000) < 5 * Math.sqrt(800), `arm ${arm}`)
  })

  it('lies on its curves where nothing spreads across them', () => {
    const { train } = pinwheel({ train: 300, tangential: 0, scale: 1, arms: 3, rate: 0.4, radial: 0.2 })
    rowsOf(train.x, 2).forEach(([x, y], i) => {
      const r = Math.hypot(x, y)
      const angle = (2 * Math.PI * (train.labels?.[i] ?? NaN)) / 3 + 0.4 * Math.exp(r)
      near([x, y], [r * Math.cos(angle), r * Math.sin(angle)], 1e-5)
    })
    const radii = rowsOf(train.x, 2).map(([x, y]) => Math.hypot(x, y))
    near([average(radii)], [1], (5 * 0.2) / Math.sqrt(300))
    near([variance(radii) / 0.04], [1], 5 * Math.sqrt(2 / 300))
  })

  it('spreads across its arms as said', () => {
    const { train } = pinwheel({ train: 2000, radial: 0, tangential: 0.05, scale: 2 })
    const across = rowsOf(train.x, 2).map(([x, y], i) => {
      const angle = (2 * Math.PI * (train.labels?.[i] ?? NaN)) / 5 + 0.25 * Math.E
      near([(x * Math.cos(angle) + y * Math.sin(angle)) / 2], [1], 1e-6)
      return (-x * Math.sin(angle) + y * Math.cos(angle)) / 2
    })
    near([average(across)], [0], (5 * 0.05) / Math.sqrt(2000))
    near([variance(across) / 0.0025], [1], 5 * Math.sqrt(2 / 2000))
  })

  it('refuses arms and spreads that are none', () => {
    assert.throws(() => pinwheel({ arms: 0 }), /^ArgumentError: `pinwheel\(\{ arms \}\)` must be .*, got 0/)
    assert.throws(
      () => pinwheel({ radial: -1 }),
      /^ArgumentError: `pinwheel\(\{ radial \}\)` must be .*, got -1/,
    )
    assert.throws(
      () => pinwheel({ scale: 0 }),
      /^ArgumentError: `pinwheel\(\{ scale \}\)` must be a number > 0, got 0\.$/,
    )
  })
})

describe('gaussianMixture', () => {
  it('has two components of the weight, means and spreads it says', () => {
    const { train } = gaussianMixture({ sds: [1, 2] })
    assert.deepEqual([train.size, train.dim], [10000, 1])
    const [first, second] = [0, 1].map((k) => of(train, k).flat())
    near([first.length / 10000], [0.15], 5 * Math.sqrt((0.15 * 0.85) / 10000))
    near(
      [average(first), average(second)].map((m) => m / 10),
      [-1, 1],
      0.02,
    )
    near([variance(first), variance(second) / 4], [1, 1], 5 * Math.sqrt(2 / first.length))
  })

  it('is one Gaussian where the components are alike', () => {
    const { train } = gaussianMixture({ means: [0, 0] })
    near([average(train.x)], [0], 5 / Math.sqrt(10000))
    near([variance(train.x)], [1], 5 * Math.sqrt(2 / 10000))
  })

  it('refuses a weight, means and spreads that are none', () => {
    assert.throws(
      () => gaussianMixture({ weight: 1.5 }),
      /\(\{ weight \}\)` must be a number from 0 to 1, got 1\.5/,
    )
    assert.throws(() => gaussianMixture({ means: [1] as never }), /\(\{ means \}\)` must be two numbers/)
    assert.throws(() => gaussianMixture({ sds: [1, 0] }), /\(\{ sds \}\)\[1\]` must be .*, got 0/)
  })
})

describe('ppca', () => {
  it('has the covariance WᵀW + σ²I', () => {
    const size = 20000
    const { train, weights } = ppca({ train: size, dim: 3, latent: 2, sigma: 0.7 })
    const W = rowsOf(weights, 3)
    const rows = rowsOf(train.x, 3)
    for (let i = 0; i < 3; i++)
      for (let j = 0; j <= i; j++) {
        const truth = (a: number, b: number) => W.reduce((s, w) => s + w[a] * w[b], a === b ? 0.49 : 0)
        const error = 5 * Math.sqrt((truth(i, i) * truth(j, j) + truth(i, j) ** 2) / size)
        const found = average(rows.map((row) => row[i] * row[j]))
        assert.ok(Math.abs(found - truth(i, j)) < error, `${i}, ${j}: ${found}, ${truth(i, j)}`)
      }
  })

  it('leaves units unused without moving the others, and draws the same noise for every σ', () => {
    const [both, one] = [ppca({ latent: 2 }), ppca({ latent: 2, used: 1 })]
    assert.deepEqual(one.weights.subarray(0, 5), both.weights.subarray(0, 5))
    assert.deepEqual(Array.from(one.weights.subarray(5)), [0, 0, 0, 0, 0])
    const [low, high] = [ppca({ sigma: 1 }).train, ppca({ sigma: 3 }).train]
    const noise = low.x.map((x, i) => (high.x[i] - x) / 2)
    near([average(noise)], [0], 5 / Math.sqrt(2500))
    near([variance(noise)], [1], 5 * Math.sqrt(2 / 2500))
    near([variance(ppca({ dim: 2000, train: 1, test: 1 }).weights) / 4], [1], 5 * Math.sqrt(2 / 4000))
  })

  it('refuses sizes that do not fit', () => {
    assert.throws(
      () => ppca({ latent: 2, used: 3 }),
      /^ArgumentError: `ppca\(\{ used \}\)` must be at most latent = 2, got 3/,
    )
    assert.throws(() => ppca({ sigma: 0 }), /^ArgumentError: `ppca\(\{ sigma \}\)` must be .*, got 0/)
  })
})

const CHECKSUMS = [
  '5cc5594416e1a4a2c1627f39c835e0f8',
  '4dc71c6cf72239bb4680840faddb5d2f',
  'b052bc37c4c1a7313766ae3da2272c3c',
  'c02dba3f5ff0380724265f56ffb6a2f1',
  '182c9dfffe27f0f20293d85e8a59be5d',
]
