import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { cacheFolder, packageRoot } from '../../src/platform/places'
import { cellsOf } from '../../src/apps/experiments/table/cell'
import type { CellRecord } from '../../src/apps/experiments/table/record'
import { inTemporary } from '../setup/prepareSupport'

const root = packageRoot()
const workflow = path.join(root, 'workflow')
const venv = path.join(cacheFolder(), 'workflow')
const snakemake = path.join(venv, 'bin', 'snakemake')

/** Snakemake of `workflow/requirements.txt` in the cache, made once a machine; in words why not, where it cannot be had. */
function prepare(): string | undefined {
  const run = (command: string, args: string[]) =>
    spawnSync(command, args, { encoding: 'utf8', timeout: 400_000 })
  if (run(snakemake, ['--version']).status === 0) return undefined
  mkdirSync(path.dirname(venv), { recursive: true })
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', venv]],
    [
      path.join(venv, 'bin', 'python'),
      ['-m', 'pip', 'install', '-q', '-r', path.join(workflow, 'requirements.txt')],
    ],
  ]
  for (const [command, args] of steps) {
    const { status, stderr, error } = run(command, args)
    if (status !== 0)
      return `Snakemake cannot be had here: ${(error?.message ?? stderr).trim().split('\n').pop()}`
  }
  return undefined
}

const argumentsOf = (directory: string, profile: string, config: string[]): string[] => [
  ...['-s', path.join(workflow, 'Snakefile'), '--directory', directory],
  ...['--profile', path.join(workflow, 'profiles', profile), '--config', ...config],
]
const env = { ...process.env, LIDVAE_DATA: process.env.LIDVAE_DATA ?? 'none' }

describe('the workflow', () => {
  let missing: string | undefined
  before(() => (missing = prepare()))

  for (const profile of ['local', 'slurm', 'kubernetes'])
    it(`plans every cell of the table with the profile ${profile}`, (t) =>
      inTemporary((folder) => {
        if (missing) return t.skip(missing)
        const args = [...argumentsOf(folder, profile, ['size=quick']), '--dry-run', '--cores', '1', '-p']
        const { status, stdout, stderr } = spawnSync(snakemake, args, { encoding: 'utf8', env })
        assert.equal(status, 0, stderr)
        for (const { data, method, seed } of cellsOf())
          assert.ok(
            `${stdout}${stderr}`.includes(`results/table/quick/${data}/${method}/seed-${seed}.json`),
            method,
          )
        assert.match(`${stdout}${stderr}`, new RegExp(`^cell +${cellsOf().length}$`, 'm'))
        assert.match(`${stdout}${stderr}`, /mem_mb=4000\b/)
        assert.match(`${stdout}${stderr}`, /TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 /)
        assert.deepEqual(existsSync(path.join(folder, 'results')), false)
      }))

  it('runs cells on local cores, and a job that is killed goes on where it was', (t) =>
    inTemporary(async (folder) => {
      if (missing) return t.skip(missing)
      const config = ['size=quick', 'data=synthetic-text', 'method=plain,lid']
      const one = spawn(snakemake, [...argumentsOf(folder, 'local', config), '--cores', '2'], {
        env,
        stdio: 'pipe',
      })
      const said = listen(one)
      await killJob(path.join(folder, 'runs', 'table', 'quick', 'synthetic-text', 'lid', 'seed-1'), one)
      assert.equal(await new Promise((resolve) => one.on('exit', resolve)), 0, said())
      assert.match(said(), /lid {2}seed 1: {2}resumes from step-\d+\.safetensors/)
      for (const method of ['plain', 'lid']) {
        const file = path.join(folder, 'results', 'table', 'quick', 'synthetic-text', method, 'seed-1.json')
        const { metrics } = JSON.parse(readFileSync(file, 'utf8')) as CellRecord
        assert.ok(Number.isFinite(metrics.ll.value))
      }
    }))
})

/** What a process says, so far. */
function listen(one: ChildProcess): () => string {
  let text = ''
  for (const stream of [one.stdout, one.stderr])
    stream?.on('data', (part: Buffer) => (text += part.toString()))
  return () => text
}

/** Kills the process that trains in a run folder, without warning, once it has written a checkpoint. */
async function killJob(run: string, workflow: ChildProcess): Promise<void> {
  const checkpoints = path.join(run, 'checkpoints')
  const written = () =>
    existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.startsWith('step-'))
  while (!written()) {
    if (workflow.exitCode !== null) return
    await wait(20)
  }
  const [pid] = readFileSync(path.join(run, 'lock'), 'utf8').split(' ')
  process.kill(Number(pid), 'SIGKILL')
}
