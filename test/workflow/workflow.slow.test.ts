import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { cellsOf } from '../../src/apps/experiments/table/cell'
import type { CellRecord } from '../../src/apps/experiments/table/record'
import { inTemporary } from '../setup/prepareSupport'
import { argumentsOf, listen, prepareSnakemake, snakemake } from './snakemake'

const env = { ...process.env, LIDVAE_DATA: process.env.LIDVAE_DATA ?? 'none' }

describe('the workflow', () => {
  let missing: string | undefined
  before(() => (missing = prepareSnakemake()))

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

  for (const [where, data] of [
    ['set', 'none'],
    ['not set', undefined],
  ] as const)
    it(`plans jobs for Kubernetes with LIDVAE_DATA ${where}`, (t) =>
      inTemporary((folder) => {
        if (missing) return t.skip(missing)
        const { LIDVAE_DATA: _, ...others } = process.env
        const config = ['size=quick', 'data=synthetic-text', 'method=plain']
        const args = [...argumentsOf(folder, 'kubernetes', config), '--dry-run']
        const { status, stdout, stderr } = spawnSync(snakemake, args, {
          encoding: 'utf8',
          env: data === undefined ? others : { ...others, LIDVAE_DATA: data },
        })
        assert.equal(status, 0, stderr)
        assert.match(`${stdout}${stderr}`, /^cell +1$/m)
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
