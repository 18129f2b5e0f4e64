import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { copyFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { auditedFile } from '../../../src/audit/result'
import { ArgumentError, DataError } from '../../../src/base/errors'
import { from, type FromOptions } from '../../../src/data/own/from'
import { arraysOfFile } from '../../../src/data/readers/file'
import { hdf5Limits } from '../../../src/data/readers/hdf5File'
import { hasOnnxRuntime, openOnnx } from '../../../src/platform/onnxRuntime'
import { inFolder } from '../temporary'
import { FIXTURES } from './fixtures'

const fixture = (name: string): Buffer => readFileSync(path.join(FIXTURES, name))
const read = (file: string, options: FromOptions = {}) => from(file, { onNote: () => undefined, ...options })

/** Asserts one DataError of one line, about a file of these bytes. */
async function isRefused(
  name: string,
  bytes: Uint8Array,
  wanted: RegExp,
  options: FromOptions = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const file = path.join(folder, name)
    await writeFile(file, bytes)
    const { arrayBuffers } = process.memoryUsage()
    await assert.rejects(read(file, options), (error) => {
      assert.ok(error instanceof DataError, String(error))
      assert.ok(error.message.startsWith(file), error.message)
      assert.doesNotMatch(error.message, /\n/)
      assert.match(error.message.slice(file.length), wanted)
      assert.match(error.message, /\.$/)
      return true
    })
    assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 64 * 2 ** 20, name)
  })
}

/** Asserts the error about a file that make.py wrote. */
const fails = (
  name: string,
  options: FromOptions,
  wanted: RegExp,
  kind: typeof DataError | typeof ArgumentError = DataError,
) =>
  assert.rejects(read(path.join(FIXTURES, name), options), (error) => {
    assert.ok(error instanceof kind, String(error))
    assert.match(error.message, wanted)
    return !error.message.includes('\n')
  })

const header = (shape: string): Buffer => {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117) + '\n'
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(text)])
}

describe('files that cannot be read', () => {
  // @fault strangers-file
  it('are pipes or devices, and nobody waits for them', { skip: process.platform === 'win32' }, () =>
    inFolder(async (folder) => {
      for (const name of ['x.csv', 'x.npy', 'x.npz', 'x.png', 'x']) {
        const [pipe, device] = ['pipe', 'device'].map((kind) => path.join(folder, `${kind}-${name}`))
        execFileSync('mkfifo', [pipe])
        await symlink('/dev/zero', device)
        for (const file of [pipe, device]) {
          const why = {
            name: 'DataError',
            message: /is a pipe, a device or a socket, not a file \(ENOFILE\)/,
          }
          await assert.rejects(read(file), why)
          await assert.rejects(
            arraysOfFile(file, () => Promise.resolve()),
            why,
          )
          assert.throws(() => auditedFile('data', file), why)
          if (hasOnnxRuntime()) await assert.rejects(openOnnx(file), /is a pipe, a device or a socket\. Name/)
        }
      }
    }),
  )

  it('are empty, or end too early, in every format', async () => {
    await isRefused('x.npz', new Uint8Array(0), /: is empty\./)
    await isRefused('x.csv.gz', gzipSync(new Uint8Array(0)), /: is empty\./)
    for (const name of [
      'npy-f8.npy',
      'npz.npz',
      'idx-0d.idx',
      'idx-ubyte.gz',
      'tensors.safetensors',
      'table-snappy.parquet',
      'table-lz4.feather',
      'mat4.mat',
      'mat5.mat',
      'mat73.mat',
      'h5.h5',
      'cells.h5ad',
    ])
      for (const part of [0.3, 0.6, 0.97]) {
        const bytes = fixture(name)
        await isRefused(
          name,
          bytes.subarray(0, Math.floor(part * bytes.length)),
          /^: (is|its|declares|has|in) /,
          {
            values: name === 'idx-ubyte.gz' ? 'bytes' : undefined,
          },
        )
      }
  })

  it('declare more than they have', async () => {
    await isRefused(
      'x.npy',
      header('1000000000000, 4'),
      /cut off: 0 bytes of values, its shape \(1000000000000, 4\)/,
    )
    await isRefused(
      'x.npy',
      Buffer.concat([header('1, 1'), Buffer.alloc(16)]),
      /has 8 bytes after the values.*np\.savez/,
    )
    const zip = Buffer.from(zipSync({ 'x.npy': Buffer.concat([header('100000000, 8'), Buffer.alloc(64)]) }))
    await isRefused('x.npz', zip, /its array x is cut off/)
    await isRefused('x.idx', Buffer.from([0, 0, 13, 2, 255, 255, 255, 255, 255, 255, 255, 255]), /is cut off/)
    const tensors = `{"x":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}`
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(tensors.length))
    await isRefused(
      'x.safetensors',
      Buffer.concat([length, Buffer.from(tensors)]),
      /is cut off or damaged: x lies/,
    )
  })

  it('expand to more than they declare', async () => {
    const idx = Buffer.concat([Buffer.from([0, 0, 8, 1, 0, 0, 0, 10]), Buffer.alloc(200 * 2 ** 20)])
    await isRefused('x.gz', gzipSync(idx), /holds more than the 18 bytes that its header declares/)
    const bomb = Buffer.from(zipSync({ 'x.npy': Buffer.concat([header('2, 2'), Buffer.alloc(2 ** 24)]) }))
    await isRefused('x.npz', bomb, /its array x has 16,777,184 bytes after the values/)
    // The archive says that it is short.
    const lies = Buffer.from(bomb)
    const central = lies.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    lies.writeUInt32LE(header('2, 2').length + 32, central + 24)
    await isRefused('x.npz', lies, /is longer than declared/)
  })

  it('have a run in Parquet that would fill the memory', async () => {
    // Where the levels of a column begin: six values that exist.
    const bytes = fixture('table-plain.parquet')
    const run = bytes.indexOf(Buffer.from([2, 0, 0, 0, 12, 1])) + 4
    assert.ok(run > 4)
    bytes.set([0xfe, 0xff, 0xff, 0xff, 7], run)
    await isRefused('x.parquet', bytes, /\(a run of 1073741823 values of 6\)/)
  })

  it('have a dictionary in Arrow that declares more values than it has', () => {
    const bytes = fixture('table-lz4.feather')
    // 3 values become 5,832,707.
    assert.equal(bytes[1490], 0)
    bytes[1490] = 89
    return isRefused('dictionary.feather', bytes, /5832707 values in a buffer of 3/)
  })

  it('have two columns of one path in Parquet, of which the second cannot be read either', () => {
    const bytes = fixture('table-zstd.parquet')
    assert.equal(bytes[736], 'b'.charCodeAt(0))
    bytes.write('c', 736)
    // And a page of it is damaged.
    bytes[3326] = 157
    return isRefused('paths.parquet', bytes, /0 values of 6 in column b/)
  })

  it('are damaged where a checksum tells', async () => {
    const bytes = fixture('npz.npz')
    bytes[bytes.indexOf('NUMPY') + 150] ^= 1
    await isRefused('x.npz', bytes, /its array \w+ is damaged: wrong checksum/)
  })

  it('are of other kinds, and it says what to do', async () => {
    const text = (name: string, content: string, wanted: RegExp) =>
      isRefused(name, Buffer.from(content, 'latin1'), wanted)
    await text('a.pkl', '\x80\x04\x95', /is a pickle, .*not read\. Save the arrays in Python: np\.savez/)
    await isRefused('a.pt', zipSync({ 'archive/data.pkl': Buffer.from('x') }), /is a pickle/)
    await isRefused(
      'a.xlsx',
      zipSync({ 'xl/workbook.xml': Buffer.from('x') }),
      /is an Excel file\. Save the sheet as CSV/,
    )
    await isRefused(
      'a.zip',
      zipSync({ 'a/b.txt': Buffer.from('x') }),
      /is a ZIP archive of 1 files \(a\/b\.txt\)\. Unpack/,
    )
    await text('a.rds', 'RDX3\n', /is a file of R\. Save it in R: write\.csv/)
    await text('a.txt', 'some words', /is a text\. Texts are read by lid\.data\.text/)
    await text('a.bin', '\x01\x02\x00', /is of an unknown format\. Formats that are read: \.npy/)
    await text('a.bz2', 'BZh9', /is compressed by bzip2\. Unpack it first/)
    await assert.rejects(read('nowhere.npz'), /nowhere\.npz does not exist \(ENOENT\)\. Check the path/)
  })

  it('are known by their content, whatever they are called', () =>
    inFolder(async (folder) => {
      for (const name of [
        'npz.npz',
        'npy-f8.npy',
        'mat5.mat',
        'mat73.mat',
        'h5.h5',
        'table-lz4.feather',
        'idx-0d.idx',
      ]) {
        const file = path.join(folder, 'data.csv')
        await copyFile(path.join(FIXTURES, name), file)
        const options = name === 'mat73.mat' ? { x: 'people' } : {}
        assert.deepEqual((await read(file, options)).x, (await read(path.join(FIXTURES, name), options)).x)
      }
    }))
})

describe('files of MATLAB and HDF5', () => {
  it('whose data points are columns say to transpose them', async () => {
    await fails(
      'mat5-turned.mat',
      { y: 'y' },
      /data points along the last axis of X \[4, 6\] double, as its 6 labels in y tell/,
    )
  })

  it('refuse structures and complex numbers, and list what there is', async () => {
    await fails(
      'mat5-rich.mat',
      { x: 's' },
      /holds a structure in s\. Save its parts as matrices: save\('data\.mat', '-struct'/,
    )
    await fails('mat5-rich.mat', { x: 'c' }, /holds complex numbers in c\. Save abs\(X\)/)
    await fails('mat5-rich.mat', { x: 'l' }, /holds integers beyond 2\^53 in l/)
    await fails(
      'mat73.mat',
      {},
      /holds 4 arrays, and which are the data is not obvious\. .* it has counts \[8, 5\] sparse double, kind/,
    )
    await fails('h5.h5', { x: 'more/complex' }, /holds records \(or complex numbers\) in more\/complex/)
    await fails('h5.h5', { x: 'more/ids', y: 'more/ids' }, /one label per row/)
    await fails('h5.h5', { x: 'more/idz' }, /Did you mean 'more\/ids'\?/, ArgumentError)
  })

  it('name the columns of cells where a label is none', async () => {
    await fails(
      'cells.h5ad',
      { label: 'type' },
      /`from\({ label }\)` must be one of barcode, batch, cell_type, got 'type'/,
      ArgumentError,
    )
    await fails('h5.h5', { label: 'labels' }, /`from\({ label }\)` must be omitted/, ArgumentError)
  })

  // @fault strangers-file
  it('end, where the HDF5 library would go round in a circle for ever, and others are read after it', async () => {
    const bytes = fixture('cells-dense.h5ad')
    const turned = Buffer.concat([
      bytes.subarray(0, 3175),
      Buffer.of(0xcc),
      bytes.subarray(3175, 4000),
      bytes.subarray(4001),
    ])
    const { call } = hdf5Limits
    hdf5Limits.call = 1000
    try {
      await isRefused('turned.h5ad', turned, /is damaged in \/obs: reading it does not end\./)
    } finally {
      hdf5Limits.call = call
    }
    assert.ok((await read(path.join(FIXTURES, 'cells-dense.h5ad'))).size > 0)
  })

  it('can be read again after they were damaged: nothing is remembered of them', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'x.h5')
      const bytes = fixture('h5.h5')
      await writeFile(file, bytes.subarray(0, bytes.length / 2))
      await assert.rejects(read(file), DataError)
      await writeFile(file, bytes)
      assert.equal((await read(file)).size, 6)
    }))
})
