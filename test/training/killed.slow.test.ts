import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { load } from '../../src/runs/load'
import { readWeights } from '../../src/models/weights'
import { decodeCheckpoint } from '../../src/training/checkpoint'
import { listCheckpoints, readRun } from '../../src/training/runFolder'
import { onEachEngine } from '../support/engines'
import { Random } from '../support/random'
import { typescript } from '../support/child'

const KILLS = process.env.LIDVAE_TEST_FULL ? 100 : 4
const child = path.join(__dirname, 'resumeChild.ts')

/**
 * Where a training is killed without warning: after so many steps, so many milliseconds after its first step,
 * or by itself where `dying.ts` can aim.
 */
type Place = { steps: number; signal?: 'SIGINT' } | { milliseconds: number } | { by: string }

/** Places of every kind in turn, at random within their kind. */
function placeOf(kill: number, random: Random): Place {
  const below = (n: number): number => 1 + Math.floor(random.uniform() * n)
  return [
    () => ({ steps: below(12) }),
    () => ({ by: `writing ${below(60)}` }),
    () => ({ by: `evaluation ${below(3)}` }),
    () => ({ milliseconds: 300 * random.uniform() }),
    () => ({ by: `writing ${below(60)}` }),
  ][kill % 5]()
}

/** Trains in the folder. @returns how it ended: true when to its end, false when killed */
function train(engine: string, folder: string, out: string, place?: Place): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const by = place && 'by' in place ? [place.by] : []
    const one = spawn(process.execPath, [...typescript, child, engine, folder, out, ...by])
    let [seen, complaint, sent] = [0, '', false]
    const kill = (): void => {
      if (!sent) sent = one.kill(place && 'steps' in place ? (place.signal ?? 'SIGKILL') : 'SIGKILL')
    }
    one.stdout.on('data', (text: Buffer) => {
      if (seen === 0 && place && 'milliseconds' in place) setTimeout(kill, place.milliseconds)
      seen += text.toString().split('\n').length - 1
      if (place && 'steps' in place && seen >= place.steps) kill()
    })
    one.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
    one.on('error', reject)
    one.on('close', (code, signal) => {
      if (complaint !== '') reject(new Error(complaint))
      else if (signal !== 'SIGKILL' && code !== 0) reject(new Error(`code ${code}, ${signal}`))
      else resolve(code === 0)
    })
  })
}

/** Fails unless every file that stands there under its own name can be read. */
function requireReadable(folder: string): void {
  readRun(path.join(folder, 'run.json'))
  for (const name of listCheckpoints(folder)) {
    const file = path.join(folder, 'checkpoints', name)
    assert.ok(decodeCheckpoint(fs.readFileSync(file), [], file).position.step > 0)
  }
  if (fs.existsSync(path.join(folder, 'model.json'))) load(folder).dispose()
}

// @fault killed
onEachEngine('a training that is killed', (engine) => {
  it(`ends with the weights and history of an uninterrupted one, ${KILLS} times, and its folder can always be read`, async () => {
    const scratch = fs.mkdtempSync(path.join(tmpdir(), 'lidvae-killed-'))
    const read = (out: string): { weights: Record<string, number[]> } =>
      JSON.parse(fs.readFileSync(out, 'utf8')) as never
    try {
      await train(engine, '-', path.join(scratch, 'unbroken.json'))
      const unbroken = read(path.join(scratch, 'unbroken.json'))
      const random = new Random(engine === 'native' ? 1 : 2)
      let kills = 0
      for (let run = 0; kills < KILLS; run++) {
        const folder = path.join(scratch, `run-${run}`)
        const out = path.join(scratch, `run-${run}.json`)
        for (let finished = false; !finished;) {
          // The last kill is survived like the others.
          finished = await train(engine, folder, out, kills < KILLS ? placeOf(kills, random) : undefined)
          if (!finished) kills++
          requireReadable(folder)
        }
        assert.deepEqual(read(out), unbroken, `run ${run}`)
        const model = load(folder)
        for (const [name, values] of Object.entries(readWeights(model)))
          assert.deepEqual([...values], unbroken.weights[name])
        model.dispose()
        assert.deepEqual(fs.readdirSync(folder).sort(), [
          'checkpoints',
          'model.json',
          'run.json',
          'weights.safetensors',
        ])
        assert.ok(fs.readdirSync(path.join(folder, 'checkpoints')).length <= 3)
      }
    } finally {
      fs.rmSync(scratch, { recursive: true, force: true })
    }
  })

  // @fault stop
  it('is complete after Ctrl-C, and ends as if it had not come', async () => {
    const scratch = fs.mkdtempSync(path.join(tmpdir(), 'lidvae-stopped-'))
    try {
      const [unbroken, stopped, resumed, run] = ['unbroken', 'stopped', 'resumed', 'run'].map((name) =>
        path.join(scratch, name),
      )
      await train(engine, '-', unbroken)
      assert.ok(await train(engine, run, stopped, { steps: 7, signal: 'SIGINT' }), 'it ends by itself')
      const read = (out: string): { steps: number } => JSON.parse(fs.readFileSync(out, 'utf8')) as never
      const { steps } = read(stopped)
      assert.ok(steps >= 7 && steps < read(unbroken).steps, `${steps} steps`)
      await train(engine, run, resumed)
      assert.deepEqual(read(resumed), read(unbroken))
    } finally {
      fs.rmSync(scratch, { recursive: true, force: true })
    }
  })
})
