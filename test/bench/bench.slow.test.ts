import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { endAll, startPytorch } from '../../bench/engine'
import { readLayout } from '../../bench/layout'
import { compiledFolder, pytorchIsPrepared, pytorchFolder } from '../../bench/pytorch'
import { writeReferences } from '../../bench/compare'
import type { Report } from '../../bench/report'
import type { Variant } from '../../bench/protocol'
import { requireSameWork } from '../../bench/same'
import { authorsSpec, specOf, type Spec, type WorkName } from '../../bench/spec'
import { pythonIn } from '../../src/setup/jupyter'
import { typescript } from '../support/child'

const root = path.join(__dirname, '..', '..')
const bench = (...args: string[]) =>
  spawnSync(process.execPath, [...typescript, path.join(root, 'bench', 'bench.ts'), ...args], {
    cwd: root,
    encoding: 'utf8',
  })

describe('npm run bench', () => {
  it('measures a work beside a peer and writes what it promises', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-test-'))
    try {
      const file = path.join(folder, 'bench.json')
      const choice = ['--work', 'vae-step', '--size', 'recipe', '--peers', 'tfjs-wasm', '--quick']
      const { status, stdout, stderr } = bench(...choice, '--json', file)
      assert.equal(status, 0, stdout + stderr)
      const { machine, versions, results, problems } = JSON.parse(await readFile(file, 'utf8')) as Report
      assert.deepEqual(problems, [])
      assert.ok(machine.cores >= 1 && versions.node === process.versions.node)
      assert.equal(results.length, 1)
      const [row] = results
      assert.deepEqual(
        [row.work, row.engine, row.peer, row.formulation, row.size],
        ['vae-step', 'wasm', 'tfjs-wasm', 'best', 'recipe'],
      )
      assert.ok(row.oursMs > 0 && row.peerMs > 0 && Math.abs(row.ratio - row.oursMs / row.peerMs) < 1e-12)
      // 784-512-512-32 and 16-512-512-784, with biases.
      assert.equal(row.parameters, 402432 - 512 + 262656 + 16416 + 8704 + 262656 + 402192)
      assert.ok(Math.abs(row.loss.ours - row.loss.peer) < 1e-3)
      assert.match(stdout, /vae-step +recipe +wasm/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('answers a mistake in one line', () => {
    const { status, stderr, stdout } = bench('--sizes', 'all')
    assert.equal(status, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /^.*--sizes.*\n$/)
  })
})

const small = (name: WorkName): Spec => ({
  ...specOf(name, 'recipe', 'small'),
  hidden: 32,
  hiddenLatent: 16,
  batch: 20,
  images: 40,
  samples: 5,
})

describe(
  'PyTorch',
  { skip: pytorchIsPrepared() ? false : 'its environment is not prepared: npm run bench' },
  () => {
    it('does the same work on texts', async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-test-'))
      const engine = startPytorch(pythonIn(pytorchFolder()), compiledFolder())
      try {
        const wanted = (['lstm', 'svae-step', 'lidsvae-step'] as const).map((name) => {
          const spec = specOf(name, 'recipe')
          const head = { width: 8, projection: 5, hidden: 6 }
          const text = { ...spec.text!, words: 40, length: 4, embedding: 6, head }
          return { spec: { ...spec, hidden: 7, latent: 3, text }, folder: path.join(folder, name) }
        })
        await writeReferences(wanted)
        for (const one of wanted) {
          const variant: Variant = { brenier: 'closed form', compiled: false, threads: 1 }
          const got = await engine.ask<'build'>({ do: 'build', ...one, variant })
          const { check, weights } = readLayout(one.folder)
          const trained = weights.filter(({ kind }) => kind === 'trained' || kind === 'anchored')
          const parameters = trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
          // Every weight's gradient is compared, in nn.LSTM too.
          assert.deepEqual(Object.keys(got.norms!).sort(), trained.map(({ name }) => name).sort())
          requireSameWork(one.spec.model, got, { parameters, ...check! })
          const { ms, value } = await engine.ask<'run'>({ do: 'run', count: 2 })
          assert.ok(ms.length === 2 && Number.isFinite(value))
        }
      } finally {
        endAll()
        await rm(folder, { recursive: true, force: true })
      }
    })

    it('does the same work in every formulation', async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-test-'))
      const engine = startPytorch(pythonIn(pytorchFolder()), compiledFolder())
      try {
        const works = (
          ['vae-step', 'lidvae-step', 'gmvae-step', 'lidmvae-step', 'iw-likelihood'] as const
        ).map(small)
        const wanted = [...works, ...works.map(authorsSpec)].map((spec, i) => ({
          spec,
          folder: path.join(folder, String(i)),
        }))
        await writeReferences(wanted)
        for (const one of wanted)
          for (const brenier of ['closed form', 'hand-written', 'authors'] as const) {
            const variant: Variant = { brenier, compiled: false, threads: 1 }
            const got = await engine.ask<'build'>({ do: 'build', ...one, variant })
            const { check, weights } = readLayout(one.folder)
            const parameters = weights
              .filter(({ kind }) => kind === 'trained' || kind === 'anchored')
              .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
            requireSameWork(`${one.spec.model}, ${brenier}`, got, { parameters, ...check! })
            const { ms, value } = await engine.ask<'run'>({ do: 'run', count: 2 })
            assert.ok(ms.length === 2 && Number.isFinite(value))
          }
      } finally {
        endAll()
        await rm(folder, { recursive: true, force: true })
      }
    })
  },
)
