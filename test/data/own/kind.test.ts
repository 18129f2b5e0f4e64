import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { from } from '../../../src/data/own/from'
import { content, fails, read } from './reading'

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

describe('notes of bytes', () => {
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
