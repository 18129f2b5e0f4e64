import assert from 'node:assert/strict'
import { it } from 'node:test'
import { resize } from '../../../src/data/own/resize'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { near } from '../../support/near'
import { Random } from '../../support/random'

const made = (height: number, width: number, at: (y: number, x: number) => number) => ({
  height,
  width,
  values: Float32Array.from({ length: height * width }, (_, i) => at(Math.floor(i / width), i % width)),
})

onEachEngine('resize', () => {
  it('takes the mean of each block when an image shrinks by an integer', () =>
    expectNoLeaks(() => {
      const random = new Random(1)
      const image = made(6, 8, () => Math.fround(random.uniform()))
      const { height, width, values } = resize(image, [2, 4])
      assert.deepEqual([height, width], [2, 4])
      const expected = made(2, 4, (y, x) => {
        let sum = 0
        for (let i = 0; i < 3; i++)
          for (let j = 0; j < 2; j++) sum += image.values[(3 * y + i) * 8 + 2 * x + j]
        return sum / 6
      })
      near(values, expected.values, 1e-6)
    }))

  it('loses no thin stroke: a checkerboard becomes grey, a line stays a line', () => {
    near(
      resize(
        made(56, 56, (y, x) => (y + x) % 2),
        [28, 28],
      ).values,
      new Float32Array(784).fill(0.5),
      1e-6,
    )
    // One column of 105 that a grid of 28 could step over: its ink is kept, 28/105 of a pixel's in each row.
    for (const column of [50, 51, 52, 53]) {
      const { values } = resize(
        made(105, 105, (_, x) => (x === column ? 1 : 0)),
        [28, 28],
      )
      const ink = values.subarray(14 * 28, 15 * 28).reduce((a, b) => a + b, 0)
      assert.ok(Math.abs(ink - 28 / 105) < 0.03, `${ink} of column ${column}`)
    }
  })

  it('keeps a constant image and a slope when an image grows, and each channel by itself', () => {
    near(
      resize(
        made(3, 5, () => 0.3),
        [7, 11],
      ).values,
      new Float32Array(77).fill(0.3),
      1e-6,
    )
    // Pixel centres at (x + 1/2) / width: inside, a slope stays one.
    const { values } = resize(
      made(1, 4, (_, x) => (x + 0.5) / 4),
      [1, 8],
    )
    near(
      values.subarray(1, 7),
      [1, 2, 3, 4, 5, 6].map((x) => (x + 0.5) / 8),
      1e-6,
    )
    const colored = {
      height: 2,
      width: 2,
      values: Float32Array.of(1, 0, 0.5, 1, 0, 0.5, 1, 0, 0.5, 1, 0, 0.5),
    }
    near(resize(colored, [1, 1]).values, [1, 0, 0.5], 1e-6)
  })

  it('leaves an image of that size as it is', () => {
    const image = made(2, 2, () => 0.1)
    assert.equal(resize(image, [2, 2]).values, image.values)
  })
})
