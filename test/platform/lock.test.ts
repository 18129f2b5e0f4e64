import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { acquire, awaitForeignLock, awaitRelease } from '../../src/platform/lock'
import { newOwner, ownerText, parseOwner } from '../../src/platform/owner'
import { typescript } from '../support/child'

const FOREIGN = '123 lidvae-pod-abc'
const here = newOwner()
// No process has so high a number.
const DEAD = ownerText({ ...here, pid: 2147483646 })
/** The process that started this one: alive, on this machine. */
const ALIVE = ownerText({ ...here, pid: process.ppid, start: startOf(process.ppid) })

/** When a process began, as the system tells, in the words of Linux. */
function startOf(pid: number): string {
  const found = spawnSync('cut', ['-d', ' ', '-f', '22', `/proc/${pid}/stat`], { encoding: 'utf8' })
  return found.stdout.trim()
}
const program = (script: string): string[] => [
  ...typescript,
  '-e',
  `const { acquire } = require(${JSON.stringify(path.resolve('src/platform/lock'))}); ${script}`,
]

/** Linux alone tells when a process began, and has namespaces of process numbers. */
const LINUX = process.platform === 'linux'
const UNSHARE = ['--pid', '--fork', '--mount-proc']
const namespaces =
  spawnSync('unshare', [...UNSHARE, 'true']).status === 0 ? false : 'needs the right to make namespaces'

// @fault two-trainings
describe("a run folder's lock", () => {
  let run: string
  let file: string
  beforeEach(() => {
    run = fs.mkdtempSync(path.join(tmpdir(), 'lidvae-lock-'))
    file = path.join(run, 'lock')
  })
  afterEach(() => fs.rmSync(run, { recursive: true }))

  const written = (): number => fs.statSync(file).mtimeMs
  /** Gives the lock a time so many seconds from now. */
  const age = (seconds: number): void => {
    const then = new Date(Date.now() + 1000 * seconds)
    fs.utimesSync(file, then, then)
  }
  const left = (owner: string, seconds = 0): void => {
    fs.writeFileSync(file, owner)
    age(seconds)
  }
  const owner = (): string => fs.readFileSync(file, 'utf8')
  /** True if this process holds the lock. */
  const isMine = (): boolean => {
    const found = parseOwner(owner())
    return (['pid', 'host', 'space', 'start'] as const).every((field) => found[field] === here[field])
  }

  it('of another machine is respected while its owner gives signs of life, and the error says what to do', () => {
    left(FOREIGN, -20)
    assert.throws(() => acquire(run), {
      name: 'DataError',
      message: `${run} is being trained in by process ${FOREIGN} of another machine or container, as ${file} says. When that process has ended, the folder can be used again 60 seconds later, by itself. Wait for it, or name another folder.`,
    })
    assert.equal(owner(), FOREIGN)
    assert.deepEqual(fs.readdirSync(run), ['lock'])
  })

  // @fault lock-elsewhere
  it('of another machine is taken over when its owner has given no sign for a minute', () => {
    for (const seconds of [-3600, -61, 3600]) {
      left(FOREIGN, seconds)
      const lock = acquire(run)
      assert.ok(isMine(), owner())
      lock.require()
      assert.deepEqual(fs.readdirSync(run), ['lock'])
      lock.release()
      assert.deepEqual(fs.readdirSync(run), [])
    }
  })

  it('of this machine goes by the process, however old it is', { skip: !LINUX }, () => {
    left(DEAD)
    acquire(run).release()
    left(ALIVE, -3600)
    assert.throws(
      () => acquire(run),
      /trained in by process \d+ \S+\. Wait for it, or name another folder\.$/,
    )
  })

  it('of a process whose number another process has now is taken over at once', { skip: !LINUX }, () => {
    left(ownerText({ ...here, pid: process.ppid, start: '1' }))
    acquire(run).release()
    left(ownerText({ ...here, start: '1' }))
    acquire(run).release()
  })

  it('without the time of its beginning goes by the heartbeat, since its number may be used again', () => {
    for (const old of [
      `${process.ppid} ${hostname()}`,
      ownerText({ ...here, pid: process.ppid, start: '' }),
    ]) {
      left(old, -20)
      assert.throws(() => acquire(run), /can be used again 60 seconds later, by itself/)
      left(old, -61)
      acquire(run).release()
    }
  })

  it(
    'of another container of this machine goes by the heartbeat, whatever its process number',
    { skip: !LINUX },
    () => {
      for (const pid of [process.ppid, process.pid, 2147483646]) {
        const other = ownerText({ ...here, pid, space: `${here.space}1` })
        left(other, -20)
        assert.throws(() => acquire(run), /of another machine or container, as/)
        left(other, -61)
        acquire(run).release()
      }
    },
  )

  it('that is a folder, a pipe or a device is refused at once, however old', { skip: !LINUX }, async () => {
    const kinds: [() => void, string][] = [
      [() => fs.mkdirSync(file), 'a folder'],
      [() => spawnSync('mkfifo', [file]), 'a pipe, a device or a socket'],
      [() => fs.symlinkSync('/dev/zero', file), 'a pipe, a device or a socket'],
    ]
    for (const [make, what] of kinds) {
      make()
      fs.lutimesSync(file, 1, 1)
      assert.throws(() => acquire(run), {
        name: 'DataError',
        message: `${file} is ${what}, not a lock. Move it away, or name another folder.`,
      })
      await awaitForeignLock(run, () => assert.fail('nobody holds it'))
      assert.deepEqual(fs.readdirSync(run), ['lock'])
      fs.rmSync(file, { recursive: true })
    }
  })

  it('of gigabytes or of rubbish is one line, and what only looks left over is left alone', () => {
    left('')
    fs.truncateSync(file, 3e9)
    assert.throws(() => acquire(run), /is being trained in by process unknown of another machine/)
    left(`${'x '.repeat(5000)}`)
    assert.throws(() => acquire(run), /is being trained in by process unknown of another machine/)
    fs.rmSync(file)
    const other = path.join(run, 'lock.old')
    fs.mkdirSync(other)
    fs.utimesSync(other, 1, 1)
    acquire(run).release()
    assert.deepEqual(fs.readdirSync(run), ['lock.old'])
  })

  it('is not taken twice by one process, by whatever path', () => {
    const other = `${run}-link`
    fs.symlinkSync(run, other)
    const lock = acquire(run)
    for (const folder of [run, other, path.join(other, '.')])
      assert.throws(() => acquire(folder), /is being trained in by this process/)
    lock.release()
    acquire(other).release()
    fs.rmSync(other)
  })

  it('is not taken by another copy of this program in the same process', { skip: !LINUX }, () => {
    left(ownerText(here), -3600)
    assert.throws(() => acquire(run), /is being trained in by this process/)
  })

  it('is one of two containers at a time', { skip: namespaces }, async () => {
    const inside = JSON.stringify(path.join(run, 'inside'))
    // In a namespace of its own every process is number 1 or nearly so.
    const script = program(`
      const fs = require('node:fs')
      let lock
      try { lock = acquire(${JSON.stringify(run)}) } catch (error) { process.stdout.write(error.message); process.exit(3) }
      fs.writeFileSync(${inside}, '', { flag: 'wx' })
      const end = Date.now() + 4000
      while (Date.now() < end) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
      lock.require()
      fs.rmSync(${inside})
      lock.release()`)
    const start = (): Promise<{ code: number | null; text: string }> =>
      new Promise((resolve) => {
        const child = spawn('unshare', [...UNSHARE, process.execPath, ...script])
        let text = ''
        child.stdout.on('data', (piece) => (text += String(piece)))
        child.on('exit', (code) => resolve({ code, text }))
      })
    const ended = await Promise.all([start(), start()])
    assert.deepEqual(ended.map(({ code }) => code).sort(), [0, 3])
    assert.match(ended.map(({ text }) => text).join(''), /of another machine or container/)
  })

  it('tells that its owner lives while it is held, and no longer', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const lock = acquire(run)
    for (let beat = 0; beat < 3; beat++) {
      age(-3600)
      const before = written()
      t.mock.timers.tick(5_000)
      assert.ok(written() > before + 3_000_000)
      assert.ok(isMine(), owner())
    }
    lock.release()
    left(ownerText(here), -3600)
    const before = written()
    t.mock.timers.tick(60_000)
    assert.equal(written(), before)
  })

  it('that another process has taken meanwhile is neither renewed nor removed, and writing is refused', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const lock = acquire(run)
    left(FOREIGN, -30)
    const before = written()
    t.mock.timers.tick(60_000)
    assert.equal(written(), before)
    assert.throws(() => lock.require(), {
      name: 'DataError',
      message: `${run} was taken over by process ${FOREIGN}, because this one gave no heartbeat for 60 seconds. Let that one continue.`,
    })
    lock.release()
    assert.equal(owner(), FOREIGN)
  })

  it('keeps no process alive', () => {
    const { status, stderr } = spawnSync(process.execPath, program(`acquire(${JSON.stringify(run)})`), {
      encoding: 'utf8',
      timeout: 300_000,
    })
    assert.equal(status, 0, stderr)
    assert.equal(parseOwner(owner()).host, hostname())
    acquire(run).release()
  })

  it('leaves nothing of processes that were killed as they took it, and what others need', () => {
    const names = ['lock.0a', 'lock.1b.old', 'lock.2c', 'lock.3d.old']
    for (const name of names) fs.writeFileSync(path.join(run, name), '')
    for (const name of names.slice(2)) fs.utimesSync(path.join(run, name), 1, 1)
    acquire(run).release()
    assert.deepEqual(fs.readdirSync(run).sort(), names.slice(0, 2))
  })

  for (const [whose, before, seconds] of [
    ['this', DEAD, 0],
    ['another', FOREIGN, -3600],
  ] as const)
    it(`is one process's at a time, also when several find the one of a process of ${whose} machine that is gone`, async () => {
      left(before, seconds)
      const inside = JSON.stringify(path.join(run, 'inside'))
      const script = program(`
        const fs = require('node:fs')
        let lock
        try { lock = acquire(${JSON.stringify(run)}) } catch { process.exit(3) }
        // Nobody else may be inside meanwhile.
        fs.writeFileSync(${inside}, '', { flag: 'wx' })
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
        fs.rmSync(${inside})
        lock.release()`)
      const codes = await Promise.all(
        Array.from(
          { length: 5 },
          () => new Promise((resolve) => spawn(process.execPath, script).on('exit', resolve)),
        ),
      )
      assert.ok(codes.includes(0))
      assert.deepEqual(new Set([...codes, 0, 3]), new Set([0, 3]), `exit codes ${codes.join()}`)
    })

  it('is waited for until its owner gives it back, or is gone', { skip: !LINUX }, async () => {
    const said: string[] = []
    const waiting = (pause: () => unknown): Promise<boolean> =>
      awaitRelease(
        run,
        (line) => said.push(line),
        () => Promise.resolve(pause()),
      )
    assert.equal(await waiting(() => assert.fail('nothing to wait for')), false)
    for (const [owner, ends] of [
      [ALIVE, () => fs.rmSync(file)],
      [FOREIGN, () => age(-3600)],
      [ALIVE, () => left(DEAD)],
    ] as const) {
      left(owner)
      let pauses = 0
      assert.equal(await waiting(() => ++pauses === 3 && ends()), true)
      assert.equal(pauses, 3)
      assert.match(said.pop()!, /^process \d+ \S+ trains in .*: waits until it ends$/)
      assert.deepEqual(said, [])
    }
  })

  // @fault lock-elsewhere
  describe('of another machine, waited for', () => {
    /** Waits, with something that happens at each pause. @returns what was said, and how many pauses there were */
    const waited = async (happens: (pause: number) => void): Promise<[string[], number]> => {
      const said: string[] = []
      let pauses = 0
      await awaitForeignLock(
        run,
        (line) => said.push(line),
        () => Promise.resolve(happens(++pauses)),
      )
      return [said, pauses]
    }

    it('says so once, until it can be taken over', async () => {
      left(FOREIGN, -20)
      const [said, pauses] = await waited((pause) => age(-20 - 11 * pause))
      assert.deepEqual(said, [
        `process ${FOREIGN} trained in ${run}: waits for at most 60 seconds to see whether it lives`,
      ])
      assert.equal(pauses, 4)
      acquire(run).release()
    })

    it('ends at a sign of life', async () => {
      left(FOREIGN, -20)
      const [, pauses] = await waited((pause) => pause === 3 && age(0))
      assert.equal(pauses, 3)
      assert.throws(() => acquire(run), /is being trained in by process 123 lidvae-pod-abc/)
    })

    it('ends when it is given back', async () => {
      left(FOREIGN)
      const [, pauses] = await waited(() => fs.rmSync(file))
      assert.equal(pauses, 1)
    })

    it('does not wait where there is none, an old one, or one of this machine', async () => {
      assert.deepEqual(await waited(() => undefined), [[], 0])
      left(FOREIGN, -3600)
      assert.deepEqual(await waited(() => undefined), [[], 0])
      left(LINUX ? ALIVE : DEAD)
      assert.deepEqual(await waited(() => undefined), [[], 0])
    })
  })
})
