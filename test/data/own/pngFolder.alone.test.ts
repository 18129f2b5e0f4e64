import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { from, type FromOptions } from '../../../src/data/own/from'
import { ArgumentError, DataError, EngineError } from '../../../src/base/errors'
import { onEachEngine } from '../../support/engines'
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

describe('from a folder of PNG files', () => {
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
      await is('none', /does not exist \(ENOENT\)\. Give the path of a folder of PNG files\.$/)
      await assert.rejects(
        read(path.join(folder, 'in/a.png')),
        /^DataError: .*a\.png: is one picture\. Give the folder of the pictures: one data point per file\.$/,
      )
      await is('mixed', /has PNG files beside sub-folders with PNG files \(x\.png, y\/z\.png\)/)
      await mkdir(path.join(folder, 'empty'))
      await is('empty', /has no PNG files, and neither have its sub-folders/)
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

  it('asks for the engine before it resizes', () =>
    inFolder(async (folder) => {
      await put(folder, { 'a.png': flat(1) })
      await assert.rejects(
        read(folder, { size: [1, 1] }),
        (error) => error instanceof EngineError && /lid\.ready\(\)/.test(error.message),
      )
      assert.equal((await read(folder, { size: [2, 3] })).size, 1)
    }))
})

onEachEngine('from a folder of PNG files of several sizes', () => {
  it('brings them to the size asked for', () =>
    inFolder(async (folder) => {
      await put(folder, { 'a.png': flat(51, 40, 30), 'b.png': flat(102, 5, 5), 'c.png': flat(255, 8, 9) })
      const data = await read(folder, { size: [8, 9] })
      assert.deepEqual([data.size, ...data.shape], [3, 8, 9])
      near(
        data.x,
        Float32Array.from({ length: 216 }, (_, i) => [0.2, 0.4, 1][Math.floor(i / 72)]),
        1e-6,
      )
    }))
})
