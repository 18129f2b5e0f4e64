import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import * as aq from 'arquero'
import { from } from '../../../src/data/own/from'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { content, fails, read } from './reading'

describe('from arrays', () => {
  it('takes rows of numbers, of arrays and of typed arrays', async () => {
    const wanted = { x: [0.5, -1, 2, 3.25], shape: [2], values: 'real' }
    for (const source of [
      [
        [0.5, -1],
        [2, 3.25],
      ],
      [Float32Array.of(0.5, -1), Float64Array.of(2, 3.25)],
    ])
      assert.deepEqual(content(await read(source)), wanted)
    assert.deepEqual(content(await read(Float64Array.of(0.5, -1, 2, 3.25), { shape: [2] })), wanted)
    assert.deepEqual(content(await read([0.5, -1, 2, 3.25], { shape: [2] })), wanted)
  })

  it('takes images, their shape with them, or another shape of as many numbers', async () => {
    const images = [
      [
        [0, 0.5, 1],
        [0.25, 0, 0],
      ],
    ]
    assert.deepEqual(content(await read(images)), {
      x: [0, 0.5, 1, 0.25, 0, 0],
      shape: [2, 3],
      values: 'intensity',
    })
    assert.deepEqual((await read(images, { shape: [6] })).shape, [6])
    const { size, shape } = await read(
      Float32Array.from({ length: 24 }, (_, i) => i / 24),
      { shape: [3, 4] },
    )
    assert.deepEqual([size, ...shape], [2, 3, 4])
  })

  it('copies: what is done to the source afterwards does not reach the data', async () => {
    const source = Float32Array.of(1, 2, 3, 4)
    const { x } = await read(source, { shape: [2] })
    source.fill(9)
    assert.deepEqual(Array.from(x), [1, 2, 3, 4])
  })

  it('names the place where rows do not fit together', async () => {
    await fails(
      [[1, 2], [3]],
      {},
      /^`from\(source\)\[1\]` must be 2 numbers, as in the first, got an Array of length 1/,
    )
    await fails([[1, 2], 3], {}, /^`from\(source\)\[1\]` must be 2 numbers, as in the first, got 3/)
    await fails([[1, NaN]], {}, /^`from\(source\)\[0\]\[1\]` must be a finite number, got NaN/)
    await fails([[1, 'x']], {}, /^`from\(source\)\[0\]\[1\]` must be .*, got 'x'/)
    await fails([[1, null]], {}, /^`from\(source\)\[0\]\[1\]` must be .*, got null/)
    await fails(
      [
        [[1], [2]],
        [[1], [2, 3]],
      ],
      {},
      /^`from\(source\)\[1\]\[1\]` must be 1 numbers, as in the first, got an Array of length 2/,
    )
    await fails(
      [1, 2, 3],
      {},
      /must be an array of rows, unless `shape` is given, the shape of one row, got .*Give \{ shape/,
    )
    await fails(
      new Uint8Array(10),
      { shape: [4] },
      /^`from\(\{ shape \}\)` must be .*, got \[4\] for 10 numbers\./,
    )
    await fails(
      [[1, 2]],
      { shape: [3] },
      /^`from\(\{ shape \}\)` must be .*, got \[3\] for rows of 2 numbers\./,
    )
    await fails([[1, 2]], { shape: [0] }, /^`from\(\{ shape \}\)` must be .*integers ≥ 1/)
    await fails([], { shape: [1] }, /at least one row/)
    await fails(5, {}, /the path of a file of data or of a folder of images, got 5\./)
    for (const source of [3, null, undefined, {}, () => 1, [{ a: 1 }]])
      await fails(source, {}, /^`from\(source\).*` must be (arrays of numbers|a finite number), /)
  })
})

describe('labels', () => {
  const of = async (labels: ArrayLike<string | number>, labelNames?: string[]) => {
    const data = await read(
      Array.from(labels, () => [0.5]),
      { labels, labelNames },
    )
    return [Array.from(data.labels ?? []), data.labelNames]
  }

  it('keeps integers, and numbers words in sorted order', async () => {
    assert.deepEqual(await of([2, 0, 2]), [[2, 0, 2], undefined])
    assert.deepEqual(await of(Int32Array.of(1, 0), ['no', 'yes']), [
      [1, 0],
      ['no', 'yes'],
    ])
    assert.deepEqual(await of(['shoe', 'hat', 'shoe']), [
      [1, 0, 1],
      ['hat', 'shoe'],
    ])
    assert.deepEqual(await of(['shoe', 'hat'], ['shoe', 'hat', 'coat']), [
      [0, 1],
      ['shoe', 'hat', 'coat'],
    ])
    assert.deepEqual(await of([-1, 10, 2.5]), [
      [0, 2, 1],
      ['-1', '2.5', '10'],
    ])
  })

  it('takes a column by label, not by labels, and says so; of a file it says what to do with it', async () => {
    const points = [[1.5], [2.5]]
    await assert.rejects(
      from(points, { labels: 'kind' as never }),
      /must be one label per row, got 'kind'.*label: 'kind'/,
    )
    await assert.rejects(from(__filename), /from\.test\.ts: is a text\. Texts are read by lid\.data\.text/)
  })

  it('refuses what is no label, by row', async () => {
    await fails(
      [[1], [2]],
      { labels: ['a'] },
      /`labels` of data set own data must be 2 labels, one per row, got an Int32Array of length 1/,
    )
    await fails(
      [[1], [2]],
      { labels: ['a', undefined as never] },
      /^`from\(\{ labels \}\)\[1\]` must be .*, got undefined/,
    )
    await fails(
      [[1], [2]],
      { labels: ['a', 'b'], labelNames: ['a'] },
      /\[1\]` must be one of labelNames: a, got 'b'/,
    )
    await fails(
      [[1]],
      { labels: () => 'a' },
      /^`from\(\{ labels \}\)` must be one label per row, got a function/,
    )
  })
})

describe('from an arquero table', () => {
  const table = aq.table({
    height: [1.5, 1.75, 2, 1.25],
    name: ['d', 'c', 'b', 'a'],
    weight: Float32Array.of(60, 70.5, 80, 50),
    group: ['x', 'y', 'x', 'y'],
    old: [true, false, true, false],
  })

  it('takes the numeric columns but the label, filtered and ordered as the table is', async () => {
    const data = await read(table.filter((row: { height: number }) => row.height > 1.3).orderby('height'), {
      label: 'group',
    })
    assert.deepEqual(content(data), { x: [1.5, 60, 1, 1.75, 70.5, 0, 2, 80, 1], shape: [3], values: 'real' })
    assert.deepEqual(
      [Array.from(data.labels ?? []), data.labelNames],
      [
        [0, 1, 0],
        ['x', 'y'],
      ],
    )
    assert.equal(data.source, 'arquero table: height, weight, old')
  })

  it('takes the columns asked for, in that order, and a shape', async () => {
    const data = await read(table, { columns: ['weight', 'height'], shape: [2, 1], labels: [3, 2, 1, 0] })
    assert.deepEqual(
      [Array.from(data.x.subarray(0, 2)), data.shape],
      [
        [60, 1.5],
        [2, 1],
      ],
    )
    assert.deepEqual(Array.from(data.labels ?? []), [3, 2, 1, 0])
    assert.deepEqual((await read(table, { columns: ['height'], label: 'old' })).labelNames, ['false', 'true'])
  })

  it('names column and row of what is no number', async () => {
    const holes = aq.table({ a: [null, 1, 2], b: [1, 2, undefined] })
    await fails(
      holes,
      {},
      /^row 0 of column `a` must be a finite number, got null\. 1 of 3 values there are missing: give missing: 'drop'/,
    )
    await fails(holes, { columns: ['b'] }, /row 2 of column `b` must be .*, got undefined/)
    await fails(table, { columns: ['name'] }, /row 0 of column `name` must be .*, got 'd'/)
    await fails(
      table,
      { columns: ['size'] },
      /^`from\(\{ columns \}\)` must be one of height, name, .*, got 'size'/,
    )
    await fails(table, { label: 'class' }, /^`from\(\{ label \}\)` must be .*, got 'class'/)
    await fails(
      table.select('name'),
      {},
      /^`from\(\{ columns \}\)` must be at least one numeric column, got the columns name\. Name the columns that/,
    )
    // Texts have a reader of their own.
    await fails(
      aq.table({ sentence: ['it was dull', 'it was great'], mood: ['low', 'high'] }),
      {},
      /, got the columns sentence, mood\. If sentence holds texts: lid\.data\.text\(…, \{ column: 'sentence' \}\)\./,
    )
    await fails(
      table.filter(() => false),
      {},
      /must be a table with at least one row, got one without rows/,
    )
    await fails(
      table,
      { shape: [28, 28] },
      /^`from\(\{ shape \}\)` must be a shape of 3 numbers.*, got \[28, 28\]\./,
    )
    await fails(
      aq.table({ a: [1, 2], c: ['u', null] }),
      { label: 'c' },
      /^row 1 of column `c` must be a label, got null\. 1 of 2 labels are missing/,
    )
  })
})

onEachEngine('from a tensor', () => {
  it('takes rows, images and truth values, and leaves the tensor alone', () =>
    expectNoLeaks(async () => {
      const images = tf.tensor4d([0, 0.5, 1, 0.25], [1, 2, 2, 1])
      assert.deepEqual(content(await read(images)), {
        x: [0, 0.5, 1, 0.25],
        shape: [2, 2],
        values: 'intensity',
      })
      assert.equal(images.isDisposed, false)
      images.dispose()
      const bits = tf.tensor2d([true, false], [1, 2], 'bool')
      assert.deepEqual(content(await read(bits)), { x: [1, 0], shape: [2], values: 'binary' })
      bits.dispose()
      const flat = tf.tensor1d([1, 2, 3, 4], 'int32')
      assert.deepEqual((await read(flat, { shape: [2] })).size, 2)
      await fails(
        flat,
        {},
        /^`from\(source\)` must be an array of rows, unless .*, got a Tensor of shape \[4\]/,
      )
      flat.dispose()
      await fails(flat, { shape: [2] }, /must be a tensor that is not disposed/)
      const words = tf.tensor1d(['a'])
      await fails(words, { shape: [1] }, /got one of string\./)
      words.dispose()
    }))
})
