import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import * as lid from '../../../src'

const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-examples-'))
const quiet = { onNote: () => undefined }

describe('examples of own data', () => {
  after(() => rmSync(folder, { recursive: true }))

  it('are a folder of pictures that `from` reads', async () => {
    const pictures = lid.data.examplePictures({ count: 12, folder })
    assert.equal(pictures, path.join(folder, 'bars-12'))
    const bars = await lid.data.from(pictures, quiet)
    assert.deepEqual([bars.size, bars.shape, bars.labelNames], [12, [16, 16], ['long', 'short']])
    // Bright in the middle, dark in the corners.
    for (let i = 0; i < 12; i++) {
      assert.ok(bars.x[256 * i + 16 * 7 + 7] > 0.6)
      assert.ok(bars.x[256 * i] < 0.05)
    }
  })

  it('are pictures in colour too, on a dark ground', async () => {
    const pictures = lid.data.examplePictures({ count: 12, folder, side: 32, color: true })
    const bars = await lid.data.from(pictures, { ...quiet, color: true })
    assert.deepEqual([bars.size, bars.shape], [12, [32, 32, 3]])
    const middle = 3 * (32 * 16 + 16)
    const hues = Array.from({ length: 12 }, (_, i) => bars.x.slice(3072 * i + middle, 3072 * i + middle + 3))
    for (const channel of [0, 1, 2]) {
      const values = hues.map((hue) => hue[channel])
      assert.ok(Math.max(...values) > 0.7 && Math.min(...values) < 0.3, `channel ${channel}`)
    }
    assert.ok(bars.x[0] < 0.1 && bars.x[2] > bars.x[0])
  })

  it('are a file of sentences that `text` reads', async () => {
    const file = lid.data.exampleTexts({ count: 200, file: path.join(folder, 'sentences.txt') })
    const sentences = await lid.data.text(file, quiet)
    assert.equal(sentences.size, 200)
    assert.deepEqual([...sentences.labelNames!].sort(), ['kitchen', 'music', 'travel', 'weather'])
    assert.match(sentences.text(0), /^\w+( \w+){4,}$/)
  })

  it('need a count', () => {
    assert.throws(() => lid.data.examplePictures({ side: 0 }), /`side` must be /)
    assert.throws(() => lid.data.examplePictures({ count: 0.5 }), /^ArgumentError: `count` must be /)
    assert.throws(() => lid.data.exampleTexts({ count: 0 }), /^ArgumentError: `count` must be /)
  })
})
