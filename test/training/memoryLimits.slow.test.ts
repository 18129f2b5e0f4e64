import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { normalInit } from '../../src/compute/parameters'
import { bernoulli } from '../../src/distributions/bernoulli'
import { vae } from '../../src/models/builders'
import { decodeCheckpoint } from '../../src/training/checkpoint'
import { fit } from '../../src/training/fit'
import { listCheckpoints } from '../../src/training/runFolder'
import { nativeIsTested, onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'
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

onEachEngine('a batch', (engine) => {
  const common = { likelihood: bernoulli(12), latent: 2, hidden: 8, seed: 1 }

  // @fault step-too-large
  it('that needs more memory than available is reported', async () => {
    // A decoder that asks for 90 GB in one piece. TensorFlow waits ten seconds for somebody to free them;
    // WebAssembly would try for long, and its own words stand in for it.
    const enormous = (): tf.Tensor => {
      if (engine === 'wasm')
        throw Object.assign(new Error('memory access out of bounds'), { name: 'RuntimeError' })
      return tf.sum(tf.matMul(tf.ones([150_000, 1]), tf.ones([1, 150_000])))
    }
    const model = vae({
      ...common,
      decoder: (parameters, latent, dim) => {
        const W = parameters.variable('W', [latent, dim], normalInit(1))
        // On a whole batch alone: two rows on which it is tried are not too many.
        const apply = (z: tf.Tensor) => tf.add(tf.matMul(z, W), z.shape[0] > 2 ? tf.mul(0, enormous()) : 0)
        return { from: latent, to: dim, apply }
      },
    })
    await expectNoLeaks(() =>
      assert.rejects(
        fit(model, tinyImages(20, 12), { epochs: 2, batchSize: 10, verbose: false, initializeOutput: false }),
        {
          name: 'EngineError',
          message:
            /^a step of 10 data points needs more memory than there is.*Use a smaller batchSize or smaller widths\./,
        },
      ),
    )
    model.dispose()
  })
})
