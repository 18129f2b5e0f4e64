import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { decodeCheckpoint } from '../../src/training/checkpoint'
import { listCheckpoints } from '../../src/training/runFolder'
import { inTemporary } from '../setup/prepareSupport'
import { onEachEngine } from '../support/engines'
import { typescript } from '../support/child'

const child = path.join(__dirname, 'endedChild.ts')

const noTerminal =
  spawnSync('python3', ['-c', 'import os, pty; os.waitstatus_to_exitcode']).status !== 0 &&
  'there is no Python of 3.9 to make a terminal'

interface Wanted {
  /** What makes the signal come; never without. */
  at?: RegExp
  signal?: NodeJS.Signals
  how?: 'listens' | 'measures'
  /** How often it is sent. */
  times?: number
  /** Nobody reads any more what it prints. */
  deaf?: boolean
  /** No run folder. */
  nowhere?: boolean
}

interface After {
  weights: Record<string, number[]>
  steps: number
  stopped: boolean
  heard: string[]
}

// @fault signal
onEachEngine('a script that a signal ends', (engine) => {
  /**
   * Trains in a folder below `place`, and says how the process ended, which steps it did and what came after
   * the training.
   */
  const train = (place: string, { at, signal, how, times = 1, deaf, nowhere }: Wanted = {}) => {
    const [run, out, steps] = ['run', 'out.json', 'steps'].map((name) => path.join(place, name))
    fs.rmSync(steps, { force: true })
    const args = [...typescript, child, engine, nowhere ? '-' : run, out, steps, how ?? '']
    return new Promise<{ code: number | null; by: string | null; steps: number[]; after?: After }>(
      (resolve, reject) => {
        const one = spawn(process.execPath, args)
        let [said, complaint, sent] = ['', '', false]
        one.stdout.on('data', (text: Buffer) => {
          said += text.toString()
          if (sent || !at?.test(said)) return
          sent = true
          if (deaf) one.stdout.destroy()
          for (let i = 0; i < times; i++) one.kill(signal)
        })
        one.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
        one.on('error', reject)
        one.on('exit', (code, by) => {
          if (complaint !== '') return reject(new Error(complaint))
          const done = fs.readFileSync(steps, 'utf8').trim().split('\n').map(Number)
          const after = fs.existsSync(out) ? (JSON.parse(fs.readFileSync(out, 'utf8')) as After) : undefined
          resolve({ code, by, steps: done, after })
        })
      },
    )
  }

  /** Fails unless the folder is free and has the one checkpoint of this step. */
  const requireCheckpoint = (place: string, step: number): void => {
    const run = path.join(place, 'run')
    const names = listCheckpoints(run)
    assert.equal(names.length, 1)
    const file = path.join(run, 'checkpoints', names[0])
    assert.equal(decodeCheckpoint(fs.readFileSync(file), [], file).position.step, step)
    assert.deepEqual(fs.readdirSync(run).sort(), ['checkpoints', 'run.json'])
  }

  it('keeps the current step, runs nothing after the training, and resumes to the same weights', () =>
    inTemporary(async (folder) => {
      const whole = await train(folder)
      assert.equal(whole.steps.length, 30)
      const cases: [NodeJS.Signals, Wanted][] = [
        ['SIGTERM', {}],
        ['SIGHUP', {}],
        // As `timeout` does, to the process and to its group.
        ['SIGTERM', { times: 3 }],
        ['SIGHUP', { deaf: true }],
        ['SIGTERM', { how: 'measures', at: /measuring/ }],
      ]
      // Signals are no matter of the engine: the second takes two of them.
      for (const [signal, more] of engine === 'native' ? cases : cases.slice(0, 2)) {
        const place = fs.mkdtempSync(path.join(folder, 'x-'))
        const story = `${signal} ${JSON.stringify(more)}`
        const ended = await train(place, { at: /\b7\n/, signal, ...more })
        assert.deepEqual([ended.code, ended.by, ended.after], [null, signal, undefined], story)
        const last = ended.steps.at(-1)!
        assert.ok(last < 30, story)
        requireCheckpoint(place, last)
        const resumed = await train(place)
        assert.equal(resumed.steps[0], last + 1, story)
        assert.deepEqual(resumed.after, whole.after, story)
      }
    }))

  it('keeps the current step when its terminal is closed', { skip: noTerminal }, () =>
    inTemporary((folder) => {
      const [run, out, steps] = ['run', 'out.json', 'steps'].map((name) => path.join(folder, name))
      const command = [process.execPath, ...typescript, child, engine, run, out, steps]
      const { stdout } = spawnSync('python3', [path.join(__dirname, 'terminal.py'), steps, ...command], {
        encoding: 'utf8',
      })
      assert.equal(stdout.trim(), '-1', 'by SIGHUP')
      assert.ok(!fs.existsSync(out))
      requireCheckpoint(folder, Number(fs.readFileSync(steps, 'utf8').trim().split('\n').at(-1)))
    }),
  )

  it('finishes the current step without a run folder too', () =>
    inTemporary(async (folder) => {
      const ended = await train(folder, { at: /\b7\n/, signal: 'SIGTERM', nowhere: true })
      assert.deepEqual([ended.code, ended.by, ended.after], [null, 'SIGTERM', undefined])
      assert.ok(ended.steps.length < 30)
    }))

  it('decides itself if it listens: the training stops, and the code after it runs', () =>
    inTemporary(async (folder) => {
      const { code, steps, after } = await train(folder, { at: /\b7\n/, signal: 'SIGTERM', how: 'listens' })
      assert.equal(code, 7)
      assert.deepEqual([after?.stopped, after?.heard], [true, ['SIGTERM']])
      requireCheckpoint(folder, steps.at(-1)!)
    }))

  // @fault stop
  it('continues after a training that Ctrl-C stopped, once or twice in a moment', () =>
    inTemporary(async (folder) => {
      const { code, steps, after } = await train(folder, { at: /\b7\n/, signal: 'SIGINT', times: 2 })
      assert.deepEqual([code, after?.stopped], [0, true])
      requireCheckpoint(folder, steps.at(-1)!)
    }))
})
