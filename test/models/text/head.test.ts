import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { ArgumentError } from '../../../src/base/errors'
import { certificateRatios, certify } from '../../../src/metrics/certificate'
import { lidsvae } from '../../../src/models/text/builders'
import { injectiveHead, vocabularyHead } from '../../../src/models/text/head'
import { fit } from '../../../src/training/fit'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { near, nearNumber } from '../../support/near'
import { Random } from '../../support/random'
import { disturb, numbers } from '../../support/tables'
import { textVariants, tinyTexts } from '../../support/texts'
import * as tf from '@tensorflow/tfjs'

const texts = tinyTexts(40, 5)

onEachEngine('heads of text models', () => {
  for (const { title, build } of textVariants(5).filter(({ title }) => title.startsWith('lidsvae')))
    it(`separate any two codes by the certificate, at every token, for random weights and after training: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = build()
        const check = async (when: string): Promise<void> => {
          const { constant, mu1, mu2, sigmaMin, sigmaMinOutput } = certify(model)
          assert.deepEqual([mu1, mu2], [0.5, 2])
          assert.ok(sigmaMin! >= 0.7 - 1e-4 && (sigmaMinOutput ?? 1) >= 0.7 - 1e-4)
          nearNumber(constant, 0.5 * 2 * sigmaMin! * (sigmaMinOutput ?? 1), 1e-9)
          const ratios = await certificateRatios(model, { pairs: 600, seed: 3, texts })
          assert.equal(ratios.length, 600)
          const least = Math.min(...ratios)
          assert.ok(least >= constant * (1 - 1e-3), `${when}: ratio ${least} below ${constant}`)
        }
        await check('at the start')
        disturb(model.parameters, new Random(1), 1)
        await check('random weights')
        disturb(model.parameters, new Random(2), 4)
        await check('large weights')
        model.dispose()
        const trained = build()
        await fit(trained, texts, { epochs: 8, batchSize: 5, verbose: false })
        const { constant } = certify(trained)
        assert.ok(constant >= 0.7 * 0.7 - 1e-4)
        assert.ok(
          Math.min(...(await certificateRatios(trained, { pairs: 300, texts }))) >= constant * (1 - 1e-3),
        )
        trained.dispose()
      }))

  it('guarantee nothing where they are linear, and z may then make no difference at all', () =>
    expectNoLeaks(async () => {
      for (const { title, build } of textVariants(5).filter(({ title }) => title.startsWith('svae'))) {
        const model = build()
        assert.equal(certify(model).constant, 0, title)
        model.dispose()
      }
      // A linear head whose weights of z are zero: two codes, one likelihood.
      const model = textVariants(5)[1].build()
      const W = model.parameters.variables.get('decoder/head/W')!
      tf.tidy(() => W.assign(tf.mul(W, tf.tensor2d([0, 0, 1, 1, 1, 1], [6, 1]))))
      assert.equal(Math.max(...(await certificateRatios(model, { pairs: 20, texts }))), 0)
      model.dispose()
    }))

  it('fix the logit of the rarest token, and measure σ_min of the map to the vocabulary', () => {
    for (const { build } of textVariants(5).filter(({ title }) => title.startsWith('lidsvae'))) {
      const model = build()
      disturb(model.parameters, new Random(5), 1)
      const logits = numbers(() =>
        model.texts.logits(tf.tensor2d([[0, 4, 7, 1]], [1, 4], 'int32'), tf.tensor2d([[1, -1]])),
      )
      for (let t = 0; t < 3; t++) assert.equal(logits[7 * t + 6], 0)
      const B = model.parameters.variables.get('decoder/head/B')
      const { sigmaMinOutput } = certify(model)
      if (B) {
        const values = numbers(() => B.clone())
        const [rows, columns] = B.shape as [number, number]
        const M = new Matrix(rows, rows + columns).apply(function (i, j) {
          this.set(i, j, j < rows ? (i === j ? 0.7 : 0) : values[i * columns + j - rows])
        })
        nearNumber(sigmaMinOutput!, Math.min(...new SingularValueDecomposition(M.transpose()).diagonal), 1e-6)
      } else assert.equal(sigmaMinOutput, undefined)
      model.dispose()
    }
  })

  it('start at the frequency of each token, in both models of a pair', () => {
    const train = tinyTexts(60, 5)
    const counts = new Float64Array(7).fill(1)
    for (const document of train.documents) for (const id of [...document, 1]) counts[id - 1]++
    const total = counts.reduce((a, b) => a + b)
    const expected = Array.from(counts, (count) => Math.log(count / total))
    for (const { title, build } of textVariants(5)) {
      const model = build()
      model.conditional.start(train)
      // What is left of the head with every other weight at zero is its bias.
      const bias = ['head/b', 'head/c', 'head/g2/a'].flatMap((name) => {
        const found = model.parameters.variables.get(`decoder/${name}`)
        return found ? [numbers(() => found.clone())] : []
      })[0]
      const shift = bias.length === 7 ? 0 : expected[6]
      near(
        [...bias, ...(bias.length === 7 ? [] : [0])].map((b) => b + shift),
        expected,
        1e-6,
        title,
      )
      model.dispose()
    }
  })

  it('say what does not fit', () => {
    const { vocabulary } = texts
    const common = { vocabulary, latent: 2, hidden: 4, embedding: 3 }
    const refused = (make: () => unknown, argument: string) =>
      assert.throws(make, (error: Error) => error instanceof ArgumentError && error.argument === argument)
    refused(() => lidsvae(common), 'width')
    refused(() => lidsvae({ ...common, latent: 5, head: injectiveHead({ width: 4 }) }), 'latent')
    refused(() => lidsvae({ ...common, head: injectiveHead({ width: 4, projection: 4 }) }), 'projection')
    refused(() => lidsvae({ ...common, head: vocabularyHead({ mu: 0 }) }), 'mu')
    refused(() => injectiveHead({ anchor: 0 }), 'anchor')
  })
})
