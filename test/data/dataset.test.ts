import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataSet } from '../../src/data/dataset'
import type { DataSetOptions } from '../../src/data/dataset'
import { uniforms } from '../../src/compute/philox'
import { ArgumentError } from '../../src/base/errors'

const make = (options: Partial<DataSetOptions> = {}) =>
  new DataSet({
    name: 'toy',
    x: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 0),
    shape: [2],
    values: 'intensity',
    labels: Int32Array.of(1, 0, 1),
    labelNames: ['shoe', 'hat'],
    source: 'test',
    ...options,
  })

const fails = (options: Partial<DataSetOptions>, wanted: RegExp) =>
  assert.throws(
    () => make(options),
    (error) => error instanceof ArgumentError && wanted.test(error.message) && !error.message.includes('\n'),
  )

describe('DataSet', () => {
  it('knows its size and dimension', () => {
    const { size, dim } = make()
    assert.deepEqual([size, dim], [3, 2])
    const image = make({ x: new Float32Array(24), shape: [3, 4], labels: undefined })
    assert.deepEqual([image.size, image.dim], [2, 12])
  })

  it('refuses what does not fit together, by name', () => {
    fails(
      { x: new Float32Array(0) },
      /^`x` of data set toy must be at least one row, got a Float32Array of length 0/,
    )
    fails(
      { x: new Float32Array(5) },
      /`x` of data set toy must be rows of 2 numbers, as shape \[2\] says, got .* length 5/,
    )
    fails(
      { x: [1, 2] as unknown as Float32Array },
      /`x` of data set toy must be a Float32Array, got an Array of length 2/,
    )
    fails({ shape: [0] }, /`shape` of data set toy must be integers ≥ 1, got 0/)
    fails({ shape: [1.5] }, /`shape` of data set toy must be .*, got 1.5/)
    fails(
      { labels: Int32Array.of(1) },
      /`labels` of data set toy must be 3 labels, one per row, got .* length 1/,
    )
    fails({ labels: Int32Array.of(0, 2, 1) }, /`labels` of data set toy must be integers from 0 to 1, got 2/)
    fails(
      { labels: Int32Array.of(0, -1, 1) },
      /`labels` of data set toy must be integers from 0 to 1, got -1/,
    )
    fails(
      { labels: Int32Array.of(0, -1, 1), labelNames: undefined },
      /`labels` of data set toy must be integers ≥ 0, got -1/,
    )
  })

  // @fault nan-in-data
  it('refuses values that are not of their kind, and says how to mend them', () => {
    const bytes = Float32Array.of(0, 128, 255, 1)
    fails(
      { x: bytes, labels: undefined },
      /`x\[1\]` of data set toy must be a value from 0 to 1, got 128\. Divide bytes by 255/,
    )
    fails({ x: Float32Array.of(0, NaN), labels: undefined }, /`x\[1\]` of data set toy must be .*, got NaN/)
    fails(
      { x: Float32Array.of(0, 0.5), labels: undefined, values: 'binary' },
      /`x\[1\]` of data set toy must be 0 or 1, got 0\.5/,
    )
    fails(
      { x: Float32Array.of(-9, Infinity), labels: undefined, values: 'real' },
      /`x\[1\]` of data set toy must be a finite number, got Infinity/,
    )
    assert.equal(make({ x: bytes, labels: undefined, values: 'real' }).size, 2)
  })

  it('takes the first rows and slices without copying', () => {
    const data = make()
    const first = data.take(2)
    assert.deepEqual(Array.from(first.x), [0, 0.25, 0.5, 0.75])
    assert.deepEqual(Array.from(first.labels ?? []), [1, 0])
    assert.equal(first.x.buffer, data.x.buffer)
    assert.equal(first.source, 'test')
    assert.equal(data.take(10).size, 3)
    assert.deepEqual(Array.from(data.slice(1, 3).x), [0.5, 0.75, 1, 0])
    assert.equal(data.slice(1, 99).size, 2)
    assert.throws(() => data.take(0), /`take\(count\)` must be .*, got 0/)
    assert.throws(() => data.slice(-1, 2), /`slice\(start, …\)` must be .*, got -1/)
    assert.throws(() => data.slice(2, 2), /`slice\(…, end\)` must be an integer ≥ 3, got 2/)
    assert.throws(
      () => data.slice(3, 4),
      /`slice\(start, …\)` must be less than 3, the number of rows, got 3/,
    )
  })

  it('checks a part of an array whose rest was never checked', () => {
    const all = Float32Array.of(0, 1, 7, 7)
    assert.equal(make({ x: all.subarray(0, 2), labels: undefined }).size, 1)
    fails({ x: all, labels: undefined }, /`x\[2\]` of data set .* must be .*, got 7/)
  })

  it('copies rows in the order asked for', () => {
    const data = make()
    const rows = data.rows([2, 0, 2])
    assert.deepEqual(Array.from(rows), [1, 0, 0, 0.25, 1, 0])
    rows[0] = 9
    assert.equal(data.x[4], 1)
    assert.throws(() => data.rows([0, 3]), /`rows\(indices\)` must be rows from 0 to 2, got 3/)
    for (const wrong of [-1, 0.5, NaN, '1' as never])
      assert.throws(() => data.rows([wrong]), /`rows\(indices\)` must be rows from 0 to 2, got /)
    assert.throws(() => data.select([1.5]), /must be rows from 0 to 2, got 1\.5/)
  })

  it('takes counts, and nothing else for them', () => {
    assert.equal(make({ x: Float32Array.of(0, 7, 3, 1, 0, 2), values: 'count' }).values, 'count')
    for (const wrong of [0.5, -1, NaN, Infinity])
      fails(
        { x: Float32Array.of(0, wrong), labels: undefined, values: 'count' },
        /`x\[1\]` of data set toy must be an integer ≥ 0, got .*\. Correct that row/,
      )
    assert.throws(() => make({ values: 'real' }).binarized(), ArgumentError)
  })

  it('selects rows with their labels, copied', () => {
    const data = make()
    const some = data.select([2, 0])
    assert.deepEqual(
      [Array.from(some.x), Array.from(some.labels ?? [])],
      [
        [1, 0, 0, 0.25],
        [1, 1],
      ],
    )
    assert.deepEqual([some.labelNames, some.name, some.values], [data.labelNames, 'toy', 'intensity'])
    some.x[0] = 9
    assert.equal(data.x[4], 1)
    assert.equal(make({ labels: undefined }).select([1]).labels, undefined)
    assert.throws(() => data.select([3]), /must be rows from 0 to 2, got 3/)
    assert.throws(() => data.select([]), /at least one row/)
  })

  it('splits into two parts: each row in one, by a seed, with its label', () => {
    const x = Float32Array.from({ length: 100 }, (_, i) => i)
    const labels = Int32Array.from(x, (i) => i % 7)
    const data = make({ x, shape: [1], values: 'count', labels, labelNames: undefined })
    const { train, test } = data.split({ test: 0.3, seed: 4 })
    assert.deepEqual([train.size, test.size, train.name, test.name], [70, 30, 'toy, training', 'toy, test'])
    assert.deepEqual(
      [...train.x, ...test.x].sort((a, b) => a - b),
      Array.from(x),
    )
    for (const part of [train, test]) part.x.forEach((value, i) => assert.equal(part.labels?.[i], value % 7))
    assert.deepEqual(data.split({ test: 0.3, seed: 4 }).test.x, test.x)
    assert.notDeepEqual(data.split({ test: 0.3, seed: 5 }).test.x, test.x)
    assert.notDeepEqual(Array.from(test.x), Array.from(x.subarray(0, 30)))
    assert.deepEqual(
      [data.split().test.size, data.split({ test: 1 }).test.size, data.split({ test: 99 }).train.size],
      [20, 1, 1],
    )
    for (const wrong of [0, 1.5, 100, -1, NaN, 0.001])
      assert.throws(
        () => data.split({ test: wrong }),
        /^ArgumentError: `split\(\{ test \}\)` must be .*from 1 to 99, got .*/,
      )
    assert.throws(() => data.split({ seed: -1 }), /`split\(\{ seed \}\)` must be .*, got -1/)
  })

  it('binarises: each pixel is one with probability its intensity, from a seeded stream', () => {
    const intensities = [0, 0.1, 0.5, 0.9, 1]
    const size = 20000
    // The last column makes rows differ: equal rows are binarised alike.
    const x = Float32Array.from({ length: size * 6 }, (_, i) => intensities[i % 6] ?? i / (size * 6))
    const data = make({ x, shape: [6], labels: undefined })
    const binary = data.binarized(3)
    assert.equal(binary.values, 'binary')
    intensities.forEach((p, column) => {
      let ones = 0
      for (let row = 0; row < size; row++) ones += binary.x[row * 6 + column]
      const error = 4.5 * Math.sqrt((p * (1 - p)) / size)
      assert.ok(Math.abs(ones / size - p) <= error, `${ones / size} for intensity ${p}`)
    })
    assert.deepEqual(data.binarized(3).x, binary.x)
    assert.notDeepEqual(data.binarized(4).x, binary.x)
    assert.equal(binary.binarized(), binary)
    assert.deepEqual(data.take(1500).binarized(3).x, binary.take(1500).x)
    for (const seed of [-1, 0.5, NaN])
      assert.throws(() => data.binarized(seed), /`binarized\(seed\)` must be an integer ≥ 0, got /)
  })

  it('binarises a row by its content, wherever it stands', () => {
    const x = Float32Array.from({ length: 60 * 40 }, (_, i) => ((i * 37) % 101) / 101)
    const data = make({ x, shape: [40], labels: undefined })
    const binary = data.binarized(2)
    for (const rows of [[50], [50, 3], [3, 3, 59, 50]])
      assert.deepEqual(data.select(rows).binarized(2).x, binary.rows(rows))
    assert.notDeepEqual(binary.rows([50]), binary.rows([51]))
  })

  it('binarises neighbouring pixels and rows independently', () => {
    const size = 5000
    const data = make({
      x: Float32Array.from({ length: size * 4 }, (_, i) => 0.5 + Math.floor(i / 4) * 1e-6),
      shape: [4],
      labels: undefined,
    })
    const { x } = data.binarized(1)
    // Correlation at a lag of one pixel, one row, and one block of rows: standard error 1/sqrt(20,000) = 0.007.
    for (const lag of [1, 4, 4000]) {
      let sum = 0
      for (let i = 0; i + lag < x.length; i++) sum += (2 * x[i] - 1) * (2 * x[i + lag] - 1)
      assert.ok(Math.abs(sum / (x.length - lag)) < 0.035, `lag ${lag}`)
    }
    // The uniforms of another stream are others.
    assert.notDeepEqual(
      x.slice(0, 100),
      uniforms(1, 0, 100).map((u) => (u < 0.5 ? 1 : 0)),
    )
  })

  it('does not binarise real numbers', () => {
    assert.throws(
      () => make({ values: 'real' }).binarized(),
      /must be one with values 'intensity', got 'real'\..*Gaussian/,
    )
  })

  it('gives rows to arquero', () => {
    const rows = make().table().objects()
    assert.deepEqual(rows, [
      { index: 0, label: 1, labelName: 'hat', mean: 0.125 },
      { index: 1, label: 0, labelName: 'shoe', mean: 0.625 },
      { index: 2, label: 1, labelName: 'hat', mean: 0.5 },
    ])
    const plain = make({ labels: undefined, labelNames: undefined }).table()
    assert.deepEqual(plain.columnNames(), ['index', 'mean'])
    const counts = make().table().groupby('labelName').count().orderby('labelName').objects()
    assert.deepEqual(counts, [
      { labelName: 'hat', count: 2 },
      { labelName: 'shoe', count: 1 },
    ])
  })
})
