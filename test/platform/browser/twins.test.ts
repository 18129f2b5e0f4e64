import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import * as nodeFileSystem from '../../../src/platform/fileSystem'
import * as nodeFiles from '../../../src/platform/files'
import * as nodeHash from '../../../src/platform/hash'
import * as nodeInflate from '../../../src/platform/inflate'
import type * as memoryModule from '../../../src/platform/browser/memory'
import * as hash from '../../../src/platform/browser/hash'
import * as inflate from '../../../src/platform/browser/inflate'

type Files = typeof nodeFiles
type FileSystem = typeof nodeFileSystem

/** Numbers that do not compress to nothing. */
const noise = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i * 31 + (i >> 7)) & 255)

/** Everything of a stream. */
async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(Uint8Array.from(piece))
  return Buffer.concat(all)
}

/** What a function returns, or the code of its error. */
const outcome = (f: () => unknown): unknown => {
  try {
    return f()
  } catch (error) {
    return nodeFiles.errorCode(error) ?? String(error)
  }
}

describe('the platform of a browser does what that of Node does', () => {
  let files: Files
  let fileSystem: FileSystem
  let memory: typeof memoryModule
  before(async () => {
    // The bundler puts these in.
    Object.assign(globalThis, { LIDVAE_PACKS: { example: ['data/example/a.txt'] } })
    memory = await import('../../../src/platform/browser/memory')
    files = await import('../../../src/platform/browser/files')
    fileSystem = await import('../../../src/platform/browser/fileSystem')
  })

  it('hashes', () => {
    for (const text of ['', 'abc', 'ä€𝒙'.repeat(100)]) {
      assert.equal(hash.md5(text), nodeHash.md5(text))
      assert.equal(hash.sha256(text, noise), nodeHash.sha256(text, noise))
    }
    assert.equal(hash.md5OfAll(['a', 'bc']), nodeHash.md5('abc'))
    assert.match(hash.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.notEqual(hash.uuid(), hash.uuid())
  })

  it('inflates', async () => {
    const packed = gzipSync(noise)
    assert.deepEqual(Buffer.from(inflate.inflateWhole(packed, noise.length).bytes), Buffer.from(noise))
    const start = inflate.inflateStart(packed.subarray(0, 100_000))
    assert.ok(start.length > 1000)
    assert.deepEqual(Buffer.from(start), Buffer.from(noise.subarray(0, start.length)))
    assert.deepEqual(Buffer.from(inflate.inflateZlib(deflateSync(noise), noise.length)), Buffer.from(noise))
    assert.deepEqual(
      await whole(inflate.gunzipPieces([packed.subarray(0, 9), packed.subarray(9)])),
      Buffer.from(noise),
    )
    assert.deepEqual(await whole(inflate.inflatedRaw([deflateRawSync(noise)])), Buffer.from(noise))
    for (const one of [nodeInflate, inflate]) {
      assert.throws(() => one.inflateWhole(packed, 1000), one.TooLongError)
      assert.throws(() => one.inflateWhole(packed.subarray(0, packed.length - 200), noise.length))
      assert.throws(() => one.inflateWhole(Buffer.from('no gzip at all'), 1000))
    }
  })

  it('keeps files', () => {
    const folder = fs.mkdtempSync(path.join(tmpdir(), 'lidvae-twins-'))
    const steps = (root: string, system: FileSystem, one: Files): unknown[] => {
      const at = (name: string): string => `${root}/${name}`
      return [
        outcome(() => one.writeWhole(at('a/b/one.txt'), 'eins').replace(root, '')),
        outcome(() => system.readText(at('a/b/one.txt'))),
        outcome(() => one.writeWhole(at('a/b/one.txt'), Uint8Array.of(1, 2)).replace(root, '')),
        outcome(() => [...system.readFile(at('a/b/one.txt'))]),
        outcome(() => system.list(at('a'))),
        outcome(() => system.list(at('nowhere'))),
        outcome(() => system.readText(at('nowhere'))),
        outcome(() => system.readText(at('a/b'))),
        outcome(() =>
          [at('a'), at('a/b/one.txt'), at('x')].map((name) => [system.exists(name), system.isFile(name)]),
        ),
        outcome(() => one.makeFolder(at('a/b/one.txt/c'))),
        outcome(() => (one.makeFolder(at('c/d')), system.list(at('c')))),
        outcome(() => (system.removeFile(at('a/b/one.txt')), system.list(at('a/b')))),
        outcome(() => (system.removeFolder(at('a')), system.exists(at('a')))),
      ]
    }
    const here = steps('/home/work', fileSystem, files)
    const node = steps(folder, nodeFileSystem, nodeFiles)
    // Node says ENOTDIR of a folder below a file.
    assert.deepEqual(
      here.map((one) => (one === 'EEXIST' ? 'ENOTDIR' : one)),
      node,
    )
    fs.rmSync(folder, { recursive: true })
  })

  it('tells of files that are written, and names the pack of one that is not loaded', async () => {
    const seen: [string, number | undefined][] = []
    const end = memory.hearFiles((file, bytes) => seen.push([file, bytes?.length]))
    memory.write('models/../models/x.bin', Uint8Array.of(1, 2, 3))
    memory.remove('/home/models')
    end()
    memory.write('later.txt', 'x')
    assert.deepEqual(seen, [
      ['/home/models/x.bin', 3],
      ['/home/models/x.bin', undefined],
    ])
    assert.deepEqual(memory.written(), ['/home/later.txt'])
    assert.throws(
      () => memory.read('/lidvae/data/example/a.txt'),
      /in the pack 'example', which is not loaded/,
    )
    assert.equal(memory.isThereAsFile('/lidvae/data/example/a.txt'), true)
    await assert.rejects(memory.loadPack('other'), /no pack 'other'. There are example\./)
  })

  it('checks a published file by its size and MD5', async () => {
    memory.write('/cache/data/a.bin', 'abc')
    const record = { name: 'a.bin', size: 3, md5: nodeHash.md5('abc') }
    assert.equal((await files.readVerified('/cache/data', record, 'R.')).toString(), 'abc')
    await assert.rejects(
      files.readVerified('/cache/data', { ...record, md5: '0'.repeat(32) }, 'R.'),
      /is damaged: it has MD5/,
    )
    assert.equal((await files.checkFile('/cache/data', { name: 'b.bin' })).problem, 'missing')
  })
})
