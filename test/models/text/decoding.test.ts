import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { ArgumentError } from '../../../src/base/errors'
import { write, type Decoding } from '../../../src/models/text/decoding'
import { interpolate, reconstruct, sample } from '../../../src/models/text/use'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { Random } from '../../support/random'
import { disturb, numbers } from '../../support/tables'
import { textVariants, tinyTexts } from '../../support/texts'

const texts = tinyTexts(6, 3)

onEachEngine('decoding', () => {
  it('with a beam as wide as the number of texts finds the most likely one, greedy never a more likely one', () =>
    expectNoLeaks(async () => {
      for (const { build } of [textVariants(3)[0], textVariants(3)[2]]) {
        const model = build()
        disturb(model.parameters, new Random(6), 1)
        const { vocabulary } = model.texts
        const z = Float32Array.of(0.7, -1.2)
        // Every text of at most two words, cut off there or ended by </s>.
        const ends = [1]
        const words = [2, 3, 4, 5]
        const rows = [
          ...ends.map((w) => [0, w, 1]),
          ...words.flatMap((a) => [...words, 1].map((b) => [0, a, b])),
        ]
        const logs = numbers(() => {
          const x = tf.tensor2d(rows, [rows.length, 3], 'int32')
          const codes = tf.tile(tf.tensor3d([[[...z]]]), [rows.length, 1, 1])
          return model.conditional.logProb(x, codes)
        })
        // The text that ends at once: its </s> alone.
        logs[0] = Math.log(
          Math.exp(logs[0]) /
            numbers(() => {
              const code = tf.tensor2d([[...z]])
              const first = model.texts.next(tf.tensor1d([0], 'int32'), model.texts.begin(code), code)
              const second = model.texts.next(tf.tensor1d([1], 'int32'), first.state, code)
              return tf.slice(tf.squeeze(tf.softmax(second.logits), [0]), [0], [1])
            })[0],
        )
        const likeliest = rows[logs.indexOf(Math.max(...logs))]
        const [found] = await write(model, z, { decoding: { beam: 25 }, length: 2 })
        assert.equal(found, vocabulary.decode(likeliest))
        const [greedy] = await write(model, z, { length: 2 })
        const [one] = await write(model, z, { decoding: { beam: 1 }, length: 2 })
        assert.equal(greedy, one)
        model.dispose()
      }
    }))

  it('draws tokens with the model’s probabilities, and at a low temperature the most likely one', () =>
    expectNoLeaks(async () => {
      const model = textVariants(3)[2].build()
      disturb(model.parameters, new Random(7), 0.4)
      const z = Float32Array.from({ length: 2 * 4000 }, (_, i) => (i % 2 ? -0.5 : 0.5))
      const drawn = await write(model, z, { decoding: { temperature: 1, seed: 3 }, length: 1 })
      const shares = numbers(() => {
        const code = tf.tensor2d([[0.5, -0.5]])
        return tf.softmax(model.texts.next(tf.tensor1d([0], 'int32'), model.texts.begin(code), code).logits)
      })
      shares.forEach((share, w) => {
        const text = w === 0 ? '' : model.texts.vocabulary.tokens[w + 1]
        const seen = drawn.filter((one) => one === text).length / 4000
        assert.ok(
          Math.abs(seen - share) < 4 * Math.sqrt((share * (1 - share)) / 4000) + 1e-9,
          `${text}: ${seen}, ${share}`,
        )
      })
      const cold = await write(model, z.subarray(0, 2), { decoding: { temperature: 1e-4 }, length: 4 })
      assert.deepEqual(cold, await write(model, z.subarray(0, 2), { length: 4 }))
      model.dispose()
    }))

  it('samples, reconstructs and interpolates, the same for the same seed', () =>
    expectNoLeaks(async () => {
      const model = textVariants(3)[2].build()
      const sampled = await sample(model, { count: 4, seed: 2, length: 5 })
      assert.deepEqual([sampled.texts.length, sampled.z.length], [4, 8])
      assert.deepEqual((await sample(model, { count: 4, seed: 2, length: 5 })).texts, sampled.texts)
      const again = await reconstruct(model, texts.take(3), { length: 5 })
      const way = await interpolate(model, texts.take(2), { steps: 3, length: 5 })
      assert.deepEqual(way.steps, [0, 0.5, 1])
      assert.deepEqual([way.texts[0], way.texts[2]], again.slice(0, 2))
      assert.deepEqual(way.ends, [texts.text(0), texts.text(1)])
      const refused = (promise: Promise<unknown>, argument: string) =>
        assert.rejects(
          promise,
          (error: Error) => error instanceof ArgumentError && error.argument === argument,
        )
      await refused(interpolate(model, texts.take(1)), 'data')
      assert.deepEqual(
        await write(model, [0.5, -1] as never, { length: 5 }),
        await write(model, Float32Array.of(0.5, -1), { length: 5 }),
      )
      await refused(write(model, Float32Array.of(0.5, NaN)), 'z[1]')
      await refused(write(model, new Float32Array(3)), 'z')
      await refused(write(model, new Float32Array(2), { decoding: { beam: 0 } }), 'beam')
      await refused(write(model, new Float32Array(2), { decoding: { temperature: 0 } }), 'temperature')
      const written = (decoding: unknown) =>
        write(model, new Float32Array(2), { decoding: decoding as Decoding })
      await refused(written({ temprature: 1 }), 'an option of decoding')
      for (const none of ['beam', {}, null, 3, { beam: 2, temperature: 1 }])
        await refused(written(none), 'decoding')
      model.dispose()
    }))
})
