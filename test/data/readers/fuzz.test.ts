import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { RandomDoubles } from '../../../src/compute/streams'
import { LidvaeError } from '../../../src/base/errors'
import { from, type FromOptions } from '../../../src/data/own/from'
import { hdf5Limits } from '../../../src/data/readers/hdf5File'
import { inFolder } from '../temporary'
import { FIXTURES } from './fixtures'

/** Mutated files per reader. */
const COUNT = Number(process.env.LIDVAE_FUZZ_COUNT ?? (process.env.LIDVAE_TEST_FULL ? 10_000 : 200))
const MOST_MS = 1000
const MOST_BYTES = 64 * 2 ** 20

/** A file of each reader, and of each of its codecs. */
const FILES: Record<string, [file: string, options: FromOptions][]> = {
  npy: [
    ['npy-f8.npy', {}],
    ['npy-fortran3.npy', {}],
    ['npy-i8-big.npy', {}],
  ],
  npz: [
    ['npz.npz', {}],
    ['npz-compressed.npz', {}],
  ],
  idx: [
    ['idx-0d.idx', {}],
    ['idx-ubyte.gz', { values: 'bytes' }],
  ],
  safetensors: [['tensors.safetensors', {}]],
  csv: [
    ['table.csv', { label: 'kind' }],
    ['table.csv.gz', { label: 'kind' }],
  ],
  parquet: ['snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'plain', 'polars', 'index'].map((codec) => [
    `table-${codec}.parquet`,
    { label: 'kind' },
  ]),
  arrow: [
    ['table-lz4.feather', { label: 'kind' }],
    ['table-zstd.feather', { label: 'kind' }],
    ['table-uncompressed.feather', { label: 'kind' }],
    ['table-stream.arrows', { label: 'kind' }],
  ],
  mat4: [
    ['mat4-several.mat', {}],
    ['mat4-sparse.mat', {}],
    ['mat4-text.mat', {}],
  ],
  mat5: [
    ['mat5-several.mat', {}],
    ['mat5-sparse.mat', {}],
    ['mat5-rich.mat', {}],
    ['mat5-char.mat', {}],
  ],
  hdf5: [
    ['h5.h5', {}],
    ['h5-latest.hdf5', {}],
    ['mat73.mat', { x: 'counts' }],
    ['mat73.mat', { x: 'people', y: 'kind' }],
    ['cells.h5ad', { label: 'cell_type' }],
    ['cells-dense.h5ad', { label: 'cell_type' }],
  ],
}

/** Bytes changed, cut off, repeated, removed or put in between, one to three times. */
function mutated(bytes: Buffer, random: RandomDoubles): Buffer {
  let out = Buffer.from(bytes)
  const at = (): number => random.below(Math.max(1, out.length))
  for (let n = 1 + random.below(3); n > 0; n--) {
    const what = random.below(10)
    if (what < 4 && out.length > 0) out[at()] = random.below(256)
    else if (what < 6 && out.length > 0) out[at()] ^= 1 << random.below(8)
    // Headers matter most.
    else if (what < 7 && out.length > 0)
      out[random.below(Math.min(out.length, 128))] = random.below(2) ? 255 : 0
    else if (what < 8) out = out.subarray(0, at())
    else {
      const cut = at()
      const more = Buffer.from(Array.from({ length: 1 + random.below(16) }, () => random.below(256)))
      out = Buffer.concat([
        out.subarray(0, cut),
        ...(what < 9 ? [more] : []),
        out.subarray(cut + random.below(8)),
      ])
    }
  }
  return out
}

describe('mutated files give data or one line that names the file', () => {
  // A user's file may be on a slow disk, and gets longer.
  const { call } = hdf5Limits
  before(() => {
    hdf5Limits.call = MOST_MS / 2
  })
  after(() => {
    hdf5Limits.call = call
  })

  for (const [reader, files] of Object.entries(FILES))
    it(`${COUNT} by the reader of ${reader}`, () =>
      inFolder(async (folder) => {
        const random = RandomDoubles.of(7, `fuzz ${reader}`)
        const originals = files.map(([file]) => readFileSync(path.join(FIXTURES, file)))
        // What is loaded once is not counted.
        for (const [file, options] of files)
          await from(path.join(FIXTURES, file), { ...options, onNote: () => undefined })
        let refused = 0
        for (let i = 0; i < COUNT; i++) {
          const which = i % files.length
          const [name, options] = files[which]
          const file = path.join(folder, `${i}-${name}`)
          writeFileSync(file, mutated(originals[which], random))
          const before = process.memoryUsage()
          const began = process.cpuUsage()
          try {
            const { x, size, dim, labels } = await from(file, { ...options, onNote: () => undefined })
            assert.equal(x.length, size * dim, name)
            assert.ok(x.every(Number.isFinite))
            if (labels) assert.equal(labels.length, size)
          } catch (error) {
            assert.ok(error instanceof LidvaeError, `${i}-${name}: ${String((error as Error).stack)}`)
            assert.doesNotMatch(error.message, /\n/)
            assert.ok(error.message.length < 2000, error.message)
            refused++
          }
          const { user, system } = process.cpuUsage(began)
          const ms = (user + system) / 1000
          assert.ok(ms < MOST_MS, `${i}-${name}: ${ms} ms of the processor`)
          const after = process.memoryUsage()
          const grown = after.arrayBuffers + after.heapTotal - before.arrayBuffers - before.heapTotal
          assert.ok(grown < MOST_BYTES, `${i}-${name}: ${grown} bytes`)
          rmSync(file)
        }
        assert.ok(refused > COUNT / 10, `only ${refused} were refused`)
      }))
})
