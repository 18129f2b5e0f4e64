import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { decodeCheckpoint } from '../../src/training/checkpoint'
import { listCheckpoints } from '../../src/training/runFolder'
import { nativeIsTested } from '../support/engines'
import { typescript } from '../support/child'

const child = path.join(__dirname, 'resumeChild.ts')

/** Trains in the folder, in a process that may have so much memory. */
const train = (engine: string, [folder, out]: [string, string], limit: string[] = [], where: string[] = []) =>
  spawnSync(process.execPath, [...limit, ...typescript, child, engine, folder, out, ...where], {
    encoding: 'utf8',
  })

/** What each limit is, where it is met, how the process ends and what it says. */
const LIMITS = {
  'JavaScript’s heap': {
    limit: '--max-old-space-size=150',
    where: 'heap 3',
    ends: { status: null, signal: 'SIGABRT' },
    says: /JavaScript heap out of memory/,
    engines: nativeIsTested() ? ['wasm', 'native'] : ['wasm'],
  },
  'the memory of WebAssembly': {
    limit: '--wasm-max-mem-pages=1000',
    where: 'engine 3',
    ends: { status: 1, signal: null },
    says: /needs more memory than there is.* Use a smaller batchSize or smaller widths\. The WebAssembly engine is lost: restart\./,
    engines: ['wasm'],
  },
}

const skip = process.env.LIDVAE_TEST_FULL ? false : 'it takes half a minute: npm run test:full'

// @fault heap-full step-too-large (full)
describe('a training whose memory runs out', { skip }, () => {
  for (const [title, { limit, where, ends, says, engines }] of Object.entries(LIMITS))
    for (const engine of engines)
      it(`keeps its checkpoints and ends as an uninterrupted one: ${title} (${engine})`, () => {
        const scratch = fs.mkdtempSync(path.join(tmpdir(), 'lidvae-limits-'))
        const at = (name: string): string => path.join(scratch, name)
        const read = (name: string): unknown => JSON.parse(fs.readFileSync(at(name), 'utf8'))
        try {
          assert.equal(train(engine, ['-', at('unbroken')]).status, 0)
          const { status, signal, stderr } = train(engine, [at('run'), at('out')], [limit], [where])
          assert.deepEqual({ status, signal }, ends, stderr)
          assert.match(stderr, says)
          // A process that lives gives the folder back, whatever became of its engine.
          if (signal === null) assert.ok(!fs.existsSync(path.join(at('run'), 'lock')))
          const kept = listCheckpoints(at('run')).map((name) => path.join(at('run'), 'checkpoints', name))
          assert.equal(kept.length, 3)
          for (const file of kept) decodeCheckpoint(fs.readFileSync(file), [], file)
          // Within the same limit, when nothing else fills it.
          assert.equal(train(engine, [at('run'), at('out')], [limit]).status, 0)
          assert.deepEqual(read('out'), read('unbroken'))
        } finally {
          fs.rmSync(scratch, { recursive: true, force: true })
        }
      })
})
