import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { listCheckpoints } from '../../../src/training/runFolder'
import { inTemporary } from '../../setup/prepareSupport'
import { notebookFolder, skip } from '../../kernel/askKernel'
import { CELL, requireLastStep, stepsIn } from '../../kernel/longTraining'
import { startLabTree, train } from './labTree'
import { gone, skipProcesses, startTree, until } from './tree'

const notebookOf = (source: string): string =>
  JSON.stringify({
    cells: [{ cell_type: 'code', execution_count: null, id: 'a', metadata: {}, outputs: [], source }],
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  })

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

// @fault command-ended
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

  // @fault command-killed
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

// @fault command-ended
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
        assert.match(tree.said(), /The table was stopped\. The same command resumes it\./)
        assert.ok(listCheckpoints(run).length > 0)
        assert.ok(!fs.existsSync(path.join(run, 'lock')))
        assert.ok(!fs.existsSync(path.join(folder, 'results', 'table', 'quick')))
      }))
})

// @fault command-ended
describe('lidvae start, ended', { skip: skip || skipProcesses }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`by ${signal} in a cell: exit code ${CODES[signal]}, the notebook as far as it ran, no process is left`, () =>
      inTemporary(async (folder) => {
        const tree = startTree(['start'], folder)
        await until(tree, () => / +1\/\d+ .* s\n/.test(tree.said()))
        tree.child.kill(signal)
        const { code, left } = await tree.ended
        assert.deepEqual([code, left], [CODES[signal], []], tree.said())
        assert.doesNotMatch(tree.said(), /\n +at /)
        const { cells } = JSON.parse(fs.readFileSync(path.join(folder, 'out', 'tour.ipynb'), 'utf8')) as {
          cells: { cell_type: string; outputs?: unknown[] }[]
        }
        const outputs = cells.filter((cell) => cell.cell_type === 'code').map((cell) => cell.outputs!.length)
        assert.ok(outputs[0] > 0 && outputs.at(-1) === 0, String(outputs))
      }))
})

// @fault command-ended command-killed
describe('lidvae lab, ended', { skip: skip || skipProcesses }, () => {
  for (const [signal, wanted] of [...Object.entries(CODES), ['SIGKILL', null]] as [
    NodeJS.Signals,
    number | null,
  ][])
    it(`by ${signal} in a training: the step under way is kept, no process is left`, async () => {
      const { folder, remove } = await notebookFolder()
      try {
        const lab = await startLabTree(folder)
        await train(lab, `process.chdir(${JSON.stringify(folder)})\n${CELL}`)
        await until(lab.tree, () => stepsIn(folder).length > 5)
        lab.tree.child.kill(signal)
        const { code, left } = await lab.tree.ended
        assert.equal(code, wanted, lab.tree.said())
        assert.deepEqual(signal === 'SIGKILL' ? await gone(lab.tree, 40) : left, [])
        requireLastStep(folder, signal)
      } finally {
        await remove()
      }
    })
})
