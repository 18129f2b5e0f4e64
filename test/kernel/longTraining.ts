import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { decodeCheckpoint } from '../../src/training/checkpoint'
import { listCheckpoints } from '../../src/training/runFolder'

/**
 * A cell that trains slowly, with no checkpoint but that of a stop, writes down its steps in the folder's
 * file `steps`, and what follows in `after`.
 */
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

/** Steps that were done. */
export const stepsIn = (folder: string): number[] => {
  try {
    return fs.readFileSync(path.join(folder, 'steps'), 'utf8').trim().split('\n').map(Number)
  } catch {
    return []
  }
}

/**
 * Fails unless the one checkpoint is that of the last step, the folder is free, and nothing behind the
 * training was run.
 */
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
