import assert from 'node:assert/strict'
import { it } from 'node:test'
import { bernoulli } from '../../src/distributions/bernoulli'
import { certificateRatios, certify } from '../../src/metrics/certificate'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import { fit } from '../../src/training/fit'
import { tinyImages } from '../support/models'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { Random } from '../support/random'
import { disturb } from '../support/tables'

const likelihood = () => bernoulli(12)
const common = { latent: 3, hidden: 8, seed: 1 }

onEachEngine('certificate', () => {
  for (const activation of ['smooth', 'paper'] as const)
    it(`bounds every sampled ratio from below, for random weights and after training: ${activation}`, () =>
      expectNoLeaks(async () => {
        const injective = { activation, mu: [0.5, 2] as const, anchor: 0.7, hiddenLatent: 6 }
        for (const model of [
          lidvae({ likelihood: likelihood(), ...common, injective }),
          lidmvae({ likelihood: likelihood(), ...common, components: 4, injective }),
        ]) {
          const check = async (when: string) => {
            const { constant, mu1, mu2, sigmaMin } = certify(model)
            assert.equal(mu1, 0.5)
            assert.equal(mu2, 2)
            assert.ok(sigmaMin !== undefined && sigmaMin >= 0.7 - 1e-4, `σ_min ${sigmaMin}`)
            assert.ok(Math.abs(constant - 0.5 * 2 * sigmaMin) < 1e-12)
            const ratios = await certificateRatios(model, { pairs: 600, seed: 3 })
            assert.equal(ratios.length, 600)
            const least = Math.min(...ratios)
            assert.ok(least >= constant * (1 - 1e-3), `${when}: ratio ${least} below ${constant}`)
          }
          await check('at the start')
          disturb(model.parameters, new Random(1), 1)
          await check('random weights')
          disturb(model.parameters, new Random(2), 5)
          await check('large weights')
          model.dispose()
        }
        const trained = lidvae({ likelihood: likelihood(), ...common, injective })
        await fit(trained, tinyImages(100, 12), { epochs: 5, batchSize: 10, verbose: false })
        assert.equal(trained.steps, 50)
        const { constant } = certify(trained)
        assert.ok(constant > 0.5)
        assert.ok(Math.min(...(await certificateRatios(trained))) >= constant * (1 - 1e-3))
        trained.dispose()
      }))

  it('is 0 for a plain decoder, and describes what it guarantees and what it does not', () => {
    const plain = vae({ likelihood: likelihood(), ...common })
    assert.equal(certify(plain).constant, 0)
    assert.match(certify(plain).summary, /may give the same/)
    plain.dispose()
    const mixture = gmvae({ likelihood: likelihood(), ...common, components: 3 })
    assert.match(certify(mixture).summary, /training may change/)
    mixture.dispose()
    const injective = lidmvae({ likelihood: likelihood(), ...common, components: 3 })
    assert.match(certify(injective).summary, /training cannot merge/)
    injective.dispose()
  })
})
