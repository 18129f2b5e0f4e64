import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { fit } from '../../src/training/fit'
import { onEachEngine, type TestedEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Widths {
  dim: number
  hidden: number
  batch: number
}

// On native wide enough that one batch forgotten a step in TensorFlow, where nobody counts, shows: 400 kB
// each, 60 MB in 150 steps.
const WIDTHS: Record<TestedEngine, Widths> = {
  native: { dim: 500, hidden: 50, batch: 200 },
  wasm: { dim: 30, hidden: 12, batch: 10 },
}

const models: Record<string, (widths: Widths) => Model> = {
  vae: (widths) => vae(common(widths)),
  lidvae: (widths) => lidvae(common(widths)),
  gmvae: (widths) => gmvae({ ...common(widths), components: 3 }),
  lidmvae: (widths) => lidmvae({ ...common(widths), components: 3 }),
}

const common = ({ dim, hidden }: Widths) => ({ likelihood: bernoulli(dim), latent: 3, hidden, seed: 1 })

/**
 * Megabytes of the process, less what V8 keeps for its heap without using it. The allocator of the rest
 * swings, on a busy machine by some 70 MB.
 */
function residentNow(): number {
  collectGarbage()
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return (rss - heapTotal + heapUsed) / 2 ** 20
}

// WASM takes long, operation by operation: fewer steps unless all counts are asked for. Every tensor is
// counted there, at every step.
const stepsOn = (engine: TestedEngine): number =>
  engine === 'native' || process.env.LIDVAE_TEST_FULL ? 500 : 100

onEachEngine('500 training steps', (engine) => {
  for (const [kind, build] of Object.entries(models))
    it(`leave tensors and memory as they were: ${kind}`, () =>
      expectNoLeaks(async () => {
        const { dim, batch } = WIDTHS[engine]
        const steps = stepsOn(engine)
        const model = build(WIDTHS[engine])
        const train = tinyImages(10 * batch, dim)
        const counts = new Set<string>()
        // Of what swings, the least that is added between two spans of the training.
        const [early, late]: number[][] = [[], []]
        const history = await fit(model, train, {
          epochs: steps / 10,
          batchSize: batch,
          verbose: false,
          onStep: (step) => {
            if (step >= 2) counts.add(`${tf.memory().numTensors}, ${tf.backend().numDataIds()}`)
            if ([0.3, 0.4, 0.5].includes(step / steps)) early.push(residentNow())
            if ([0.8, 0.9, 1].includes(step / steps)) late.push(residentNow())
          },
        })
        assert.equal(model.steps, steps)
        assert.equal(counts.size, 1, `tensors and their data between steps: ${[...counts].join('; ')}`)
        assert.deepEqual([early.length, late.length], [3, 3])
        const more = Math.min(...late) - Math.max(...early)
        assert.ok(more < 30, `${more.toFixed(1)} MB more after ${0.3 * steps} steps`)
        assert.ok(history.rows[steps / 10 - 1].loss < history.rows[0].loss)
        model.dispose()
      }))
})
