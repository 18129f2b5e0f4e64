import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { packageRoot } from '../../../src/platform/places'
import { inTemporary } from '../../setup/prepareSupport'
import { typescript } from '../../support/child'

const lidvae = [...typescript, path.join(packageRoot(), 'src', 'apps', 'cli', 'index.ts')]

function run(cwd: string, ...args: string[]): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...lidvae, ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, NO_COLOR: '1', LIDVAE_ENGINE: 'wasm' },
  })
  return { stdout, stderr, status }
}

const small = ['--latent', '2', '--hidden', '8', '--epochs', '2', '--batch', '20']

describe('lidvae fit', () => {
  it('trains on a table, diagnoses, and writes run folder and report; again it only reads, and says the same', () =>
    inTemporary((cwd) => {
      const pixel = (i: number, j: number) => ((i * 7 + j * j * 3) % 11 > 5 ? 255 : 0)
      const names = Array.from({ length: 16 }, (_, j) => `p${j}`)
      const rows = Array.from({ length: 100 }, (_, i) =>
        [i % 3, ...names.map((_, j) => pixel(i, j))].join(','),
      )
      writeFileSync(path.join(cwd, 'a.csv'), [`label,${names.join(',')}`, ...rows].join('\n'))
      const options = ['--data', 'values=bytes', '--data', 'shape=[4,4]', '--data', 'label=label']
      const command = ['fit', 'a.csv', ...small, ...options, '--run', 'runs/first', '--html', 'report.html']
      const first = run(cwd, ...command)
      assert.equal(first.status, 0, first.stderr)
      assert.match(first.stdout, /lidvae, bernoulli, 2 units of z, on 80 data points; 20 held out \(seed 1\)/)
      assert.match(
        first.stdout,
        /held out: log p\(x\) = .*\nz: .*\nwrote .*first \(lid\.load reads it\) and .*report\.html/,
      )
      for (const file of ['run.json', 'model.json', 'weights.safetensors', 'diagnosis.json'])
        assert.ok(existsSync(path.join(cwd, 'runs', 'first', file)), file)
      const page = readFileSync(path.join(cwd, 'report.html'), 'utf8')
      assert.equal(page.match(/<svg /g)?.length, 7)
      assert.doesNotMatch(page, /(src|href)="(?!data:|#)/, 'nothing from elsewhere')
      const again = run(cwd, ...command, '--json')
      assert.equal(again.status, 0, again.stderr)
      const recorded = readFileSync(path.join(cwd, 'runs', 'first', 'diagnosis.json'), 'utf8')
      const { verdict, settings, training } = JSON.parse(again.stdout) as Record<string, never> & {
        settings: Record<string, unknown>
        training: { epochs: number }
      }
      assert.deepEqual(JSON.parse(again.stdout), JSON.parse(recorded))
      assert.ok(first.stdout.includes(verdict[0]), 'the same verdict')
      assert.deepEqual([settings.seed, settings.test, training.epochs], [1, 0.2, 2])
      assert.equal(run(cwd, 'rerun', 'runs/first').status, 0, 'the run folder has all that is needed')
      const other = run(cwd, ...command, '--seed', '2')
      assert.match(other.stderr, /^lidvae: .* as in the run in .*first, .*\n$/)
      assert.equal(other.status, 1)
    }))

  it('trains a model of texts on a text file, and says in one line what is wrong', () =>
    inTemporary((cwd) => {
      const words = ['so', 'it', 'is', 'not', 'that']
      const texts = Array.from({ length: 60 }, (_, i) =>
        Array.from({ length: 4 }, (_, j) => words[(i * (j + 1)) % 5]).join(' '),
      )
      writeFileSync(path.join(cwd, 'mine.txt'), texts.join('\n'))
      const found = run(cwd, 'fit', 'mine.txt', ...small, '--html', 'mine.html')
      assert.equal(found.status, 0, found.stderr)
      assert.match(found.stdout, /lidsvae, categorical, 2 units of z, on 48 data points/)
      assert.ok(existsSync(path.join(cwd, 'runs', 'mine-lidsvae', 'model.json')))
      writeFileSync(path.join(cwd, 'holes.csv'), 'a,b\n1,2\n3,?\n4,5\n')
      for (const [args, wanted] of [
        [
          ['holes.csv'],
          /^lidvae: .*holes\.csv: row 1 of column `b` \(line 3\) must be a finite number, got '\?'.*missing: 'drop'.*\n$/,
        ],
        [['nowhere.txt'], /^lidvae: .*nowhere\.txt does not exist.*\n$/],
        [['mine.txt', '--data', 'mising=drop'], /^lidvae: an option of text must be .*\n$/],
      ] as const) {
        const { stderr, stdout, status } = run(cwd, 'fit', ...args, '--json')
        assert.match(stderr, wanted)
        assert.deepEqual([status, stdout], [1, ''])
      }
    }))
})
