import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { packageRoot } from '../../../src/platform/places'
import type { Cell } from '../../../src/apps/experiments/table/cell'
import { readRecord, writeRecord, type CellRecord } from '../../../src/apps/experiments/table/record'
import { inTemporary } from '../../setup/prepareSupport'
import { typescript } from '../../support/child'

const lidvae = [...typescript, path.join(packageRoot(), 'src', 'apps', 'cli', 'index.ts')]
// The engine is the machine's; data are generated, so that no file is asked for.
const methods = ['plain', 'lid']
const cells = ['table', '--data', 'synthetic-text', '--method', 'plain,lid']

function table(cwd: string, ...more: string[]): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...lidvae, ...cells, ...more], {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { stdout, stderr, status }
}

const KEYS =
  'data model method size seed variable metrics epochs seconds memory engine versions machine dataChecksum commit command updates curve'.split(
    ' ',
  )

/** A cell, and a record that comes with the project to stand in for its own. */
const onRecord: Cell = { size: 'quick', data: 'synthetic-text', method: 'plain-z-at-head', seed: 1 }
const borrowed = {
  ...readRecord(path.join(packageRoot(), 'results', 'table'), { ...onRecord, size: 'local' })!,
  rule: 2,
  converged: true,
}

const fileOf = (cwd: string, method: string): string =>
  path.join(cwd, 'results', 'table', 'quick', 'synthetic-text', method, 'seed-1.json')
const runOf = (cwd: string, method: string): string =>
  path.join(cwd, 'runs', 'table', 'quick', 'synthetic-text', method, 'seed-1')
const read = (file: string): CellRecord => JSON.parse(readFileSync(file, 'utf8')) as CellRecord

/** Starts the command and kills it without warning in the middle of the first cell, after its first checkpoint. */
async function killed(cwd: string): Promise<void> {
  const one = spawn(process.execPath, [...lidvae, ...cells], { cwd, stdio: 'ignore' })
  const ended = new Promise((resolve) => one.on('exit', resolve))
  const place = path.join(runOf(cwd, 'plain'), 'checkpoints')
  const written = () => existsSync(place) && readdirSync(place).some((name) => name.startsWith('step-'))
  while (one.exitCode === null && !written()) await wait(20)
  one.kill('SIGKILL')
  await ended
}

describe('lidvae table', () => {
  it('killed in the middle of a cell goes on there, repeats nothing finished, and its records can be made again', () =>
    inTemporary(async (cwd) => {
      await killed(cwd)
      assert.ok(!existsSync(fileOf(cwd, 'plain')), 'it was killed before the record was written')
      // As if other code had begun it.
      writeFileSync(path.join(runOf(cwd, 'plain'), 'commit'), 'abc1234')
      const second = table(cwd)
      assert.equal(second.status, 0, second.stderr)
      assert.match(second.stdout, /plain {2}seed 1: {2}resumes from step-\d+\.safetensors/)
      // At quick size the most epochs come first.
      assert.match(second.stdout, /LID +1, 1 not converged .*\n/)
      const files = methods.map((method) => fileOf(cwd, method))
      const times = files.map((file) => statSync(file).mtimeMs)
      const third = table(cwd, '--json')
      assert.equal(third.status, 0)
      assert.deepEqual(
        files.map((file) => statSync(file).mtimeMs),
        times,
      )
      const { rows, records } = JSON.parse(third.stdout) as { rows: unknown[]; records: CellRecord[] }
      assert.equal(rows.length, 2)
      assert.deepEqual(records, files.map(read))
      assert.match(records[0].commit, /^abc1234, ended by [^,]+$/)
      assert.match(records[1].commit, /^[^,]+$/)
      for (const record of records) {
        for (const key of KEYS) assert.ok(key in record, key)
        assert.equal('threads' in record, record.engine === 'native')
        for (const name of ['au', 'kl', 'mi', 'll', 'flatness'])
          assert.deepEqual(
            Object.keys(record.metrics[name]).filter((key) => key !== 'cap' && key !== 'bias'),
            ['value', 'standardError', 'estimator'],
          )
      }

      // Made again without interruption by the command inside it; and one in which a digit was changed.
      const [record] = records
      assert.equal(
        record.command,
        `npx lidvae ${cells.join(' ')} --seeds 1`
          .replace('--data', '--size quick --data')
          .replace(',lid', ''),
      )
      const mi = { ...records[1].metrics.mi, value: records[1].metrics.mi.value + 1e-9 }
      writeFileSync(files[1], JSON.stringify({ ...records[1], metrics: { ...records[1].metrics, mi } }))
      const again = table(cwd, '--again')
      assert.equal(again.status, 1)
      assert.match(again.stdout, /plain .*\n {2}✓ the same numbers as on record\n/)
      assert.match(again.stdout, /lid .*\n {2}✗ other numbers than on record: mi\n/)
    }))

  it('leaves data that are not there out, unless they are named', () =>
    inTemporary((cwd) => {
      const env = { ...process.env, LIDVAE_DATA: cwd, LIDVAE_CACHE: cwd, LIDVAE_ENGINE: 'wasm' }
      const run = (...args: string[]) =>
        spawnSync(process.execPath, [...lidvae, 'table', '--method', 'plain-z-at-head', ...args], {
          cwd,
          encoding: 'utf8',
          env,
        })
      const named = run('--data', 'yahoo')
      assert.equal(named.status, 1)
      assert.match(named.stderr, /Yahoo.* is not on this machine/)
      // The generated text is on record: what is left are Yahoo and Yelp.
      writeRecord(path.join(cwd, 'results', 'table'), onRecord, { ...borrowed, ...onRecord })
      const { status, stdout } = run()
      assert.equal(status, 0)
      for (const left of ['Yahoo', 'Yelp'])
        assert.match(stdout, new RegExp(`${left} is left out\\. .* is not on this machine`))
      assert.match(stdout, /plain, z at the head +1 /)
    }))

  it('goes on with other cells where one cannot be run, and says what to do', () =>
    inTemporary((cwd) => {
      const place = runOf(cwd, 'plain')
      mkdirSync(place, { recursive: true })
      writeFileSync(path.join(place, 'run.json'), '{"settings": {"epochs": 99}}')
      for (const method of ['lid', 'plain-z-at-head', 'sa-vae']) {
        const cell = { ...onRecord, method }
        writeRecord(path.join(cwd, 'results', 'table'), cell, { ...borrowed, ...cell })
      }
      const { status, stdout } = table(cwd)
      assert.equal(status, 1)
      assert.match(stdout, /✗ synthetic-text {2}plain {2}seed 1: .*run\.json/)
      assert.match(stdout, /\nLID +1 /)
    }))

  it('asks for a place of its records before it trains', () =>
    inTemporary((cwd) => {
      writeFileSync(path.join(cwd, 'taken'), '')
      const { status, stdout, stderr } = table(cwd, '--results', 'taken')
      assert.equal(status, 1)
      assert.match(stderr, /taken.* Name another folder of results\./)
      assert.doesNotMatch(stdout, /to run/)
    }))
})
