import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { type Command, chosenFiles, mostlyWaits, processes, testFiles } from '../../scripts/testing/files'

const at = (...names: string[]): string[] => names.map((name) => path.join('test', ...name.split('/')))
const files = at(
  'apps/a.test.ts',
  'browser/b.test.ts',
  'kernel/c.slow.test.ts',
  'kernel/d.test.ts',
  'metrics/e.test.ts',
  'metrics/f.alone.test.ts',
  'metrics/probes/g.test.ts',
)

describe('the files of a command', () => {
  it('are each of exactly one of npm test, test:slow and test:browser', () => {
    const every = testFiles()
    const chosen = (['quick', 'slow', 'browser'] as Command[]).flatMap((one) => chosenFiles(every, one))
    assert.deepEqual(chosen.sort(), [...every].sort())
    assert.ok(every.length > 200 && every.every((file) => existsSync(file)))
    assert.ok(every.includes(path.relative(process.cwd(), __filename)))
  })

  it('follow from names and places', () => {
    assert.deepEqual(chosenFiles(files, 'slow'), at('kernel/c.slow.test.ts'))
    assert.deepEqual(chosenFiles(files, 'browser'), at('browser/b.test.ts'))
    assert.equal(chosenFiles(files, 'quick').length, 5)
    assert.equal(chosenFiles(files, 'full').length, 6)
  })

  it('are chosen by parts of names, of the others where none is its own', () => {
    assert.deepEqual(chosenFiles(files, 'quick', ['kernel']), at('kernel/d.test.ts'))
    assert.deepEqual(chosenFiles(files, 'quick', ['kernel/c']), at('kernel/c.slow.test.ts'))
    assert.deepEqual(
      chosenFiles(files, 'slow', ['metrics/e', 'apps']),
      at('apps/a.test.ts', 'metrics/e.test.ts'),
    )
    assert.deepEqual(chosenFiles(files, 'quick', ['browser']), [])
  })
})

describe('the processes of tests', () => {
  it('are one a room, and one for each file that stands alone', () => {
    assert.deepEqual(processes(files), [
      at('metrics/e.test.ts', 'metrics/probes/g.test.ts'),
      at('apps/a.test.ts'),
      at('kernel/d.test.ts'),
      at('browser/b.test.ts'),
      at('kernel/c.slow.test.ts'),
      at('metrics/f.alone.test.ts'),
    ])
  })

  it('that mostly wait are those of the cluster', () => {
    const waiting = processes(testFiles().filter((file) => file.endsWith('.slow.test.ts'))).filter(
      mostlyWaits,
    )
    assert.ok(
      waiting.length >= 1 && waiting.flat().every((file) => file.includes(path.join('workflow', 'slurm'))),
    )
  })
})
