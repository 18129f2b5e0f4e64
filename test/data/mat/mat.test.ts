import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { deflateSync } from 'node:zlib'
import { parseMat, readMat, type MatOptions } from '../../../src/data/mat/mat'
import { DataError } from '../../../src/base/errors'
import { Random } from '../../support/random'
import { inFolder } from '../temporary'
import { writeMat, type MatVariable } from './matWriter'

/** Written by scipy.io.savemat; see fixtures/data/mat_fixture.py. */
const byScipy = JSON.parse(
  readFileSync(path.join(__dirname, '../../fixtures/data/mat-by-scipy.json'), 'utf8'),
) as {
  plain: string
  compressed: string
  numbers: Record<string, { shape: number[]; data: number[] }>
}
/** Of each, compressed or not. */
const ALTERATIONS = process.env.LIDVAE_TEST_FULL ? 10_000 : 250
const options = { name: 'x.mat', remedy: 'Get it again.' }
const x: MatVariable = { name: 'x', shape: [2, 3], data: [1, -2, 3.5, 1e-300, 0, 6] }
const counts: MatVariable = { name: 'counts of a longer name', shape: [1, 4], data: [0, 255, 7, 9], type: 2 }

/** Asserts a one-line DataError that names the file, matches, and ends with the remedy. */
const fails = (bytes: Uint8Array, wanted: RegExp, more: Partial<MatOptions> = {}) =>
  assert.rejects(parseMat(bytes, { ...options, ...more }), (error) => {
    assert.ok(error instanceof DataError, String(error))
    assert.match(error.message, /^x\.mat: .*\. Get it again\.$/)
    assert.match(error.message, wanted)
    return true
  })

describe('parseMat', () => {
  it('reads what SciPy writes, compressed or not: doubles, singles, integers, truth values, cubes, small elements', async () => {
    for (const kind of ['plain', 'compressed'] as const) {
      const bytes = Buffer.from(byScipy[kind], 'base64')
      const variables = Object.keys(byScipy.numbers)
      const found = await parseMat(bytes, { ...options, variables })
      assert.deepEqual([...found.keys()].sort(), variables.sort())
      for (const [name, { shape, data }] of Object.entries(byScipy.numbers)) {
        assert.deepEqual(found.get(name)?.shape, shape, name)
        assert.deepEqual(Array.from(found.get(name)?.data ?? []), data, name)
      }
      await fails(bytes, /has text for words, expected numbers/, { variables: ['words'] })
      await fails(bytes, /has a cell array for cell, expected numbers/, { variables: ['cell'] })
      await fails(bytes, /has complex numbers in z/, { variables: ['z'] })
    }
  })

  it('reads either byte order, and leaves out what is not numbers when all are wanted', async () => {
    for (const big of [false, true])
      for (const compressed of [false, true]) {
        const types = ([2, 4, 5, 7, 9] as const).map((type) => ({
          name: `t${type}`,
          shape: [3, 1],
          data: [1, 200, 3],
          type,
        }))
        const words: MatVariable = { name: 'words', shape: [1, 2], data: [65, 66], type: 4, kind: 4 }
        const found = await parseMat(writeMat([x, words, counts, ...types], { big, compressed }), options)
        assert.deepEqual([...found.keys()], ['x', counts.name, 't2', 't4', 't5', 't7', 't9'])
        assert.deepEqual(Array.from(found.get('x')?.data ?? []), x.data)
        for (const { name } of types)
          assert.deepEqual(Array.from(found.get(name)?.data ?? []), [1, 200, 3], name)
      }
  })

  it('stores float32 on request, and numbers that come in many pieces', async () => {
    const random = new Random(1)
    const data = Float32Array.from({ length: 300001 }, () => random.uniform())
    for (const type of [7, 9] as const) {
      const bytes = writeMat([{ name: 'many', shape: [300001, 1], data, type }])
      const found = (await parseMat(bytes, { ...options, single: true })).get('many')
      assert.ok(found?.data instanceof Float32Array)
      assert.deepEqual(found.data, data)
    }
  })

  it('says what is wrong with the header', async () => {
    await fails(Buffer.alloc(0), /has only 0 bytes, expected a MATLAB 5 header of 128 bytes/)
    await fails(Buffer.alloc(128), /no MATLAB 5 file: its header has no byte order/)
    const newer = writeMat([x])
    newer.set([0, 2], 124)
    await fails(newer, /is a MATLAB 7\.3 file \(HDF5\).*option -v7/)
    newer.set([9, 9], 124)
    await fails(newer, /is of version 0x0909, expected 0x0100/)
  })

  it('says how lengths disagree, and which variable is missing', async () => {
    await fails(writeMat([x]), /has no variable y; it has x/, { variables: ['y'] })
    await fails(writeMat([]), /has no variable y; it has none/, { variables: ['y'] })
    await fails(
      writeMat([{ ...x, shape: [2, 4] }]),
      /declares 2 × 4 numbers of 8 bytes in x, but has 48 bytes of them/,
    )
    await fails(writeMat([{ ...x, shape: [6] }]), /declares 1 dimensions of x, expected 2 to 8/)
    await fails(writeMat([{ ...x, shape: [1, 1, 1, 1, 1, 1, 1, 2, 3] }]), /has 36 bytes for the dimensions/)
    await fails(writeMat([x], { compressed: false }).subarray(0, 200), /is cut off: a variable at byte 128/)
    await fails(Buffer.concat([writeMat([x]), Buffer.alloc(3)]), /has 3 bytes after its last variable/)
    await fails(Buffer.concat([writeMat([x]), Buffer.alloc(8)]), /holds an element of type 0 at byte/)
  })

  it('says what is wrong with the compression', async () => {
    const good = writeMat([x])
    const broken = Buffer.from(good)
    broken[broken.length - 1] ^= 1
    await fails(broken, /damaged compressed variable \(incorrect data check\)/)
    broken[140] ^= 0xff
    await fails(broken, /damaged compressed variable/)
    const packed = (bytes: Buffer): Buffer => {
      const tag = Buffer.alloc(8)
      tag.writeUInt32LE(15, 0)
      tag.writeUInt32LE(bytes.length, 4)
      return Buffer.concat([good.subarray(0, 128), tag, bytes])
    }
    const matrix = writeMat([x], { compressed: false }).subarray(128)
    await fails(packed(deflateSync(Buffer.concat([matrix, Buffer.alloc(1)]))), /bytes after its numbers/)
    await fails(packed(deflateSync(matrix.subarray(0, 60))), /is cut off inside/)
    await fails(
      packed(Buffer.concat([deflateSync(matrix), Buffer.alloc(5)])),
      /has 5 bytes after the end of a compressed variable/,
    )
    await fails(
      packed(deflateSync(matrix).subarray(0, -4)),
      /damaged compressed variable \(unexpected end of file\)/,
    )
  })

  it('refuses absurd sizes before it makes room for them', async () => {
    const huge = writeMat([{ ...x, shape: [65536, 65536] }])
    await fails(huge, /declares 65536 × 65536 numbers in x, more than the limit of 1,073,741,824 bytes/)
    await fails(writeMat([x]), /more than the limit of 47 bytes/, { limit: 47 })
    // A variable that inflates to 100 MB of zeros behind a sound beginning of six numbers.
    const matrix = writeMat([x], { compressed: false }).subarray(128)
    const packed = deflateSync(Buffer.concat([matrix, Buffer.alloc(100e6)]))
    const tag = Buffer.alloc(8)
    tag.writeUInt32LE(15, 0)
    tag.writeUInt32LE(packed.length, 4)
    const before = process.memoryUsage().arrayBuffers
    await fails(Buffer.concat([huge.subarray(0, 128), tag, packed]), /bytes after its numbers/)
    assert.ok(process.memoryUsage().arrayBuffers - before < 20e6)
  })

  it(`gives the numbers or a DataError for ${ALTERATIONS} random alterations of each, compressed or not, never anything else`, async () => {
    const random = new Random(3)
    const below = (n: number) => Math.floor(random.uniform() * n)
    let refused = 0
    for (const original of [writeMat([x, counts]), writeMat([x, counts], { compressed: false })]) {
      const compressed = original[128] === 15
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
          const found = await parseMat(bytes, options)
          for (const { shape, data } of found.values())
            assert.equal(
              data.length,
              shape.reduce((a, b) => a * b, 1),
            )
          // A sound checksum vouches for compressed numbers; nothing does for plain ones.
          if (compressed && found.has('x')) assert.deepEqual(Array.from(found.get('x')?.data ?? []), x.data)
        } catch (error) {
          assert.ok(error instanceof DataError, String((error as Error).stack))
          assert.doesNotMatch(error.message, /\n|undefined|NaN/)
          refused++
        }
      }
    }
    assert.ok(
      refused > 0.8 * ALTERATIONS && refused < 2 * ALTERATIONS,
      `${refused} of ${2 * ALTERATIONS} refused`,
    )
    assert.ok(process.resourceUsage().maxRSS < 2 ** 20, 'never more than 1 GiB')
  })
})

describe('readMat', () => {
  it('reads a file, and names the one it cannot read', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'x.mat')
      await writeFile(file, writeMat([x]))
      assert.deepEqual((await readMat(file)).get('x')?.shape, [2, 3])
      await writeFile(file, 'no')
      await assert.rejects(readMat(file), new RegExp(`^DataError: ${file}: has only 2 bytes`))
      await assert.rejects(
        readMat(path.join(folder, 'none.mat')),
        /^DataError: .*none\.mat does not exist \(ENOENT\)/,
      )
    }))
})
