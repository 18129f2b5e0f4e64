import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { acquire, awaitForeignLock } from '../../src/platform/lock'
import { typescript } from '../support/child'

const FOREIGN = '123 lidvae-pod-abc'
// No process has so high a number.
const DEAD = `2147483646 ${hostname()}`
const program = (script: string): string[] => [
  ...typescript,
  '-e',
  `const { acquire } = require(${JSON.stringify(path.resolve('src/platform/lock'))}); ${script}`,
]

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
  const mine = `${process.pid} ${hostname()}`

  it('of another machine is respected while its owner gives signs of life, and the error says what to do', () => {
    left(FOREIGN, -20)
    assert.throws(() => acquire(run), {
      name: 'DataError',
      message: `${run} is being trained in by process ${FOREIGN} of another machine, as ${file} says. When that process has ended, the folder can be used again 60 seconds later, by itself. Wait for it, or name another folder.`,
    })
    assert.equal(owner(), FOREIGN)
    assert.deepEqual(fs.readdirSync(run), ['lock'])
  })

  it('of another machine is taken over when its owner has given no sign for a minute', () => {
    for (const seconds of [-3600, -61, 3600]) {
      left(FOREIGN, seconds)
      const lock = acquire(run)
      assert.equal(owner(), mine)
      lock.require()
      assert.deepEqual(fs.readdirSync(run), ['lock'])
      lock.release()
      assert.deepEqual(fs.readdirSync(run), [])
    }
  })

  it('of this machine goes by the process, however old it is', () => {
    left(DEAD)
    acquire(run).release()
    left(`${process.ppid} ${hostname()}`, -3600)
    assert.throws(
      () => acquire(run),
      /trained in by process \d+ \S+\. Wait for it, or name another folder\.$/,
    )
  })

  it('tells that its owner lives while it is held, and no longer', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const lock = acquire(run)
    for (let beat = 0; beat < 3; beat++) {
      age(-3600)
      const before = written()
      t.mock.timers.tick(5_000)
      assert.ok(written() > before + 3_000_000)
      assert.equal(owner(), mine)
    }
    lock.release()
    left(mine, -3600)
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
    assert.ok(owner().endsWith(hostname()))
    acquire(run).release()
  })

  it('leaves nothing of processes that were killed as they took it, and what others need', () => {
    const names = [
      `lock.2147483646.${hostname()}`,
      `lock.${process.ppid}.${hostname()}`,
      'lock.7.pod',
      'lock.8.pod.old',
    ]
    for (const name of names) fs.writeFileSync(path.join(run, name), '')
    fs.utimesSync(path.join(run, names[3]), 1, 1)
    acquire(run).release()
    assert.deepEqual(fs.readdirSync(run).sort(), [names[1], names[2]].sort())
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
      left(`${process.ppid} ${hostname()}`)
      assert.deepEqual(await waited(() => undefined), [[], 0])
    })
  })
})
