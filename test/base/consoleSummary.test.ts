import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import * as lid from '../../src'
import { withConsoleSummary } from '../../src/base/consoleSummary'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

const data = tinyImages(40, 4)
const { train: texts, vocabulary } = lid.data.syntheticText({
  tokens: 12,
  train: 20,
  validation: 5,
  test: 5,
  length: 3,
  units: 4,
})
const mixture = () =>
  lid.lidmvae({
    likelihood: lid.bernoulli(4),
    latent: 2,
    components: 3,
    hidden: 5,
    seed: 1,
    injective: { hiddenLatent: 4 },
  })

/** Printed whole, in a few lines that fit a screen. */
function prints(value: object, wanted: RegExp): void {
  const text = inspect(value)
  // Where a line is long it goes on in the next.
  assert.match(text.replace(/\n(?: {4}|(?![ }]))/g, ' '), wanted)
  assert.ok(text.split('\n').length <= 8 && text.length < 2000, text)
}

describe('console.log', () => {
  before(() => lid.ready({ engine: 'wasm', quiet: true }))

  it('says what data are', () => {
    prints(data, /^tiny images: 40 rows of 4 \(binary\), 2 labels; made by a test$/)
    prints(texts, /^synthetic text, training: 20 texts over 15 tokens, 4 labels; generated from seed 0$/)
    prints(vocabulary, /^Vocabulary of 15 tokens: <s>, <\/s>, _UNK, w\d+, .*, …$/)
    prints({ train: data, test: data }, /^\{\n {2}train: tiny images: .*,\n {2}test: tiny images: .*\n\}$/)
  })

  it('says what a model is, a training, and all that is measured of it', () =>
    expectNoLeaks(async () => {
      const model = mixture()
      prints(
        model,
        /^lidmvae: 2 units of z, 3 components of w, bernoulli likelihood of 4 dimensions; \d+ weights, not trained$/,
      )
      const history = await lid.fit(model, data, {
        epochs: 2,
        batchSize: 20,
        validation: data,
        verbose: false,
      })
      prints(
        history,
        /^History: 2 epochs, 4 steps in \d+\.\d s, \d+\.\d ms per step\n {2}last epoch, nats per data point: loss \d\.\d\d, .* of w; validation loss \d\.\d\d\n/,
      )
      prints(model, /trained for 4 steps \(2 epochs\)$/)
      prints(lid.refined(model), /^lidmvae: 2 units/)
      const evaluation = await lid.evaluate(model, data, { samples: 5 })
      prints(
        evaluation,
        /^Evaluation of lidmvae: 40 data points, 5 draws each, 2 units of z, 3 components of w; /,
      )
      const diagnosis = lid.diagnoseEvaluation(evaluation)
      prints(
        diagnosis,
        /^Diagnosis of lidmvae on 40 data points: log p\(x\) = -\d\.\d\d ± .*, ELBO = .* nats\n {2}active: \d of 2 units of z, \d of 3 components of w; cluster accuracy .*\n {2}z: .*\n {2}w: /,
      )
      prints(
        lid.certify(model),
        /^Certificate of lidmvae: constant \d.* \(μ₁ 1\.00, σ_min \d.*, μ₂ 1\.00\)\n {2}Two codes/,
      )
      prints(
        await lid.witness(model, { candidates: 256, steps: 1 }),
        /^(No witness|Witness found): lidmvae, \d+\.\d s\n {2}z: /,
      )
      model.dispose()
    }))

  it('says of a model of texts how many words there are', () => {
    const model = lid.svae({ vocabulary, latent: 2, hidden: 4, embedding: 4 })
    prints(model, /^svae: 2 units of z, texts over 15 tokens; \d+ weights, not trained$/)
    model.dispose()
  })
})

describe('withConsoleSummary', () => {
  it('changes nothing but what is printed', () => {
    const value = withConsoleSummary({ a: 1, b: [2] }, ({ a }) => `a is ${a}`)
    assert.equal(inspect(value), 'a is 1')
    assert.equal(inspect([value]), '[ a is 1 ]')
    assert.deepStrictEqual(value, { a: 1, b: [2] })
    assert.equal(JSON.stringify(value), '{"a":1,"b":[2]}')
    assert.deepStrictEqual(structuredClone(value), { a: 1, b: [2] })
    assert.deepEqual(Object.keys(value), ['a', 'b'])
    assert.equal(inspect(value, { customInspect: false }), '{ a: 1, b: [ 2 ] }')
  })
})
