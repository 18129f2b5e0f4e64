import assert from 'node:assert/strict'
import { it } from 'node:test'
import { syntheticText } from '../../src/data/text/syntheticText'
import { bernoulli } from '../../src/distributions/bernoulli'
import { inverseLipschitz } from '../../src/fixes/inverseLipschitz'
import { certify } from '../../src/metrics/certificate'
import { vae } from '../../src/models/builders'
import { svae } from '../../src/models/text/builders'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'
import { near } from '../support/near'

const DIM = 8
const options = { epochs: 2, batchSize: 10, verbose: false }

onEachEngine('inverseLipschitz', () => {
  it('certifies the L it is given', () => {
    for (const bound of [0.1, 1, 3]) {
      const decoder = inverseLipschitz({ bound, hidden: 6, hiddenLatent: 4 })
      const model = vae({ likelihood: bernoulli(DIM), latent: 2, hidden: 6, decoder })
      const { constant } = certify(model)
      assert.ok(constant >= bound * (1 - 1e-5) && constant < bound * 1.2, `${constant}`)
      model.dispose()
    }
    assert.throws(() => inverseLipschitz({ bound: 0 }), /`bound` must be .*, got 0/)
  })

  it('shows the slope of the decoder, never below L, for texts too, and trains as the ELBO does', () =>
    expectNoLeaks(async () => {
      const bound = 2
      const texts = syntheticText({ tokens: 16, length: 3, train: 60, test: 20, seed: 1 })
      const small = { bound, hidden: 6, hiddenLatent: 8, width: 10 }
      const ofRows = inverseLipschitz.on('vae', small)
      const ofTexts = inverseLipschitz.on('svae', small)
      const build = {
        rows: () => vae({ likelihood: bernoulli(DIM), latent: 2, hidden: 6, seed: 1, ...ofRows.model }),
        texts: () =>
          svae({
            vocabulary: texts.vocabulary,
            latent: 2,
            hidden: 6,
            embedding: 5,
            seed: 1,
            ...ofTexts.model,
          }),
      }
      for (const kind of ['rows', 'texts'] as const) {
        const train = kind === 'rows' ? tinyImages(60, DIM) : texts.train
        const steep: number[] = []
        const [watched, plain] = [build[kind](), build[kind]()]
        await fit(watched, train, {
          ...options,
          ...ofRows.fit,
          observer: {
            step: ({ readings }) => {
              assert.deepEqual(readings!.map(({ value }) => value).slice(1), [bound])
              steep.push(readings![0].value)
            },
          },
        })
        assert.ok(Math.min(...steep) >= bound * (1 - 1e-4), `${Math.min(...steep)}`)
        await fit(plain, train, options)
        const [a, b] = [readWeights(watched), readWeights(plain)]
        // A graph with one output more may round otherwise.
        for (const name of Object.keys(a)) near(a[name], b[name], 1e-5, name)
        watched.dispose()
        plain.dispose()
      }
    }))
})
