import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as aq from 'arquero'
import type { DataSet } from '../../../src/data/dataset'
import { from, type FromOptions, type OwnData } from '../../../src/data/own/from'
import * as tf from '@tensorflow/tfjs'
import { ArgumentError } from '../../../src/base/errors'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'

const quiet = { onNote: () => undefined }
const read = (source: OwnData, options: FromOptions = {}) => from(source, { ...quiet, ...options })
const content = ({ x, shape, values }: DataSet) => ({ x: Array.from(x), shape: [...shape], values })

async function fails(source: unknown, options: FromOptions, wanted: RegExp): Promise<void> {
  await assert.rejects(read(source as OwnData, options), (error) => {
    assert.ok(error instanceof ArgumentError, String(error))
    assert.match(error.message, wanted)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })
}

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
    for (const source of [3, null, undefined, {}, () => 1, [{ a: 1 }]])
      await fails(source, {}, /^`from\(source\).*` must be (arrays of numbers|a finite number), /)
  })
})

describe('the kind of values', () => {
  const kindOf = async (values: number[]) => (await read([values])).values

  it('is the first of binary, intensity, count and real that fits', async () => {
    assert.equal(await kindOf([0, 1, 1]), 'binary')
    assert.equal(await kindOf([0, 0.5, 1]), 'intensity')
    assert.equal(await kindOf([0, 3, 1]), 'count')
    assert.equal(await kindOf([0, 3, -1]), 'real')
    assert.equal(await kindOf([0, 3, 1.5]), 'real')
    assert.equal((await read([[0, 1]], { values: 'real' })).values, 'real')
  })

  it('of images of integers up to 255 has to be said', async () => {
    const images = [
      [
        [0, 51],
        [255, 1],
      ],
    ]
    await fails(
      images,
      {},
      /^`from\(\{ values \}\)` must be given for .*bytes of images or counts.*values: 'bytes'.*values: 'count'/,
    )
    assert.deepEqual(content(await read(images, { values: 'bytes' })), {
      x: [0, 51 / 255, 1, 1 / 255].map(Math.fround),
      shape: [2, 2],
      values: 'intensity',
    })
    assert.deepEqual(Array.from((await read(images, { values: 'count' })).x), [0, 51, 255, 1])
    assert.equal(
      (
        await read([
          [
            [0, 256],
            [0, 1],
          ],
        ])
      ).values,
      'count',
    )
    await fails(
      [[0.5, 3]],
      { values: 'bytes' },
      /value 0 of the source must be an integer from 0 to 255.*, got 0\.5/,
    )
  })

  it('is checked where it is said', async () => {
    await fails(
      [[0, 1.5]],
      { values: 'count' },
      /`x\[1\]` of data set own data must be an integer ≥ 0, got 1\.5/,
    )
    await fails(
      [[0, 2]],
      { values: 'intensity' },
      /`x\[1\]` of data set own data must be a value from 0 to 1, got 2/,
    )
    await fails(
      [[0, 2]],
      { values: 'counts' as never },
      /^`from\(\{ values \}\)` must be 'binary'.*, got 'counts'/,
    )
  })

  it('of pictures with the channels first is said, since plots want them last', async () => {
    const noteOf = async (shape: number[]) => {
      let note = ''
      await from(new Float32Array(60), { shape, onNote: (line) => (note = line) })
      return note
    }
    assert.match(await noteOf([3, 4, 5]), /; channels come first, and plots of images want \[4, 5, 3\]/)
    for (const shape of [
      [4, 5, 3],
      [20, 3],
      [2, 5, 6],
    ])
      assert.doesNotMatch(await noteOf(shape), /channels/)
  })

  it('is said in one line with the rest', async () => {
    const lines: string[] = []
    const onNote = (line: string) => lines.push(line)
    await from([[0, 3]], { name: 'clicks', labels: ['a'], onNote })
    await from([[0, 3]], { values: 'real', onNote })
    assert.deepEqual(lines, [
      "clicks: 1 rows of shape [2], 1 labels, values 'count': all integers ≥ 0; set values: … for another kind",
      "own data: 1 rows of shape [2], values 'real'",
    ])
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

onEachEngine('notes of bytes', () => {
  it('say what to divide digits of 0 to 16 by, and nothing of pictures that reach 255', async () => {
    const noteOf = async (x: number[]): Promise<string> => {
      let note = ''
      await from(Uint8Array.from(x), { shape: [2], values: 'bytes', onNote: (line) => (note = line) })
      return note
    }
    assert.match(
      await noteOf([0, 16, 3, 8]),
      /the largest is 16 of 255: .*divide the numbers by 16, not by 255$/,
    )
    assert.doesNotMatch(await noteOf([0, 200, 3, 8]), /largest/)
    assert.doesNotMatch(await noteOf([0, 0, 0, 0]), /largest/)
  })

  it('say it also where the numbers were divided by 255 before, and nothing of other small intensities', async () => {
    const noteOf = async (rows: number[][]): Promise<string> => {
      let note = ''
      await from(rows, { onNote: (line) => (note = line) })
      return note
    }
    assert.match(await noteOf([[0, 16 / 255, 3 / 255]]), /divide the numbers by 16, not by 255$/)
    for (const row of [
      [0, 16 / 255, 200 / 255],
      [0, 1, 2],
      [0, 0.03, 0.01],
      [0, 16 / 16, 8 / 16],
    ])
      assert.doesNotMatch(await noteOf([row]), /largest/)
  })

  it('and the error of images whose kind is not given name the full value too', async () => {
    const digits = [
      [
        [0, 16],
        [3, 8],
      ],
    ]
    await fails(
      digits,
      {},
      /The largest is 16: .*divide the numbers by 16\. .*values: 'bytes'.*values: 'count'/,
    )
  })
})
