import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { decodeCheckpoint } from '../../src/training/checkpoint'
import { listCheckpoints } from '../../src/training/runFolder'
import { inTemporary } from '../engine/prepareSupport'
import { notebookFolder, skip } from '../notebooks/askKernel'
import { gone, skipProcesses, startTree, until } from './tree'

/** A cell that trains slowly, with no checkpoint but that of a stop, writes down its steps in the folder's file `steps`, and what follows in `after`. */
export const CELL = `import * as lid from 'lidvae'
import { appendFileSync, writeFileSync } from 'node:fs'
await lid.ready({ engine: 'wasm', quiet: true })
const { train } = lid.data.pinwheel({ train: 400, test: 10, seed: 1 })
const model = lid.vae({ likelihood: lid.gaussian(2), latent: 2, hidden: 8, seed: 1 })
console.log('begun')
const onStep = (step: number) => {
  appendFileSync('steps', step + '\\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30)
}
await lid.fit(model, train, { epochs: 1000, batchSize: 20, run: 'run', checkpointEvery: 1e6, onStep })
writeFileSync('after', '')`

const notebookOf = (source: string): string =>
  JSON.stringify({
    cells: [{ cell_type: 'code', execution_count: null, id: 'a', metadata: {}, outputs: [], source }],
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  })

/** Steps that were done. */
const stepsIn = (folder: string): number[] => {
  try {
    return fs.readFileSync(path.join(folder, 'steps'), 'utf8').trim().split('\n').map(Number)
  } catch {
    return []
  }
}

/** Fails unless the one checkpoint is that of the last step, the folder is free, and nothing behind the training was run. */
export function requireLastStep(folder: string, story: string): void {
  const run = path.join(folder, 'run')
  const names = listCheckpoints(run)
  assert.equal(names.length, 1, story)
  const file = path.join(run, 'checkpoints', names[0])
  const { step } = decodeCheckpoint(fs.readFileSync(file), [], file).position
  assert.equal(step, stepsIn(folder).at(-1), story)
  assert.deepEqual(fs.readdirSync(run).sort(), ['checkpoints', 'run.json'], story)
  assert.ok(!fs.existsSync(path.join(folder, 'after')), story)
}

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

describe('lidvae run, ended', { skip: skip || skipProcesses }, () => {
  const inTraining = async (use: (tree: ReturnType<typeof startTree>, folder: string) => Promise<void>) => {
    const { folder, remove } = await notebookFolder()
    try {
      fs.writeFileSync(path.join(folder, 'long.ipynb'), notebookOf(CELL))
      const tree = startTree(['run', 'long.ipynb', '--out', 'out'], folder)
      await until(tree, () => stepsIn(folder).length > 5)
      await use(tree, folder)
    } finally {
      await remove()
    }
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`by ${signal} to the command alone: the step under way is kept, exit code ${CODES[signal]}, no process is left`, () =>
      inTraining(async (tree, folder) => {
        tree.child.kill(signal)
        const { code, left } = await tree.ended
        assert.equal(code, CODES[signal], tree.said())
        assert.deepEqual(left, [])
        requireLastStep(folder, signal)
        const { cells } = JSON.parse(fs.readFileSync(path.join(folder, 'out', 'long.ipynb'), 'utf8')) as {
          cells: { outputs: { text?: string[] }[] }[]
        }
        assert.deepEqual(cells[0].outputs[0].text, ['begun\n'])
      }))

  it('by kill −9 of the command: runner and kernel notice it, keep the step and end', () =>
    inTraining(async (tree, folder) => {
      assert.ok(tree.living().length >= 3)
      tree.child.kill('SIGKILL')
      await tree.ended
      assert.deepEqual(await gone(tree, 40), [])
      requireLastStep(folder, 'kill −9')
    }))

  it('by kill −9 of command and runner: the kernel notices it, keeps the step and ends', () =>
    inTraining(async (tree, folder) => {
      for (const { pid, line } of tree.living()) if (!line.includes('kernel.js')) process.kill(pid, 'SIGKILL')
      assert.deepEqual(await gone(tree, 40), [])
      requireLastStep(folder, 'kill −9 of both')
    }))
})

describe('lidvae table, ended', { skip: skipProcesses }, () => {
  const cells = ['table', '--data', 'synthetic-text', '--method', 'plain']
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`by ${signal} in a cell: a checkpoint, the lock released, exit code ${CODES[signal]}`, () =>
      inTemporary(async (folder) => {
        const tree = startTree(cells, folder)
        const run = path.join(folder, 'runs', 'table', 'quick', 'synthetic-text', 'plain', 'seed-1')
        await until(tree, () => fs.existsSync(path.join(run, 'run.json')))
        tree.child.kill(signal)
        const { code, left } = await tree.ended
        assert.deepEqual([code, left], [CODES[signal], []], tree.said())
        assert.match(tree.said(), /The table was stopped\. The same command goes on there\./)
        assert.ok(listCheckpoints(run).length > 0)
        assert.ok(!fs.existsSync(path.join(run, 'lock')))
        assert.ok(!fs.existsSync(path.join(folder, 'results', 'table', 'quick')))
      }))
})
