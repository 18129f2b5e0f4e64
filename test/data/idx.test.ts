import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parseIdx, readIdx } from '../../src/data/idx'
import { RandomDoubles } from '../../src/compute/streams'
import { DataError } from '../../src/base/errors'
import { inFolder } from './temporary'

const header = (shape: number[], type = 8) =>
  Buffer.from([
    0,
    0,
    type,
    shape.length,
    ...shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]),
  ])
const values = Buffer.from(Array.from({ length: 60 }, (_, i) => (i * 37) % 256))
/** Of each format. */
const ALTERATIONS = process.env.LIDVAE_TEST_FULL ? 10_000 : 200
const plain = Buffer.concat([header([5, 3, 4]), values])
const options = { name: 'x.gz', remedy: 'Get it again.' }

/** Asserts a one-line DataError that names the file, matches, and ends with the remedy. */
function fails(bytes: Uint8Array, wanted: RegExp, more: object = {}) {
  assert.throws(
    () => parseIdx(bytes, { ...options, ...more }),
    (error) => {
      assert.ok(error instanceof DataError, String(error))
      assert.match(error.message, /^x\.gz: .*\. Get it again\.$/)
      assert.match(error.message, wanted)
      return true
    },
  )
}

describe('parseIdx', () => {
  it('reads shape and values, compressed or not', () => {
    for (const bytes of [plain, gzipSync(plain)]) {
      const { shape, data } = parseIdx(bytes, options)
      assert.deepEqual(shape, [5, 3, 4])
      assert.deepEqual(Buffer.from(data), values)
    }
    const label = parseIdx(gzipSync(Buffer.concat([header([2]), Buffer.from([7, 9])])), {
      ...options,
      rank: 1,
    })
    assert.deepEqual([label.shape, Array.from(label.data)], [[2], [7, 9]])
  })

  it('reads lengths above 2^16 and a file of more than one inflated chunk', () => {
    const many = new Uint8Array(70000).map((_, i) => i % 251)
    const { shape, data } = parseIdx(gzipSync(Buffer.concat([header([70000]), many])), options)
    assert.deepEqual(shape, [70000])
    assert.deepEqual(new Uint8Array(data), many)
  })

  it('says what is wrong with the header', () => {
    fails(Buffer.alloc(0), /has only 0 bytes/)
    fails(Buffer.from([0, 0, 8]), /has only 3 bytes, expected an IDX header/)
    fails(gzipSync(Buffer.alloc(2)), /holds only 2 bytes/)
    fails(Buffer.from('not an IDX file'), /begins with 6e 6f 74 20, expected 1f 8b \(gzip\) or 00 00 08/)
    fails(gzipSync(Buffer.from('not an IDX file')), /begins with 6e 6f 74 20, expected 00 00 08/)
    fails(Buffer.concat([header([5, 3, 4], 0x0d), values]), /type 0d, expected 08 \(unsigned bytes\)/)
    fails(Buffer.from([0, 0, 8, 0, 1]), /declares 0 dimensions, expected 1 to 8/)
    fails(Buffer.from([0, 0, 8, 200, 1, 1, 1]), /declares 200 dimensions, expected 1 to 8/)
    fails(plain.subarray(0, 10), /cut off inside its header of 16 bytes/)
    fails(plain, /holds 3 dimensions \[5, 3, 4\], expected 1/, { rank: 1 })
    fails(Buffer.concat([header([0, 28, 28])]), /holds no values: its dimensions are 0 × 28 × 28/)
  })

  it('says how lengths disagree', () => {
    fails(plain.subarray(0, 70), /is cut off: 54 bytes of values, expected 5 × 3 × 4 = 60 bytes/)
    fails(gzipSync(plain.subarray(0, 70)), /is cut off: 54 bytes of values/)
    fails(
      Buffer.concat([plain, Buffer.from([1])]),
      /has more than the 5 × 3 × 4 = 60 bytes of values it declares/,
    )
    fails(
      gzipSync(Buffer.concat([plain, Buffer.from([1])])),
      /holds more than the 76 bytes its header declares/,
    )
  })

  it('says what is wrong with the compression', () => {
    const gz = gzipSync(plain)
    fails(gz.subarray(0, gz.length - 3), /damaged gzip file \(unexpected end of file\)/)
    fails(Buffer.concat([gz, Buffer.alloc(5)]), /has 5 bytes after the end of its gzip stream/)
    fails(Buffer.concat([gz, Buffer.from('junk')]), /damaged gzip file \(incorrect header check\)/)
    fails(Buffer.concat([gz, gz]), /holds more than the 76 bytes/)
    const crc = Buffer.from(gz)
    crc[crc.length - 6] ^= 1
    fails(crc, /damaged gzip file \(incorrect data check\)/)
  })

  it('refuses absurd dimensions before it makes room for them', () => {
    const most = 0xffffffff
    fails(
      gzipSync(header([most, most, most])),
      /declares 4294967295 × .* more than the limit of 1,073,741,824 bytes/,
    )
    fails(gzipSync(header([1 << 30, 2])), /more than the limit/)
    fails(plain, /declares 5 × 3 × 4 values, more than the limit of 59 bytes/, { limit: 59 })
    // A file that inflates to 200 MB and declares 4 bytes.
    const bomb = gzipSync(Buffer.concat([header([4]), Buffer.alloc(200e6)]))
    const before = process.memoryUsage().arrayBuffers
    fails(bomb, /holds more than the 12 bytes its header declares/)
    assert.ok(process.memoryUsage().arrayBuffers - before < 20e6)
  })

  it(`gives the values or a DataError for ${ALTERATIONS} random alterations of each, compressed or not, never anything else`, () => {
    const draw = new RandomDoubles(7)
    const below = (n: number) => draw.below(n)
    let refused = 0
    for (const original of [plain, gzipSync(plain)]) {
      for (let i = 0; i < ALTERATIONS; i++) {
        let bytes = Buffer.from(original)
        for (let change = below(3); change >= 0; change--) {
          const at = below(bytes.length)
          const kind = below(4)
          if (kind === 0) bytes[at] ^= 1 << below(8)
          else if (kind === 1) bytes[at] = below(256)
          else if (kind === 2) bytes = bytes.subarray(0, at + 1)
          else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([below(256)]), bytes.subarray(at)])
        }
        try {
          const { shape, data } = parseIdx(bytes, options)
          assert.equal(
            data.length,
            shape.reduce((a, b) => a * b),
          )
          // A sound checksum vouches for compressed values; nothing does for plain ones.
          if (original !== plain && bytes[0] === 0x1f) assert.deepEqual(Buffer.from(data), values)
        } catch (error) {
          assert.ok(error instanceof DataError, String(error))
          assert.doesNotMatch(error.message, /\n|undefined|NaN/)
          refused++
        }
      }
    }
    assert.ok(refused > ALTERATIONS && refused < 2 * ALTERATIONS, `${refused} of ${2 * ALTERATIONS} refused`)
    assert.ok(process.resourceUsage().maxRSS < 2 ** 20, 'never more than 1 GiB')
  })
})

describe('readIdx', () => {
  it('reads a file, and names the one it cannot read', async () => {
    await inFolder(async (folder) => {
      const file = path.join(folder, 'images.gz')
      await writeFile(file, gzipSync(plain))
      assert.deepEqual((await readIdx(file, { rank: 3 })).shape, [5, 3, 4])
      await writeFile(file, 'no')
      await assert.rejects(readIdx(file), new RegExp(`^DataError: ${file}: has only 2 bytes`))
      await assert.rejects(
        readIdx(path.join(folder, 'none.gz')),
        /^DataError: .*none\.gz does not exist \(ENOENT\)/,
      )
      await mkdir(path.join(folder, 'sub'))
      await assert.rejects(readIdx(path.join(folder, 'sub')), /sub is a folder, not a file \(EISDIR\)/)
    })
  })
})
