import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, readdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { fetchFile } from '../../src/data/fetch'
import type { FetchOptions, FetchProgress, PublishedRemoteFile, RemoteFile } from '../../src/data/fetch'
import { DownloadError } from '../../src/data/fetchFailure'
import { DataError } from '../../src/base/errors'
import { Server } from './server'
import type { Manner } from './server'
import { inFolder } from './temporary'

const body = randomBytes(200_000)
const md5 = createHash('md5').update(body).digest('hex')
const quick: FetchOptions = { stall: 10_000, pause: 5 }
// Long enough for a busy machine to answer in, short enough to wait for.
const impatient: FetchOptions = { ...quick, stall: 400 }
const running: Server[] = []

async function server(...manners: Manner[]): Promise<Server> {
  const started = await Server.start(body, manners)
  running.push(started)
  return started
}

const remote = (...urls: string[]): RemoteFile => ({ name: 'file.gz', size: body.length, md5, urls })

afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.stop()))
})

/** What is in a folder beside what the next download goes on with. */
const visible = async (folder: string) =>
  (await readdir(folder)).filter((name) => !/^\.file\.gz\.\d+\.part(\.json)?$/.test(name))

/** Asserts that the download fails with one line that matches, and leaves nothing in place. */
async function fails(file: PublishedRemoteFile, folder: string, wanted: RegExp, options: FetchOptions = {}) {
  await assert.rejects(fetchFile(file, folder, { ...quick, ...options }), (error) => {
    assert.ok(error instanceof DataError, String(error))
    assert.match(error.message, wanted)
    assert.match(error.message, /file\.gz/)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })
  assert.deepEqual(await visible(folder), [])
}

describe('fetchFile', () => {
  it('downloads, verifies, reports progress, and leaves the file alone', async () => {
    const url = (await server('good')).url()
    await inFolder(async (folder) => {
      const seen: FetchProgress[] = []
      const file = await fetchFile(remote(url), folder, { ...quick, onProgress: (p) => seen.push(p) })
      assert.deepEqual(await readFile(file), body)
      assert.deepEqual(await readdir(folder), ['file.gz'])
      assert.deepEqual(seen.at(-1), { file: 'file.gz', received: body.length, total: body.length })
      assert.ok(seen.every((p, i) => i === 0 || p.received > seen[i - 1].received))
    })
  })

  it('takes a file of which nothing was published, records its MD5, and holds it to the announced length and the first bytes', async () => {
    const [good, cut] = [await server('good'), await server('cut')]
    await inFolder(async (folder) => {
      const seen: FetchProgress[] = []
      const file = { name: 'file.gz', urls: [good.url()] }
      await fetchFile(file, folder, { ...quick, onProgress: (p) => seen.push(p) })
      assert.deepEqual((await readdir(folder)).sort(), ['file.gz', 'file.gz.md5'])
      assert.equal(await readFile(path.join(folder, 'file.gz.md5'), 'utf8'), `${md5}  file.gz\n`)
      assert.equal(seen.at(-1)?.total, body.length)
    })
    await inFolder(async (folder) => {
      const begins = body.toString('latin1', 0, 5)
      await fetchFile({ name: 'file.gz', urls: [good.url()], begins }, folder, quick)
      const wrong = { name: 'other.gz', urls: [good.url()], begins: 'MATLAB' }
      await assert.rejects(fetchFile(wrong, folder, quick), /sent a file that does not begin with 'MATLAB'/)
      await assert.rejects(
        fetchFile({ name: 'cut.gz', urls: [cut.url()] }, folder, quick),
        /connection broken after 100,000 of 200,000 bytes/,
      )
      assert.deepEqual((await readdir(folder)).sort(), ['file.gz', 'file.gz.md5'])
    })
  })

  it('takes neither an encoded answer nor an empty one where no checksum can tell that it is whole', async () => {
    const sound = gzipSync(body)
    const answers: [Record<string, string>, Buffer, RegExp][] = [
      // The first half of the stream: what unpacks it would take it for all there is.
      [
        { 'content-encoding': 'gzip' },
        sound.subarray(0, sound.length >> 1),
        /sent it encoded as gzip, expected the unencoded file/,
      ],
      [{}, Buffer.alloc(0), /sent 0 bytes, expected a file/],
    ]
    for (const [headers, content, wanted] of answers) {
      const strange = createServer((_, response) => void response.writeHead(200, headers).end(content))
      await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve))
      try {
        const url = `http://127.0.0.1:${(strange.address() as AddressInfo).port}/file.gz`
        await inFolder((folder) => fails({ name: 'file.gz', urls: [url] }, folder, wanted))
      } finally {
        strange.closeAllConnections()
        strange.close()
      }
    }
  })

  const lasting: [Manner, RegExp, number][] = [
    ['404', /answered 404 Not Found, expected 200 OK/, 1],
    ['500', /answered 500 Internal Server Error/, 3],
    ['short', /sent 100,000 of 200,000 bytes/, 3],
    ['cut', /connection broken after 100,000 of 200,000 bytes/, 3],
    ['long', /sent more than 200,000 bytes: [\d,]+ bytes/, 3],
    ['altered', /sent bytes with MD5 [0-9a-f]{32}, expected [0-9a-f]{32}/, 3],
    ['stall', /no byte for 0\.4 s after 100,000 of 200,000 bytes/, 3],
    ['silent', /no byte for 0\.4 s after 0 of 200,000 bytes/, 3],
    ['trickle', /only \d+ bytes in 0\.4 s, has \d+ of 200,000 bytes/, 3],
    ['reset', /connection broken after [\d,]+ of 200,000 bytes \(ECONNRESET\)/, 3],
  ]
  for (const [manner, wanted, requests] of lasting) {
    const options = ['stall', 'silent', 'trickle'].includes(manner) ? impatient : quick
    it(`refuses a server that answers '${manner}', giving up after ${requests}`, async () => {
      const bad = await server(manner)
      await inFolder((folder) => fails(remote(bad.url()), folder, wanted, options))
      assert.equal(bad.requests.length, requests)
    })

    it(`turns to the next address when one answers '${manner}'`, async () => {
      const bad = await server(manner)
      const good = await server('good')
      await inFolder(async (folder) => {
        const file = await fetchFile(remote(bad.url(), good.url()), folder, options)
        assert.deepEqual(await readFile(file), body)
        assert.deepEqual(await readdir(folder), ['file.gz'])
      })
      assert.deepEqual([bad.requests.length, good.requests.length], [1, 1])
    })
  }

  it('bounds what it takes of a file whose size nobody published, announced or not', async () => {
    const [endless, huge] = [await server('endless'), await server('huge')]
    const unknown = (from: Server) => ({ name: 'file.gz', urls: [from.url()] })
    await inFolder((folder) =>
      fails(unknown(endless), folder, /sent more than 1,000,000 bytes: 1,\d{3},\d{3} bytes/, { most: 1e6 }),
    )
    assert.equal(endless.requests.length, 3)
    await inFolder((folder) =>
      fails(unknown(huge), folder, /announced 1,000,000,000,000 bytes, expected at most 200,000,000 bytes/),
    )
    assert.equal(huge.requests.length, 1)
  })

  it('says in one line that the address of a proxy is none, without its content', async () => {
    const before = process.env.http_proxy
    process.env.http_proxy = 'http://me:secret@[broken'
    try {
      await inFolder(async (folder) => {
        await assert.rejects(
          fetchFile(remote('http://127.0.0.1:9/file.gz'), folder, quick),
          (error: Error) => {
            assert.ok(error instanceof DataError, String(error))
            assert.match(error.message, /^HTTP_PROXY and HTTPS_PROXY must be addresses such as /)
            assert.doesNotMatch(error.message, /secret/)
            return true
          },
        )
        assert.deepEqual(await readdir(folder), [])
      })
    } finally {
      if (before === undefined) delete process.env.http_proxy
      else process.env.http_proxy = before
    }
  })

  it('tries again where that may help: two failures, then success', async () => {
    const moody = await server('cut', 'altered', 'good')
    await inFolder(async (folder) => {
      assert.deepEqual(await readFile(await fetchFile(remote(moody.url()), folder, quick)), body)
    })
    assert.equal(moody.requests.length, 3)
  })

  it('does not give up a server that is slow but never silent for long', async () => {
    const slow = await server('drip')
    await inFolder(async (folder) => {
      const file = await fetchFile(remote(slow.url()), folder, { ...quick, stall: 1200 })
      assert.deepEqual(await readFile(file), body)
    })
    assert.equal(slow.requests.length, 1)
  })

  it('names every address with its own cause, and how to put the file there by hand', async () => {
    const [a, b] = [await server('404'), await server('altered')]
    await inFolder(async (folder) => {
      await assert.rejects(
        fetchFile(remote(a.url(), b.url()), folder, { ...quick, byHand: 'Put it there.' }),
        (e) => {
          assert.ok(e instanceof DownloadError)
          assert.equal(
            e.message,
            `Could not download file.gz into ${folder} (${new URL(a.origin).host}: answered 404 Not Found, expected 200 OK; ` +
              `${new URL(b.origin).host}: sent bytes with MD5 ${altered()}, expected ${md5}). Put it there.`,
          )
          return true
        },
      )
    })
  })

  it('says that nobody listens, or that the name is unknown, at once and without trying again', async () => {
    const gone = await server('good')
    const url = gone.url()
    await gone.stop()
    running.length = 0
    await inFolder((folder) => fails(remote(url), folder, /connection refused/))
    await inFolder((folder) =>
      fails(remote('http://nowhere.invalid/file.gz'), folder, /host not found \(no network\?\)/),
    )
  })

  it('says which folder cannot be written to', async () => {
    const good = await server('good')
    await inFolder(async (folder) => {
      const blocked = path.join(folder, 'taken')
      await writeFile(blocked, 'a file')
      await assert.rejects(fetchFile(remote(good.url()), blocked, quick), /taken.*\(ENOTDIR\).*LIDVAE_CACHE/)
      await assert.rejects(
        fetchFile(remote(good.url()), path.join(folder, 'no'), quick),
        /\(ENOENT\).*LIDVAE_CACHE/,
      )
      assert.deepEqual(await readdir(folder), ['taken'])
    })
    assert.equal(good.requests.length, 0)
  })

  it('says that the disk is full, and stops', async (t) => {
    if (!existsSync('/dev/full')) return t.skip('this system has no /dev/full')
    const good = await server('good')
    const openFile = () => open('/dev/full', 'w')
    await inFolder((folder) =>
      fails(
        remote(good.url()),
        folder,
        /file\.gz does not fit: the disk is full \(ENOSPC\)\. It has 0 of 200,000 bytes from 127.*LIDVAE_CACHE/,
        { openFile },
      ),
    )
    assert.equal(good.requests.length, 1)
  })

  it('leaves the old file when a new download fails', async () => {
    const bad = await server('altered')
    await inFolder(async (folder) => {
      await writeFile(path.join(folder, 'file.gz'), 'old')
      await assert.rejects(fetchFile(remote(bad.url()), folder, quick))
      assert.equal(await readFile(path.join(folder, 'file.gz'), 'utf8'), 'old')
      assert.deepEqual(await readdir(folder), ['file.gz'])
    })
  })

  it('says so when the finished file cannot be put in place', async () => {
    const good = await server('good')
    await inFolder(async (folder) => {
      await mkdir(path.join(folder, 'file.gz'))
      await assert.rejects(fetchFile(remote(good.url()), folder, quick), /file\.gz is a folder, not a file/)
      assert.deepEqual(await readdir(folder), ['file.gz'])
    })
  })

  it('ends when told to, with nothing in place', async () => {
    const stuck = await server('stall')
    await inFolder(async (folder) => {
      const stop = new AbortController()
      const options = {
        ...quick,
        stall: 60_000,
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('enough')),
      }
      await assert.rejects(fetchFile(remote(stuck.url()), folder, options), /enough/)
      assert.deepEqual(await visible(folder), [])
      await assert.rejects(fetchFile(remote(stuck.url()), folder, options), /enough/)
    })
    assert.equal(stuck.requests.length, 1)
  })

  it('passes on what a callback throws', async () => {
    const good = await server('good')
    await inFolder(async (folder) => {
      const onProgress = () => {
        throw new TypeError('mine')
      }
      await assert.rejects(
        fetchFile(remote(good.url()), folder, { ...quick, onProgress }),
        new TypeError('mine'),
      )
      assert.deepEqual(await visible(folder), [])
    })
    assert.equal(good.requests.length, 1)
  })

  it('goes through the proxy that HTTP_PROXY names', async () => {
    const good = await server('good')
    const asked: string[] = []
    const proxy = createServer()
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '')
      const up = connect(Number(new URL(good.origin).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        up.pipe(socket).pipe(up)
      })
      up.on('error', () => socket.destroy())
      socket.on('error', () => up.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const before = process.env.http_proxy
    process.env.http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    try {
      await inFolder((folder) => fetchFile(remote('http://nowhere.invalid/file.gz'), folder, quick))
      assert.deepEqual(asked, ['nowhere.invalid:80'])
    } finally {
      if (before === undefined) delete process.env.http_proxy
      else process.env.http_proxy = before
      proxy.closeAllConnections()
      proxy.close()
    }
  })
})

const altered = () => {
  const changed = Buffer.from(body)
  changed[5] ^= 1
  return createHash('md5').update(changed).digest('hex')
}
