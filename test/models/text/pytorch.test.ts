import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Draws, drawKey } from '../../../src/compute/draws'
import { perplexity } from '../../../src/metrics/perplexity'
import { onEachEngine } from '../../support/engines'
import { near, nearNumber } from '../../support/near'
import { numbersOfAll } from '../../support/tables'
import { textVariants } from '../../support/texts'

interface Input {
  title: string
  texts: number[][]
  noise: number[][]
  weights: Record<string, { shape: number[]; values: number[] }>
}

interface Expected {
  title: string
  logProb: number[]
  klZ: number[][]
  perplexity: number
}

const folder = path.join(__dirname, '..', '..', 'fixtures', 'text')
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(folder, name), 'utf8'))
const inputs = read('input.json') as Input[]
const { models: expected } = read('expected.json') as { models: Expected[] }

onEachEngine('text models beside PyTorch', () => {
  for (const [i, input] of inputs.entries())
    it(`have its log-likelihoods, KL and perplexity for the same weights and noise: ${input.title}`, () => {
      const model = textVariants(5)
        .find(({ title }) => title === input.title)!
        .build()
      const { variables, constants } = model.parameters
      tf.tidy(() => {
        for (const [name, variable] of variables)
          variable.assign(tf.tensor(input.weights[name].values, input.weights[name].shape))
      })
      // Fixed tensors come from the seed: the same ones, or the file is of another version.
      for (const [name, tensor] of constants) near(tensor.dataSync(), input.weights[name].values, 1e-6, name)
      const found = input.texts.map((text, row) => {
        const [log, kl] = numbersOfAll(() => {
          const x = tf.tensor2d([text], [1, text.length], 'int32')
          const { mean, sd } = model.posterior.encode(x)
          const z = tf.add(mean, tf.mul(sd, tf.tensor3d([[input.noise[row]]])))
          return [model.conditional.logProb(x, z), model.elboTerms(x, new Draws(drawKey(0, 0))).klZ]
        })
        near(kl, expected[i].klZ[row], 1e-4)
        assert.ok(
          Math.abs(log[0] - expected[i].logProb[row]) < 1e-3,
          `text ${row}: ${log[0]}, ${expected[i].logProb[row]}`,
        )
        return log[0]
      })
      const { value } = perplexity({
        size: found.length,
        samples: 1,
        components: 1,
        logRatio: Float32Array.from(found),
        words: Int32Array.from(input.texts, (text) => text.length - 1),
      })
      nearNumber(value, expected[i].perplexity, 1e-4)
      model.dispose()
    })
})
