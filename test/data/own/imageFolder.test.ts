import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { from, type FromOptions } from '../../../src/data/own/from'
import { ArgumentError, DataError } from '../../../src/base/errors'
import { near } from '../../support/near'
import { inFolder } from '../temporary'
import { writePng } from './pngWriter'

const read = (folder: string, options: FromOptions = {}) =>
  from(folder, { onNote: () => undefined, ...options })

/** An image whose every pixel is `value` of 255. */
const flat = (value: number, height = 2, width = 3) =>
  writePng({ width, height, depth: 8, type: 0, samples: Array.from({ length: height * width }, () => value) })

async function put(folder: string, files: Record<string, Buffer | string>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), bytes)
  }
}

describe('from a folder of images', () => {
  it('reads them in the order of their names, and nothing else', () =>
    inFolder(async (folder) => {
      await put(folder, {
        'b.png': flat(51),
        'a.PNG': flat(255),
        'notes.txt': 'no',
        '.hidden.png': 'no',
        'none/x.txt': '',
      })
      const data = await read(folder)
      assert.deepEqual([data.size, ...data.shape, data.values], [2, 2, 3, 'intensity'])
      near(data.x, [1, 1, 1, 1, 1, 1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2], 1e-7)
      assert.deepEqual([data.name, data.source, data.labels], [path.basename(folder), folder, undefined])
      near((await read(folder, { invert: true })).x.subarray(5, 7), [0, 0.8], 1e-7)
      assert.deepEqual((await read(folder, { color: true })).shape, [2, 3, 3])
    }))

  it('names labels after sub-folders', () =>
    inFolder(async (folder) => {
      await put(folder, {
        'shoe/1.png': flat(1),
        'hat/2.png': flat(2),
        'hat/1.png': flat(3),
        '.git/x.png': 'no',
      })
      const data = await read(folder)
      assert.deepEqual(data.labelNames, ['hat', 'shoe'])
      assert.deepEqual(Array.from(data.labels ?? []), [0, 0, 1])
      near(
        [data.x[0], data.x[6], data.x[12]],
        [3, 2, 1].map((v) => v / 255),
        1e-7,
      )
    }))

  it('takes labels from a function of the file, and none from a list', () =>
    inFolder(async (folder) => {
      await put(folder, { 'a_1.png': flat(1), 'b_2.png': flat(2) })
      const data = await read(folder, { labels: (file) => file.split('_')[0] })
      assert.deepEqual(
        [Array.from(data.labels ?? []), data.labelNames],
        [
          [0, 1],
          ['a', 'b'],
        ],
      )
      await assert.rejects(
        read(folder, { labels: [0, 1] }),
        /^ArgumentError: `from\(\{ labels \}\)` must be a function of the file's path/,
      )
      await assert.rejects(
        read(folder, { values: 'bytes' }),
        /^ArgumentError: `from\(\{ values \}\)` must be 'intensity' or omitted/,
      )
    }))

  it('names both files and sizes when they differ and no size is given', () =>
    inFolder(async (folder) => {
      await put(folder, { 'a.png': flat(1), 'b.png': flat(1), 'c.png': flat(1, 4, 5) })
      await assert.rejects(read(folder), (error) => {
        assert.ok(error instanceof ArgumentError)
        assert.match(
          error.message,
          /^size of c\.png must be 2 × 3 pixels, as that of a\.png, got 4 × 5\. Give size: \[2, 3\] or another/,
        )
        return true
      })
    }))

  it('names the file that is damaged, and the folder that is none', () =>
    inFolder(async (folder) => {
      await put(folder, {
        'in/a.png': flat(1),
        'in/b.png': flat(1).subarray(0, 50),
        'mixed/x.png': flat(1),
        'mixed/y/z.png': flat(1),
      })
      const is = async (name: string, wanted: RegExp) =>
        assert.rejects(read(path.join(folder, name)), (error) => {
          assert.ok(error instanceof DataError, String(error))
          assert.ok(error.message.startsWith(path.join(folder, name)), error.message)
          assert.match(error.message, wanted)
          return !error.message.includes('\n')
        })
      await is('in', /in\/b\.png is a damaged PNG file/)
      await is('none', /does not exist \(ENOENT\)\. Give the path of a folder of images\.$/)
      await assert.rejects(
        read(path.join(folder, 'in/a.png')),
        /^DataError: .*a\.png: is one picture\. Give the folder of the pictures: one data point per file\.$/,
      )
      await is('mixed', /has images beside sub-folders with images \(x\.png, y\/z\.png\)/)
      await mkdir(path.join(folder, 'empty'))
      await is(
        'empty',
        /has no images that can be read, and neither have its sub-folders\. Give a folder of PNG, JPEG/,
      )
    }))

  it('refuses sizes and backgrounds that are none, before it reads', async () => {
    await assert.rejects(
      read('nowhere', { size: [28] as never }),
      /^ArgumentError: `from\(\{ size \}\)` must be \[height, width\]/,
    )
    await assert.rejects(
      read('nowhere', { size: [28, 0] }),
      /^ArgumentError: `from\(\{ size \}\)\[1\]` must be .*, got 0/,
    )
    await assert.rejects(
      read('nowhere', { background: 255 }),
      /^ArgumentError: `from\(\{ background \}\)` must be .*, got 255/,
    )
  })

  it('reads JPEG, WebP, TIFF, GIF and AVIF beside PNG, and what is not read is counted and named', () =>
    inFolder(async (folder) => {
      const image = sharp({
        create: { width: 8, height: 8, channels: 3, background: { r: 51, g: 102, b: 204 } },
      })
      const formats = ['png', 'jpeg', 'webp', 'tiff', 'gif', 'avif'] as const
      for (const format of formats)
        await put(folder, { [`a/${format}.${format}`]: await image.toFormat(format).toBuffer() })
      await put(folder, {
        'b/1.JPG': await image.jpeg().toBuffer(),
        'b/2.bmp': 'BM',
        'b/3.heic': 'x',
        'b/thumbs.db': 'x',
      })
      let note = ''
      const data = await from(folder, { color: true, onNote: (line) => (note = line) })
      assert.deepEqual([data.size, data.shape, data.labelNames], [7, [8, 8, 3], ['a', 'b']])
      const pixel = (row: number) => Array.from(data.x.subarray(192 * row + 96, 192 * row + 99))
      for (let row = 0; row < 7; row++) near(pixel(row), [0.2, 0.4, 0.8], 0.02)
      assert.match(note, /; not read: 2 images of other formats \(b\/2\.bmp …\)/)
      const grey = await from(folder, { onNote: (line) => (note = line) })
      near(grey.x.subarray(0, 1), [0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.8], 0.02)
      assert.match(note, /; colours became grey \(color: true keeps them\)/)
    }))

  it('turns an image as its EXIF orientation says, and reads the first of several frames, which is said', () =>
    inFolder(async (folder) => {
      // White at the left; turned by 90 degrees it is at the top.
      const left = Buffer.from(Array.from({ length: 32 * 16 }, (_, i) => (i % 32 < 16 ? 255 : 0)))
      const raw = { raw: { width: 32, height: 16, channels: 1 } } as const
      const turned = await sharp(left, raw).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer()
      await put(folder, { 'turned/a.jpg': turned })
      const data = await read(path.join(folder, 'turned'))
      assert.deepEqual(data.shape, [32, 16])
      near([data.x[0], data.x[15], data.x[31 * 16], data.x[31 * 16 + 15]], [1, 1, 0, 0], 0.02)
      const frames = await sharp(Buffer.alloc(4 * 8 * 3, 100).fill(200, 4 * 4 * 3), {
        raw: { width: 4, height: 8, channels: 3, pageHeight: 4 },
      })
        .gif()
        .toBuffer()
      await put(folder, { 'moving/a.gif': frames })
      let note = ''
      const first = await from(path.join(folder, 'moving'), { onNote: (line) => (note = line) })
      assert.deepEqual(first.shape, [4, 4])
      near(first.x.subarray(0, 1), [100 / 255], 0.02)
      assert.match(note, /1 of 1 files have several pages or frames: the first is read/)
    }))

  it('says that 12 bits lie in files of 16, and divides by what is white', () =>
    inFolder(async (folder) => {
      const samples = [0, 1000, 4000, 4095]
      await put(folder, { 'a.png': writePng({ width: 2, height: 2, depth: 16, type: 0, samples }) })
      let note = ''
      const onNote = (line: string) => (note = line)
      near(
        (await from(folder, { onNote })).x,
        samples.map((s) => s / 65535),
        1e-7,
      )
      assert.match(
        note,
        /the largest sample is 4,095 of 65,535: the files have 16 bits, the samples perhaps 12; full: 4095 makes 4,095 white/,
      )
      near(
        (await from(folder, { onNote, full: 4095 })).x,
        samples.map((s) => s / 4095),
        1e-7,
      )
      assert.doesNotMatch(note, /largest/)
      await assert.rejects(
        read(folder, { full: 4000 }),
        /a\.png has a sample of 4095, more than full, which is 4000/,
      )
      await put(folder, {
        'mask/a.png': writePng({ width: 2, height: 1, depth: 8, type: 0, samples: [0, 1] }),
      })
      await from(path.join(folder, 'mask'), { onNote })
      assert.match(note, /the largest sample is 1 of 255: 1 may be white; full: 1 makes 1 white/)
    }))

  it('keeps the numbers of folders called 1 to 12, and the natural order of others', () =>
    inFolder(async (folder) => {
      const numbers = [1, 2, 3, 9, 10, 12]
      for (const number of numbers)
        await put(folder, { [`n/${number}/a.png`]: flat(number), [`w/class ${number}/a.png`]: flat(number) })
      const data = await read(path.join(folder, 'n'))
      for (let row = 0; row < data.size; row++) {
        assert.equal(Math.round(255 * data.x[6 * row]), data.labels![row])
        assert.equal(data.labelNames![data.labels![row]], String(data.labels![row]))
      }
      assert.deepEqual(
        (await read(path.join(folder, 'w'))).labelNames,
        numbers.map((number) => `class ${number}`),
      )
    }))

  it('finds images a folder deeper where that is the only one, and otherwise says where they are', () =>
    inFolder(async (folder) => {
      let note = ''
      const onNote = (line: string) => (note = line)
      await put(folder, {
        'one/images/cat/1.png': flat(1),
        'one/images/dog/1.png': flat(2),
        'one/read.me': '',
      })
      const data = await from(path.join(folder, 'one'), { onNote })
      assert.deepEqual([data.size, data.labelNames], [2, ['cat', 'dog']])
      assert.match(note, /; images are in its folder images$/)
      await put(folder, { 'two/train/cat/1.png': flat(1), 'two/test/cat/2.png': flat(2) })
      await assert.rejects(
        from(path.join(folder, 'two')),
        /^DataError: .*two has its images two folders deep \(.*cat\/.*\)\S* .*Give one of them, such as '.*two\/t\w+', or labels: \(file\)/,
      )
      const all = await read(path.join(folder, 'two'), { labels: (file) => file.split(path.sep)[1] })
      assert.deepEqual([all.size, all.labelNames], [2, ['cat']])
      await put(folder, { 'three/cat/1.png': flat(1), 'three/cat/old/2.png': flat(1) })
      assert.equal((await from(path.join(folder, 'three'), { onNote })).size, 1)
      assert.match(note, /not read: 1 image in deeper folders \(cat\/old\/2\.png …\)/)
    }))

  it('passes over a pipe that is called as an image is, and names a truncated file and a bomb', () =>
    inFolder(async (folder) => {
      await put(folder, { 'a.png': flat(1) })
      execFileSync('mkfifo', [path.join(folder, 'b.png')])
      let note = ''
      assert.equal((await from(folder, { onNote: (line) => (note = line) })).size, 1)
      assert.match(note, /not read: 1 name that is no file \(b\.png\)/)
      const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251))
      const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
        .jpeg()
        .toBuffer()
      await put(folder, { 'cut/a.jpg': whole.subarray(0, whole.length / 2) })
      await assert.rejects(
        read(path.join(folder, 'cut')),
        /^DataError: .*cut\/a\.jpg is a damaged JPEG file \(.*\)\. Save it again/,
      )
      const bomb = await sharp({ create: { width: 9000, height: 9000, channels: 3, background: '#fff' } })
        .png()
        .toBuffer()
      await put(folder, { 'bomb/a.png': bomb })
      await assert.rejects(
        read(path.join(folder, 'bomb'), { size: [2, 2] }),
        /bomb\/a\.png has 9000 × 9000 pixels, more than the limit/,
      )
    }))

  it('resizes before the engine is ready: means where it shrinks, so that no stroke is lost', () =>
    inFolder(async (folder) => {
      const made = (height: number, width: number, at: (y: number, x: number) => number) =>
        writePng({
          width,
          height,
          depth: 8,
          type: 0,
          samples: Array.from({ length: height * width }, (_, i) => at(Math.floor(i / width), i % width)),
        })
      await put(folder, { 'b/board.png': made(56, 56, (y, x) => 255 * ((y + x) % 2)) })
      near((await read(path.join(folder, 'b'), { size: [28, 28] })).x, new Float32Array(784).fill(0.5), 0.05)
      for (const column of [50, 51, 52, 53])
        await put(folder, { [`lines/${column}.png`]: made(105, 105, (_, x) => (x === column ? 255 : 0)) })
      const { x } = await read(path.join(folder, 'lines'), { size: [28, 28] })
      for (let line = 0; line < 4; line++) {
        const ink = x.subarray(784 * line + 14 * 28, 784 * line + 15 * 28).reduce((a, b) => a + b, 0)
        assert.ok(Math.abs(ink - 28 / 105) < 0.03, `${ink} of line ${line}`)
      }
      await put(folder, {
        'flat/a.png': flat(51, 40, 30),
        'flat/b.png': flat(102, 5, 5),
        'flat/c.png': flat(255, 8, 9),
      })
      const data = await read(path.join(folder, 'flat'), { size: [8, 9] })
      assert.deepEqual([data.size, ...data.shape], [3, 8, 9])
      near(
        data.x,
        Float32Array.from({ length: 216 }, (_, i) => [0.2, 0.4, 1][Math.floor(i / 72)]),
        1e-6,
      )
    }))

  it('composes opacity after it has resized: a transparent edge does not bleed', () =>
    inFolder(async (folder) => {
      const samples = Array.from({ length: 16 }, (_, i) =>
        i % 4 < 2 ? [255, 0, 0, 255] : [0, 255, 0, 0],
      ).flat()
      await put(folder, { 'a.png': writePng({ width: 4, height: 4, depth: 8, type: 6, samples }) })
      const { x } = await read(folder, { size: [1, 2], background: 0, color: true })
      // The filter is wider than a pixel: a little of the transparent half darkens the red one, but no green comes in.
      assert.ok(x[0] > 0.75 && x[1] < 0.01 && x[4] < 0.01, `${Array.from(x).join(', ')}`)
    }))
})
