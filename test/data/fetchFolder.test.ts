import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, it } from 'node:test'
import type { RemoteFile } from '../../src/data/fetch'
import { fetchFolder, putByHand } from '../../src/data/fetchFolder'
import { Random } from '../support/random'
import { FaultServer } from './faultServer'
import { Server } from './server'
import type { Manner } from './server'
import { inFolder } from './temporary'
import { typescript } from '../support/child'

const body = randomBytes(100_000)
const md5 = createHash('md5').update(body).digest('hex')
const running: Server[] = []

async function server(...manners: Manner[]): Promise<Server> {
  const started = await Server.start(body, manners)
  running.push(started)
  return started
}

const files = (from: Server, ...names: string[]): RemoteFile[] =>
  names.map((name) => ({ name, size: body.length, md5, urls: [from.url(name)] }))

afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.stop()))
})

/** Starts a process that downloads; `said` resolves with its exit code, signal and output. */
function child(folder: string, wanted: RemoteFile[], onOutput?: () => void) {
  const script = path.join(__dirname, 'fetchInChild.ts')
  const started = spawn(process.execPath, [...typescript, script, folder, JSON.stringify(wanted)])
  let output = ''
  started.stdout.on('data', (text: Buffer) => {
    output += text.toString()
    onOutput?.()
  })
  started.stderr.on('data', (text: Buffer) => (output += text.toString()))
  const said = new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) =>
    started.on('close', (code, signal) => resolve({ code, signal, output })),
  )
  return { started, said }
}

describe('fetchFolder', () => {
  it('makes the folder, downloads what is missing or damaged, and says what', async () => {
    const good = await server('good')
    await inFolder(async (base) => {
      const folder = path.join(base, 'a', 'b')
      const wanted = files(good, 'one', 'two', 'three')
      assert.deepEqual(await fetchFolder(wanted, folder), ['one', 'two', 'three'])
      assert.deepEqual(await fetchFolder(wanted, folder), [])
      await writeFile(path.join(folder, 'two'), body.subarray(1))
      assert.deepEqual(await fetchFolder(wanted, folder), ['two'])
      assert.deepEqual(await readFile(path.join(folder, 'two')), body)
      assert.deepEqual((await readdir(folder)).sort(), ['one', 'three', 'two'])
    })
    assert.deepEqual(good.requests, ['/one', '/two', '/three', '/two'])
  })

  it('keeps what came whole when a later file fails, and names all files for doing it by hand', async () => {
    const [good, bad] = [await server('good'), await server('404')]
    await inFolder(async (folder) => {
      const wanted = [...files(good, 'one'), ...files(bad, 'two')]
      await assert.rejects(fetchFolder(wanted, folder), (error: Error) => {
        assert.match(error.message, /Could not download two .*answered 404/)
        assert.match(
          error.message,
          new RegExp(`into ${folder} by hand: one \\(100,000 bytes, MD5 ${md5}\\), two \\(`),
        )
        return true
      })
      assert.deepEqual(await readdir(folder), ['one'])
    })
  })

  it('says how to do it by hand in one line', () => {
    const file = {
      name: 'a.gz',
      size: 5148,
      md5: 'bb30',
      urls: ['http://x.org/d/a.gz', 'https://y.org/e/a.gz'],
    }
    assert.equal(
      putByHand([file], '/cache/data'),
      'Without a network, put these into /cache/data by hand: a.gz (5,148 bytes, MD5 bb30), ' +
        'from http://x.org/d/ or https://y.org/e/.',
    )
  })

  it('names a folder that cannot be made or written to', async () => {
    const good = await server('good')
    await inFolder(async (base) => {
      const taken = path.join(base, 'taken')
      await writeFile(taken, '')
      await assert.rejects(
        fetchFolder(files(good, 'one'), taken),
        /taken is a file, not a folder.*LIDVAE_CACHE/,
      )
      await assert.rejects(
        fetchFolder(files(good, 'one'), path.join(taken, 'in')),
        /\(ENOTDIR\).*LIDVAE_CACHE/,
      )
      if (existsSync('/proc/self')) {
        await assert.rejects(
          fetchFolder(files(good, 'one'), '/proc/self/lidvae'),
          /^DataError: \/proc.*LIDVAE_CACHE/,
        )
        // A folder that is there and takes no new files, not even from root.
        await symlink('/proc/self', path.join(base, 'link'))
        await assert.rejects(
          fetchFolder(files(good, 'one'), path.join(base, 'link')),
          /^DataError: .*LIDVAE_CACHE/,
        )
      }
    })
    assert.equal(good.requests.length, 0)
  })

  it('clears what killed processes left, and nothing else', async () => {
    const good = await server('good')
    await inFolder(async (folder) => {
      for (const name of ['.one.123.part', '.other.9.part', '.other.9.part.json', 'mine.part', '.hidden'])
        await writeFile(path.join(folder, name), 'x')
      await fetchFolder(files(good, 'one'), folder)
      assert.deepEqual((await readdir(folder)).sort(), ['.hidden', 'mine.part', 'one'])
    })
  })

  it('takes over the lock of a process that died', async () => {
    const good = await server('good')
    await inFolder(async (folder) => {
      await mkdir(path.join(folder, '.lock'))
      const long = new Date(Date.now() - 60_000)
      await utimes(path.join(folder, '.lock'), long, long)
      assert.deepEqual(await fetchFolder(files(good, 'one'), folder), ['one'])
      assert.deepEqual(await readdir(folder), ['one'])
    })
  })

  it('waits for a lock that is held, says so once, and can be called off', async () => {
    const good = await server('good')
    await inFolder(async (folder) => {
      await mkdir(path.join(folder, '.lock'))
      const stop = new AbortController()
      let waits = 0
      const onWait = () => {
        waits++
        setTimeout(() => stop.abort(new Error('enough')), 500)
      }
      await assert.rejects(fetchFolder(files(good, 'one'), folder, { signal: stop.signal, onWait }))
      assert.equal(waits, 1)
    })
    assert.equal(good.requests.length, 0)
  })

  it('downloads once when two processes, and two calls in one of them, ask at the same time', async () => {
    const slow = await server('slow')
    await inFolder(async (folder) => {
      const wanted = files(slow, 'one', 'two')
      const both = [child(folder, wanted), child(folder, wanted)]
      const here = await Promise.all([fetchFolder(wanted, folder), fetchFolder(wanted, folder)])
      const said = await Promise.all(both.map((c) => c.said))
      assert.deepEqual(
        said.map((s) => s.code),
        [0, 0],
        JSON.stringify(said),
      )
      const there = said.map((s) => JSON.parse(s.output.replace(/^\.*/, '')) as string[])
      assert.deepEqual([...here, ...there].flat().sort(), ['one', 'two'])
      assert.deepEqual((await readdir(folder)).sort(), ['one', 'two'])
    })
    assert.deepEqual(slow.requests, ['/one', '/two'])
  })

  it('leaves nothing in place when interrupted or killed, and goes on where it ended', async () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      const stuck = await FaultServer.start({ body, etag: '"a"' }, ['stall'], new Random(1))
      const wanted = [{ name: 'one', size: body.length, md5, urls: [stuck.url] }]
      await inFolder(async (folder) => {
        const ended = child(folder, wanted, () => ended.started.kill(signal))
        assert.equal((await ended.said).signal, signal)
        const part = `.one.${ended.started.pid}.part`
        // Only a kill leaves the lock, which then counts as free after a while.
        const lock = signal === 'SIGKILL' ? ['.lock'] : []
        assert.deepEqual((await readdir(folder)).sort(), [...lock, part, `${part}.json`])
        const { size } = await stat(path.join(folder, part))
        stuck.faults = ['none']
        assert.deepEqual(await fetchFolder(wanted, folder, { stale: 2000 }), ['one'])
        assert.deepEqual(await readdir(folder), ['one'])
        assert.deepEqual(stuck.requests, ['all', `bytes=${size}-`])
      }).finally(() => stuck.stop())
    }
  })
})
