import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Draws, drawKey } from '../../../src/compute/draws'
import { evaluate } from '../../../src/metrics/evaluate'
import { pointLogLikelihoods } from '../../../src/metrics/importance'
import type { Model } from '../../../src/models/model'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { near, nearNumber } from '../../support/near'
import { Random } from '../../support/random'
import { disturb, numbers } from '../../support/tables'
import { textVariants, tinyTexts } from '../../support/texts'

const WORDS = 5
/** Words that can follow: `</s>`, `_UNK` and the words. */
const FOLLOW = WORDS + 2

/** Every sequence of so many words that can follow, after `<s>`, as numbers. */
const sequences = (steps: number): number[][] =>
  steps === 0
    ? [[0]]
    : sequences(steps - 1).flatMap((start) => Array.from({ length: FOLLOW }, (_, i) => [...start, i + 1]))

const logProb = (model: Model, rows: number[][], z: number[]): number[] =>
  numbers(() => {
    const x = tf.tensor2d(rows, [rows.length, rows[0].length], 'int32')
    const codes = tf.tile(tf.tensor3d([[z]]), [rows.length, 1, 1])
    return model.conditional.logProb(x, codes)
  })

onEachEngine('autoregressive', () => {
  for (const { title, build } of textVariants(WORDS)) {
    it(`p(x|z) of all sequences of three tokens adds up to one: ${title}`, () =>
      expectNoLeaks(() => {
        const model = build()
        disturb(model.parameters, new Random(1), 0.7)
        const all = sequences(3)
        for (const z of [
          [0, 0],
          [1.5, -2],
        ].map((code) => code.slice(0, model.latent))) {
          const logs = logProb(model, all, z)
          nearNumber(
            logs.reduce((sum, log) => sum + Math.exp(log), 0),
            1,
            2e-5,
          )
        }
        model.dispose()
      }))

    it(`accepts several codes per text, and advances token by token as along the whole text: ${title}`, () =>
      expectNoLeaks(() => {
        const model = build()
        disturb(model.parameters, new Random(2), 0.7)
        const { conditional, latent } = model
        const rows = [
          [0, 4, 7, 3, 1],
          [0, 3, 3, 6, 1],
        ]
        const random = new Random(3)
        const codes = Array.from({ length: 2 * 3 }, () =>
          Array.from({ length: latent }, () => 2 * random.normal()),
        )
        const together = numbers(() =>
          conditional.logProb(
            tf.tensor2d(rows, [2, 5], 'int32'),
            tf.tensor4d(codes.flat(), [2, 3, 1, latent]),
          ),
        )
        const apart = codes.flatMap((z, i) => logProb(model, [rows[Math.floor(i / 3)]], z))
        near(together, apart, 1e-5)
        // Word by word: the sum of the log of each next word's share.
        const text = model.texts
        const stepped = codes.map((z, i) => {
          const row = rows[Math.floor(i / 3)]
          return tf.tidy(() => {
            const code = tf.tensor2d([z])
            let state = text.begin(code)
            let sum = 0
            for (let t = 0; t + 1 < row.length; t++) {
              const next = text.next(tf.tensor1d([row[t]], 'int32'), state, code)
              state = next.state
              sum += (tf.logSoftmax(next.logits).dataSync() as Float32Array)[row[t + 1] - 1]
            }
            return sum
          })
        })
        near(stepped, apart, 1e-5)
        model.dispose()
      }))
  }

  it('drops inputs and tokens in training only, different ones at each step', () =>
    expectNoLeaks(() => {
      const [{ build }] = textVariants(WORDS)
      for (const rates of [{ dropout: 0.5 }, { dropout: 0, wordDropout: 0.5 }, { dropout: 0 }]) {
        const model = build(rates)
        const once = (key?: number): number[] =>
          numbers(() =>
            model.conditional.logProb(
              tf.tensor2d([[0, 4, 7, 3, 1]], [1, 5], 'int32'),
              tf.zeros([1, 1, 2]),
              key === undefined ? undefined : new Draws(drawKey(key, 0)),
            ),
          )
        const [plain, first, again, second] = [once(), once(1), once(1), once(2)]
        assert.deepEqual(first, again)
        if (rates.dropout === 0 && !('wordDropout' in rates)) assert.deepEqual(first, plain)
        else {
          assert.notDeepEqual(first, plain)
          assert.notDeepEqual(first, second)
        }
        model.dispose()
      }
    }))

  it('has the log-likelihood of quadrature over z, and adds up over all texts', async () => {
    const variants = textVariants(3).filter(({ title }) => /svae, lstm|lidsvae, head/.test(title))
    for (const { build } of variants) {
      const model = build({ latent: 1 })
      // The encoder stays near the prior: a proposal that covers the posterior.
      disturb(model.parameters.scope('decoder'), new Random(4), 0.5)
      const texts = tinyTexts(6, 3, 1, [1, 2])
      // Simpson would not be better: the integrand falls off smoothly at ±8.
      const grid = Array.from({ length: 321 }, (_, i) => -8 + i / 20)
      const weights = grid.map((z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) / 20)
      const truth = Array.from({ length: texts.size }, (_, i) => {
        const row = [0, ...texts.documents[i], 1]
        const logs = numbers(() =>
          model.conditional.logProb(
            tf.tensor2d([row], [1, row.length], 'int32'),
            tf.tensor3d([grid.map((z) => [z])]),
          ),
        )
        return Math.log(logs.reduce((sum, log, k) => sum + weights[k] * Math.exp(log), 0))
      })
      const found = await evaluate(model, texts, { samples: 3000, priorSamples: 10, size: 6 })
      near(pointLogLikelihoods(found), truth, 0.02)
      model.dispose()
    }
  })
})
