import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { packageRoot } from '../../src/platform/places'
import type { CellRecord } from '../../src/apps/experiments/table/record'
import { argumentsOf, listen, prepareSnakemake, snakemake } from './snakemake'
import { type Slurm, startSlurm, whyNoSlurm } from './slurm'

const METHODS = ['plain', 'free-bits', 'lid']
const { LIDVAE_DATA: _, ...env } = process.env

/** What is the same however often a cell was interrupted, and wherever it ran. */
function resultOf(folder: string, method: string): Partial<CellRecord> {
  const file = path.join(folder, 'results', 'table', 'quick', 'synthetic-text', method, 'seed-1.json')
  const { metrics, curve, updates } = JSON.parse(readFileSync(file, 'utf8')) as CellRecord
  return { metrics, curve, updates }
}

const checkpointsOf = (folder: string, method: string): string =>
  path.join(folder, 'runs', 'table', 'quick', 'synthetic-text', method, 'seed-1', 'checkpoints')

const isUnderWay = (folder: string, method: string): boolean => {
  const checkpoints = checkpointsOf(folder, method)
  return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.startsWith('step-'))
}

describe('the workflow on a Slurm without accounting', () => {
  let slurm: Slurm | undefined
  let missing: string | undefined
  let folder: string
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'lidvae-slurm-'))
    missing = whyNoSlurm() ?? prepareSnakemake()
    if (missing) return console.log(`NO SLURM: ${missing}`)
    slurm = await startSlurm(path.join(folder, 'slurm'))
  })
  after(async () => {
    await slurm?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = (where: string, ...more: string[]): ChildProcess => {
    mkdirSync(where, { recursive: true })
    const config = ['size=quick', 'data=synthetic-text', `method=${METHODS.join(',')}`]
    return spawn(snakemake, [...argumentsOf(where, 'slurm', config), ...more], { env, stdio: 'pipe' })
  }
  const ended = (one: ChildProcess): Promise<unknown> =>
    new Promise((resolve) => one.once('exit', (code, signal) => resolve(signal ?? code)))
  /** The numbers of the jobs that run, by method. */
  const jobs = (): Map<string, string> =>
    new Map(
      slurm!
        .ask('squeue', '-h', '-t', 'RUNNING', '-o', '%i %k')
        .split('\n')
        .flatMap((line) => {
          const [, id, method] = /^(\d+) .*text_([\w.-]+)_1/.exec(line) ?? []
          return id === undefined ? [] : [[method, id] as const]
        }),
    )
  /** Waits for a checkpoint of a cell, and returns the number of its job. */
  const jobUnderWay = async (where: string, method: string): Promise<string> => {
    for (;;) {
      const id = jobs().get(method)
      if (id !== undefined && isUnderWay(where, method)) return id
      await wait(200)
    }
  }

  it('repeats a job that was cancelled, one that was put back, and one of a killed Snakemake: the same numbers', async (t) => {
    if (!slurm) return t.skip(missing)
    const whole = path.join(folder, 'whole')
    const command = ['table', '--size', 'quick', '--data', 'synthetic-text', '--method', METHODS.join(',')]
    const threads = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' }
    mkdirSync(whole)
    const unbroken = spawnSync(process.execPath, [path.join(packageRoot(), 'bin', 'lidvae.js'), ...command], {
      cwd: whole,
      env: { ...env, ...threads },
      encoding: 'utf8',
    })
    assert.equal(unbroken.status, 0, unbroken.stderr)

    const where = path.join(folder, 'broken')
    const first = start(where)
    let said = listen(first)
    slurm.ask('scancel', await jobUnderWay(where, 'lid'))
    slurm.ask('scontrol', 'requeue', await jobUnderWay(where, 'lid'))
    await jobUnderWay(where, 'lid')
    first.kill('SIGKILL')
    assert.equal(await ended(first), 'SIGKILL', said())

    const locked = start(where)
    said = listen(locked)
    assert.equal(await ended(locked), 1)
    assert.match(said(), /LockException/)
    assert.equal(await ended(start(where, '--unlock')), 0)
    const again = start(where)
    said = listen(again)
    assert.equal(await ended(again), 0, said())
    for (const method of METHODS) assert.deepEqual(resultOf(where, method), resultOf(whole, method), method)
  })
})
