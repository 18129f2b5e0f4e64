import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { open, readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { PublishedRemoteFile } from '../../src/data/fetch'
import { fetchFolder } from '../../src/data/fetchFolder'
import { DownloadError } from '../../src/data/fetchFailure'
import { DataError } from '../../src/base/errors'
import { Random } from '../support/random'
import { FAULTS, FaultServer, type Fault, type Served } from './faultServer'
import { inFolder } from './temporary'

const SEQUENCES = process.env.LIDVAE_TEST_FULL ? 200 : 30
const AT_ONCE = 5
const patience = { stall: 250, pause: 1 }

/** Without a published MD5 nothing tells these from a good answer: the server contradicts itself nowhere. */
const UNTOLD: readonly Fault[] = ['wrong bytes', 'truncated', 'too long']

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')

/** Opens files on a disk that has room for so many bytes. */
const diskOf = (room: number) => async (file: string, flags: string) => {
  const handle = await open(file, flags)
  let left = room
  const append = handle.appendFile.bind(handle)
  handle.appendFile = async (data) => {
    left -= (data as Uint8Array).length
    if (left < 0) throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    return append(data)
  }
  return handle
}

/** One random sequence of faults; returns how it ended. */
async function sequence(seed: number): Promise<string> {
  const random = new Random(seed)
  const below = (count: number) => Math.floor(random.uniform() * count)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]
  const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => below(256)))
  const size = pick([1, 100, 5_000, 200_000])
  const known = random.uniform() < 0.7
  const versions: Served[] = Array.from({ length: 2 }, () => ({ body: bytes(size) }))
  const marks = pick(['etag', 'weak etag', 'date', 'none'])
  versions.forEach((version, i) => {
    if (marks === 'etag') version.etag = `"v${i}"`
    if (marks === 'weak etag') version.etag = `W/"v${i}"`
    if (marks === 'date' || marks === 'weak etag')
      version.lastModified = new Date(Date.UTC(2020, 0, 1 + i)).toUTCString()
  })
  const [{ body }, next] = versions
  const possible = known ? FAULTS : FAULTS.filter((fault) => !UNTOLD.includes(fault))
  const start = () =>
    FaultServer.start(
      versions[0],
      Array.from({ length: 1 + below(7) }, () => (random.uniform() < 0.3 ? 'none' : pick(possible))),
      random,
      next,
    )
  const servers = await Promise.all(Array.from({ length: 1 + below(3) }, start))
  const file: PublishedRemoteFile = {
    name: 'file.gz',
    urls: servers.map(({ url }) => url),
    ...(known && { size, md5: md5(body) }),
  }
  const room = random.uniform() < 0.15 ? below(2 * size) : undefined
  const killAt = random.uniform() < 0.4 ? below(size) : undefined
  try {
    return await inFolder(async (folder) => {
      const inPlace = async (): Promise<boolean> => {
        const names = (await readdir(folder)).filter((name) => !/^\.file\.gz\.\d+\.part(\.json)?$/.test(name))
        if (!names.includes('file.gz')) {
          assert.deepEqual(
            names.filter((name) => name !== 'file.gz.md5'),
            [],
          )
          return false
        }
        const found = await readFile(path.join(folder, 'file.gz'))
        assert.ok(found.equals(body) || (!known && found.equals(next.body)), 'the right file')
        assert.deepEqual(names.sort(), known ? ['file.gz'] : ['file.gz', 'file.gz.md5'])
        return true
      }
      const stop = new AbortController()
      const onProgress = ({ received }: { received: number }) => {
        if (killAt !== undefined && received > killAt) stop.abort(new Error('called off'))
      }
      const openFile = room === undefined ? undefined : diskOf(room)
      let outcome = 'delivered'
      for (const signal of [stop.signal, undefined]) {
        if (await inPlace()) break
        try {
          await fetchFolder([file], folder, {
            ...patience,
            openFile,
            onProgress: signal && onProgress,
            signal,
          })
          outcome = 'delivered'
          assert.ok(await inPlace(), 'in place')
        } catch (thrown) {
          const error = thrown as Error
          assert.equal(await inPlace(), false)
          if (error.message === 'called off') {
            outcome = 'called off'
            continue
          }
          assert.ok(error instanceof DataError, String(error))
          assert.doesNotMatch(error.message, /\n/)
          if (error instanceof DownloadError) {
            assert.ok(
              servers.some(({ url }) => error.message.includes(new URL(url).host)),
              error.message,
            )
            assert.match(error.message, /expected|\d bytes|redirects without end/)
            outcome = 'refused'
          } else {
            assert.match(
              error.message,
              /file\.gz does not fit: the disk is full \(ENOSPC\)\. It has [\d,]+( of [\d,]+)? bytes? from 127/,
            )
            assert.deepEqual(
              (await readdir(folder)).filter((name) => name.endsWith('.part')),
              [],
            )
            outcome = 'disk full'
          }
          break
        }
      }
      // Whatever was left: a sound server delivers.
      servers.forEach((server) => {
        server.faults = ['none']
        // What has another MD5 than was published is never to be delivered.
        if (known) [server.served] = versions
      })
      await fetchFolder([file], folder, { ...patience, stall: 20_000 })
      assert.ok(await inPlace())
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('.')),
        [],
      )
      return outcome
    })
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

// @fault download-cut
describe('a download', () => {
  it(`ends in the right file or in one line that says why, in ${SEQUENCES} random sequences of faults`, async (t) => {
    const outcomes = new Map<string, number>()
    for (let first = 1; first <= SEQUENCES; first += AT_ONCE) {
      const seeds = Array.from({ length: Math.min(AT_ONCE, SEQUENCES + 1 - first) }, (_, i) => first + i)
      const ended = await Promise.all(
        seeds.map((seed) =>
          sequence(seed).catch((error: Error) => {
            throw new Error(`sequence ${seed}: ${error.message}`, { cause: error })
          }),
        ),
      )
      for (const outcome of ended) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    t.diagnostic([...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', '))
    assert.ok(outcomes.has('delivered') && outcomes.has('refused'), 'both ends are seen')
  })
})
