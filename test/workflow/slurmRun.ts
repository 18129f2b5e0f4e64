import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { CellRecord } from '../../src/apps/experiments/table/record'
import { packageRoot } from '../../src/platform/places'
import { argumentsOf, listen, snakemake } from './snakemake'
import type { Slurm } from './slurm'

const { LIDVAE_DATA: _, ...env } = process.env

const inTable = (folder: string, where: string, method: string): string =>
  path.join(folder, where, 'table', 'quick', 'synthetic-text', method, 'seed-1')

/** What is the same however often a cell was interrupted, and wherever it ran. */
function resultOf(folder: string, method: string): Partial<CellRecord> {
  const file = `${inTable(folder, 'results', method)}.json`
  const { metrics, curve, updates } = JSON.parse(readFileSync(file, 'utf8')) as CellRecord
  return { metrics, curve, updates }
}

export const sameResults = (folder: string, unbroken: string, methods: readonly string[]): void => {
  for (const method of methods) assert.deepEqual(resultOf(folder, method), resultOf(unbroken, method), method)
}

/** Makes the records without a cluster, in a new folder. */
export function makeUnbroken(folder: string, methods: readonly string[]): void {
  mkdirSync(folder)
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      path.join(packageRoot(), 'bin', 'lidvae.js'),
      ...['table', '--size', 'quick', '--data', 'synthetic-text', '--method', methods.join(',')],
    ],
    {
      cwd: folder,
      env: { ...env, TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' },
      encoding: 'utf8',
    },
  )
  assert.equal(status, 0, stderr)
}

/** The workflow in a folder, as a person starts it; further arguments follow. */
export class SlurmRun {
  constructor(
    private readonly slurm: Slurm,
    readonly folder: string,
    private readonly methods: readonly string[],
    private readonly config: readonly string[] = [],
  ) {
    mkdirSync(folder, { recursive: true })
  }

  start(...more: string[]): { child: ChildProcess; said: () => string; ended: Promise<unknown> } {
    const config = ['size=quick', 'data=synthetic-text', `method=${this.methods.join(',')}`, ...this.config]
    const child = spawn(snakemake, [...argumentsOf(this.folder, 'slurm', config), ...more], {
      env,
      stdio: 'pipe',
    })
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
    return { child, said: listen(child), ended }
  }

  /** Waits for a checkpoint of a cell whose job runs, and returns the number of the job. */
  async underWay(method: string): Promise<string> {
    const checkpoints = path.join(inTable(this.folder, 'runs', method), 'checkpoints')
    for (;;) {
      const id = this.running().get(method)
      if (id !== undefined && existsSync(checkpoints) && readdirSync(checkpoints).some(isCheckpoint))
        return id
      await wait(200)
    }
  }

  /** The process that trains a cell, as its lock names it. */
  processOf(method: string): number {
    return Number(readFileSync(this.lock(method), 'utf8').split(' ')[0])
  }

  private lock(method: string): string {
    return path.join(inTable(this.folder, 'runs', method), 'lock')
  }

  /** Kills the process that trains a cell, and waits until another one trains it. */
  async killed(method: string): Promise<void> {
    const one = this.processOf(method)
    process.kill(one, 'SIGKILL')
    while (!existsSync(this.lock(method)) || this.processOf(method) === one) await wait(100)
  }

  /** Waits until a job is in a state, by Slurm's name. */
  async reaches(id: string, state: string): Promise<void> {
    while (this.slurm.ask('squeue', '-h', '-t', 'all', '-j', id, '-o', '%T').trim() !== state) await wait(500)
  }

  /**
   * Does what puts a job back into the queue, and waits until it runs again. Slurm itself waits for two
   * minutes before that.
   */
  async requeued(id: string, act: () => unknown): Promise<void> {
    act()
    const job = (): string => this.slurm.ask('scontrol', 'show', 'job', id)
    while (!/ Restarts=1 /.test(job())) await wait(500)
    while (!/JobState=RUNNING/.test(job())) {
      this.slurm.ask('scontrol', 'update', `jobid=${id}`, 'starttime=now')
      await wait(500)
    }
  }

  /** The numbers of the jobs that run, by method. */
  private running(): Map<string, string> {
    return new Map(
      this.slurm
        .ask('squeue', '-h', '-t', 'RUNNING', '-o', '%i %k')
        .split('\n')
        .flatMap((line) => {
          const [, id, method] = /^(\d+) .*text_([\w.-]+)_1/.exec(line) ?? []
          return id === undefined ? [] : [[method, id] as const]
        }),
    )
  }
}

const isCheckpoint = (name: string): boolean => name.startsWith('step-')

/** Says how long something took. */
export async function timed(what: string, act: () => Promise<void>): Promise<void> {
  const began = performance.now()
  await act()
  console.log(`    ${what}: ${((performance.now() - began) / 1000).toFixed(0)} s`)
}
