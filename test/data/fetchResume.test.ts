import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { fetchFile } from '../../src/data/fetch'
import type { FetchOptions, FetchProgress, PublishedRemoteFile } from '../../src/data/fetch'
import { fetchFolder } from '../../src/data/fetchFolder'
import { Random } from '../support/random'
import { FaultServer, type Fault, type Served } from './faultServer'
import { inFolder } from './temporary'

const body = randomBytes(200_000)
const other = randomBytes(200_000)
const md5 = createHash('md5').update(body).digest('hex')
const quick: FetchOptions = { stall: 10_000, pause: 1 }
const running: FaultServer[] = []

async function server(
  served: Partial<Served>,
  faults: Fault[] = ['none'],
  next?: Served,
): Promise<FaultServer> {
  const started = await FaultServer.start({ body, ...served }, faults, new Random(1), next)
  running.push(started)
  return started
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
})

const known = (...from: FaultServer[]): PublishedRemoteFile => ({
  name: 'file.gz',
  size: body.length,
  md5,
  urls: from.map(({ url }) => url),
})
const unknown = (...from: FaultServer[]): PublishedRemoteFile => ({
  name: 'file.gz',
  urls: from.map(({ url }) => url),
})

/**
 * Calls a download off once more than `bytes` have come; returns how much is left on disk, undefined where nothing is.
 */
async function callOff(
  file: PublishedRemoteFile,
  folder: string,
  bytes: number,
): Promise<number | undefined> {
  const stop = new AbortController()
  const onProgress = ({ received }: FetchProgress) => {
    if (received > bytes) stop.abort(new Error('enough'))
  }
  await assert.rejects(fetchFile(file, folder, { ...quick, signal: stop.signal, onProgress }), /enough/)
  const [part] = (await readdir(folder)).filter((name) => name.endsWith('.part'))
  return part === undefined ? undefined : (await stat(path.join(folder, part))).size
}

/** Downloads, and returns what was asked of the server since. */
async function finish(file: PublishedRemoteFile, folder: string, from: FaultServer): Promise<string[]> {
  const before = from.requests.length
  await fetchFile(file, folder, quick)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('.')),
    [],
  )
  return from.requests.slice(before)
}

const content = (folder: string) => readFile(path.join(folder, 'file.gz'))

// @fault download-cut
describe('a download that was broken off', () => {
  for (const [mark, served] of [
    ['an ETag', { etag: '"a"' }],
    ['a time of change', { lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' }],
    ['a weak ETag beside a time', { etag: 'W/"a"', lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' }],
  ] as const)
    it(`is gone on with where it ended, by ${mark}, its MD5 published or not`, async () => {
      for (const describeFile of [known, unknown]) {
        const good = await server(served, ['drip'])
        await inFolder(async (folder) => {
          const left = await callOff(describeFile(good), folder, 60_000)
          assert.ok(left !== undefined && left > 60_000 && left < body.length)
          good.faults = ['none']
          assert.deepEqual(await finish(describeFile(good), folder, good), [`bytes=${left}-`])
          assert.deepEqual(await content(folder), body)
        })
      }
    })

  it('is gone on with inside one call, so that no byte is sent twice, and says from where', async () => {
    // A reset connection may lose what had arrived and was not read yet; a closed one does not.
    const moody = await server({ etag: '"a"' }, ['closed', 'closed', 'none'])
    await inFolder(async (folder) => {
      const seen: FetchProgress[] = []
      await fetchFile(known(moody), folder, { ...quick, onProgress: (p) => seen.push(p) })
      assert.deepEqual(await content(folder), body)
      assert.equal(moody.requests.length, 3)
      const { resumed } = seen.at(-1) as FetchProgress
      assert.equal(moody.requests[2], `bytes=${resumed}-`)
      assert.ok(seen.every(({ received }, i) => i === 0 || received >= seen[i - 1].received))
    })
  })

  it('begins anew where nothing tells whether the address still has the same', async () => {
    const good = await server({}, ['drip'])
    await inFolder(async (folder) => {
      assert.equal(await callOff(unknown(good), folder, 60_000), undefined)
      good.faults = ['none']
      assert.deepEqual(await finish(unknown(good), folder, good), ['all'])
    })
  })

  it('begins anew where the address has something else by now, or knows no ranges', async () => {
    for (const fault of ['changed', 'no ranges', 'wrong range', '416'] as const) {
      const moody = await server({ etag: '"a"' }, ['drip'], { body: other, etag: '"b"' })
      await inFolder(async (folder) => {
        assert.ok(await callOff(unknown(moody), folder, 60_000))
        moody.faults = [fault, 'none']
        await finish(unknown(moody), folder, moody)
        assert.deepEqual(await content(folder), fault === 'changed' ? other : body)
      })
    }
  })

  it('begins anew where what was left is wrong, though only the checksum tells', async () => {
    const good = await server({ etag: '"a"' }, ['drip'])
    await inFolder(async (folder) => {
      const left = (await callOff(known(good), folder, 60_000)) ?? 0
      const [part] = (await readdir(folder)).filter((name) => name.endsWith('.part'))
      await writeFile(path.join(folder, part), other.subarray(0, left))
      good.faults = ['none']
      assert.deepEqual(await finish(known(good), folder, good), [`bytes=${left}-`, 'all'])
      assert.deepEqual(await content(folder), body)
    })
  })

  it('is gone on with at the next address where the MD5 was published, and only there', async () => {
    for (const describeFile of [known, unknown]) {
      const bad = await server({ etag: '"a"' }, ['drip'])
      const good = await server({ etag: '"of another server"' })
      await inFolder(async (folder) => {
        const left = await callOff(describeFile(bad, good), folder, 60_000)
        bad.faults = ['404']
        const asked = await finish(describeFile(bad, good), folder, good)
        assert.deepEqual(asked, [describeFile === known ? `bytes=${left}-` : 'all'])
        assert.deepEqual(await content(folder), body)
      })
    }
  })

  it('needs no network where every byte had come', async () => {
    const good = await server({ etag: '"a"' }, ['404'])
    await inFolder(async (folder) => {
      await writeFile(path.join(folder, '.file.gz.1.part'), body)
      await writeFile(
        path.join(folder, '.file.gz.1.part.json'),
        JSON.stringify({ url: good.url, size: body.length }),
      )
      assert.deepEqual(await fetchFolder([known(good)], folder), ['file.gz'])
      assert.deepEqual(await readdir(folder), ['file.gz'])
    })
    assert.deepEqual(good.requests, [])
  })

  it('passes over leftovers without a sound record', async () => {
    for (const record of [undefined, '{', '{}', '{"url":1}', '{"url":"http://x","size":-1}', 'null']) {
      const good = await server({ etag: '"a"' })
      await inFolder(async (folder) => {
        await writeFile(path.join(folder, '.file.gz.1.part'), other.subarray(0, 1000))
        if (record !== undefined) await writeFile(path.join(folder, '.file.gz.1.part.json'), record)
        await fetchFolder([known(good)], folder)
        assert.deepEqual(await readdir(folder), ['file.gz'])
        assert.deepEqual(await content(folder), body)
      })
      assert.deepEqual(good.requests, ['all'])
    }
  })
})
