import assert from 'node:assert/strict'
import { it, mock } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { evaluate } from '../../src/metrics/evaluate'
import { svae } from '../../src/models/text/builders'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyTexts } from '../support/texts'

/** The most bytes of tensors that tfjs held at a time. */
async function peakOf(f: () => Promise<unknown>): Promise<number> {
  const engine = tf.engine() as unknown as { trackTensor: (...args: unknown[]) => void }
  const track = engine.trackTensor.bind(engine)
  let peak = 0
  const { mock: replaced } = mock.method(engine, 'trackTensor', (...args: unknown[]) => {
    track(...args)
    peak = Math.max(peak, tf.engine().state.numBytes)
  })
  try {
    await f()
  } finally {
    replaced.restore()
  }
  return peak
}

onEachEngine('a text of thousands of tokens', () => {
  it('is trained on and measured, in memory that grows with its length and no faster', () =>
    expectNoLeaks(async () => {
      /** The most bytes that tfjs held while training on a text of this length, or evaluating it. */
      const peaks = async (length: number): Promise<number[]> => {
        const texts = tinyTexts(1, 200, 1, [length])
        const { vocabulary } = texts
        const model = svae({ vocabulary, latent: 4, hidden: 32, embedding: 16, seed: 1 })
        const training = await peakOf(async () => {
          const { rows } = await fit(model, texts, { epochs: 1, verbose: false })
          // Each token about log 202 at first.
          assert.ok(Math.abs(rows[0].loss / (length + 1) - Math.log(202)) < 0.7, `loss ${rows[0].loss}`)
        })
        const evaluation = await peakOf(() => evaluate(model, texts, { samples: 5, priorSamples: 5 }))
        model.dispose()
        return [training, evaluation]
      }
      const [short, long] = [await peaks(1000), await peaks(3000)]
      long.forEach((bytes, i) => {
        assert.ok(bytes < 3.3 * short[i], `${short[i]} and ${bytes} bytes`)
        assert.ok(bytes < 1e8, `${bytes} bytes`)
      })
    }))
})
