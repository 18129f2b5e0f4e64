import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readImage, type PixelOptions } from '../../../src/data/own/image'
import { DataError } from '../../../src/base/errors'
import { near } from '../../support/near'
import { Random } from '../../support/random'
import { chunk, writePng, type PngContent } from './pngWriter'

const read = (content: PngContent, options: Partial<PixelOptions> = {}) =>
  readImage(writePng(content), 'a.png', { color: false, background: 1, invert: false, ...options })

const grey = (r: number, g: number, b: number) => 0.299 * r + 0.587 * g + 0.114 * b

const ALTERATIONS = process.env.LIDVAE_TEST_FULL ? 10_000 : 300

/** `count` integers from 0 to `most`, both ends among them. */
const samplesUpTo = (most: number, count: number): number[] => {
  const random = new Random(most)
  return Array.from({ length: count }, (_, i) =>
    i < 2 ? i * most : Math.floor(random.uniform() * (most + 1)),
  )
}

describe('readImage', () => {
  it('reads grey of every depth: sample / largest sample', async () => {
    for (const depth of [1, 2, 4, 8, 16] as const) {
      const samples = samplesUpTo(2 ** depth - 1, 15)
      const { height, width, values } = await read({ width: 5, height: 3, depth, type: 0, samples })
      assert.deepEqual([height, width], [3, 5])
      near(
        values,
        samples.map((sample) => sample / (2 ** depth - 1)),
        1e-7,
      )
    }
  })

  it('makes grey of colour by 0.299 R + 0.587 G + 0.114 B, 8 and 16 bits; or keeps the colour', async () => {
    for (const depth of [8, 16] as const) {
      const most = 2 ** depth - 1
      const samples = samplesUpTo(most, 12)
      const unit = samples.map((sample) => sample / most)
      const pixels = [0, 3, 6, 9].map((at) => grey(unit[at], unit[at + 1], unit[at + 2]))
      const content = { width: 2, height: 2, depth, type: 2, samples } as const
      near((await read(content)).values, pixels, 1e-7)
      near((await read(content, { color: true })).values, unit, 1e-7)
      near(
        (await read(content, { invert: true })).values,
        pixels.map((x) => 1 - x),
        1e-7,
      )
    }
  })

  it('composes opacity on the background, 8 and 16 bits', async () => {
    for (const depth of [8, 16] as const) {
      const most = 2 ** depth - 1
      const samples = [most, Math.floor(most / 3), 0, 0, 100, most]
      const [value, opacity] = [0, 1].map((channel) =>
        samples.filter((_, i) => i % 2 === channel).map((s) => s / most),
      )
      for (const background of [0, 0.25, 1]) {
        const expected = value.map((x, i) => opacity[i] * x + (1 - opacity[i]) * background)
        near(
          (await read({ width: 3, height: 1, depth, type: 4, samples }, { background })).values,
          expected,
          1e-7,
        )
      }
      const color = [most, 0, 0, Math.floor(most / 4)]
      const a = color[3] / most
      near(
        (await read({ width: 1, height: 1, depth, type: 6, samples: color }, { background: 0.5 })).values,
        [a * 0.299 + (1 - a) * 0.5],
        1e-7,
      )
    }
  })

  it('reads palettes of every depth, their opacity included', async () => {
    for (const depth of [1, 2, 4, 8] as const) {
      const palette = [255, 0, 0, 10, 20, 30]
      const content = {
        width: 3,
        height: 1,
        depth,
        type: 3,
        samples: [0, 1, 0],
        palette,
        transparency: [51],
      } as const
      const [red, other] = [0.2 * 0.299 + 0.8, grey(10, 20, 30) / 255]
      near((await read(content)).values, [red, other, red], 1e-7)
    }
  })

  it('takes the one transparent grey of a file for transparent', async () => {
    const content = { width: 2, height: 1, depth: 8, type: 0, samples: [7, 8], transparency: [0, 7] } as const
    near((await read(content, { background: 1 })).values, [1, 8 / 255], 1e-7)
  })

  it('reads interlaced files: seven passes, each with its pixels', async () => {
    for (const depth of [1, 8, 16] as const) {
      const samples = samplesUpTo(2 ** depth - 1, 9 * 11)
      const { values } = await read({ width: 11, height: 9, depth, type: 0, samples, interlaced: true })
      near(
        values,
        samples.map((sample) => sample / (2 ** depth - 1)),
        1e-7,
      )
    }
    near(
      (await read({ width: 1, height: 1, depth: 8, type: 0, samples: [51], interlaced: true })).values,
      [0.2],
      1e-7,
    )
  })

  it('names what is wrong with a file', async () => {
    const fails = (bytes: Buffer, wanted: RegExp) =>
      assert.rejects(
        readImage(bytes, 'folder/a.png', { color: false, background: 1, invert: false }),
        (error) => {
          assert.ok(error instanceof DataError, String(error))
          assert.match(
            error.message,
            /^folder\/a\.png (is|has) .*\. Save it again as PNG, or remove it from the folder\.$/,
          )
          assert.doesNotMatch(error.message, /\n/)
          assert.match(error.message, wanted)
          return true
        },
      )
    const good = writePng({ width: 3, height: 2, depth: 8, type: 0, samples: [0, 1, 2, 3, 4, 5] })
    await fails(Buffer.alloc(0), /is empty/)
    await fails(
      Buffer.from('GIF89a, and more bytes than a header has'),
      /is not an image that can be read, or is damaged/,
    )
    await fails(Buffer.from('no image'), /is not an image that can be read/)
    await fails(good.subarray(0, 20), /cut off inside its header/)
    await fails(good.subarray(0, good.length - 20), /is a damaged PNG file \(/)
    await fails(good.subarray(0, 40), /is a damaged PNG file \(/)
    const altered = Buffer.from(good)
    altered[45] ^= 1
    await fails(altered, /is a damaged PNG file \(/)
    const huge = Buffer.from(good)
    huge.writeUInt32BE(1 << 30, 16)
    await fails(huge, /has 1073741824 × 2 pixels, more than the limit/)
    // Sound checksums around fewer pixels than the header says.
    const header = good.subarray(0, 33)
    const few = writePng({ width: 3, height: 1, depth: 8, type: 0, samples: [0, 1, 2] }).subarray(33)
    await fails(Buffer.concat([header, few]), /is a damaged PNG file/)
    await fails(Buffer.concat([header, chunk('IEND', Buffer.alloc(0))]), /is a damaged PNG file/)
  })

  it(`gives pixels or a DataError for ${ALTERATIONS} random alterations, never anything else`, async () => {
    const random = new Random(5)
    const below = (n: number) => Math.floor(random.uniform() * n)
    const samples = samplesUpTo(255, 5 * 7 * 4)
    const good = writePng({ width: 7, height: 5, depth: 8, type: 6, samples })
    const options = { color: true, background: 1, invert: false }
    const truth = (await readImage(good, 'a.png', options)).values
    let refused = 0
    for (let i = 0; i < ALTERATIONS; i++) {
      let bytes = Buffer.from(good)
      const at = below(bytes.length)
      const kind = below(4)
      if (kind === 0) bytes[at] ^= 1 << below(8)
      else if (kind === 1) bytes[at] = below(256)
      else if (kind === 2) bytes = bytes.subarray(0, at)
      else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([below(256)]), bytes.subarray(at)])
      try {
        assert.deepEqual(
          (await readImage(bytes, 'a.png', options)).values,
          truth,
          `case ${i}, kind ${kind} at ${at} of ${bytes.length}`,
        )
      } catch (error) {
        assert.ok(error instanceof DataError, String(error))
        assert.doesNotMatch(error.message, /\n|undefined|NaN/)
        refused++
      }
    }
    assert.ok(refused > 0.8 * ALTERATIONS, `${refused} refused`)
  })
})
