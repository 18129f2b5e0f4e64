import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { textMethods, textSettings, type TextMethod } from '../../../src/apps/experiments/textPair'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { numbers } from '../../support/tables'
import { tinyTexts } from '../../support/texts'

onEachEngine('the models of the text experiment', () => {
  for (const [data, { options, head }] of Object.entries(textSettings))
    it(`can be built at the size of ${data}`, () =>
      expectNoLeaks(() => {
        const { vocabulary } = tinyTexts(4, 300)
        for (const method of Object.keys(textMethods) as TextMethod[]) {
          const model = textMethods[method]({ ...options, vocabulary, seed: 1 }, head)
          const logits = numbers(() =>
            model.texts.logits(tf.tensor2d([[0, 3, 1]], [1, 3], 'int32'), tf.zeros([1, model.latent])),
          )
          // Of the token after <s> and the one after that; <s> itself never follows.
          assert.equal(logits.length, 2 * (vocabulary.size - 1), method)
          assert.ok(logits.every(Number.isFinite), method)
          model.dispose()
        }
      }))
})
