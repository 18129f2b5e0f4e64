import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { ArgumentError } from '../../src/base/errors'
import { certificateRatios, certify } from '../../src/metrics/certificate'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import { anchoredMeans } from '../../src/models/prior'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { paperParts } from '../support/injective'
import { disturb, numbers, rowsOf } from '../support/tables'
import { scaling, tableModel } from './knownModel'
import { exactInference, type Known, repeat } from './known'

onEachEngine('certify', () => {
  it('multiplies μ1, σ_min(β) and μ2, before and after weights move', () => {
    const model = lidvae({
      likelihood: bernoulli(6),
      latent: 3,
      hidden: 8,
      injective: { mu: [0.3, 2], anchor: 1.5, hiddenLatent: 5 },
    })
    const beta = paperParts(model)?.beta
    assert.ok(beta)
    for (const scale of [0, 0.5, 3]) {
      disturb(model.parameters, new Random(1), scale)
      const matrix = new Matrix(
        rowsOf(
          numbers(() => beta.matrix()),
          6,
        ),
      )
      // Six rows and three columns: as many singular values as the map has inputs.
      const singular = new SingularValueDecomposition(matrix.transpose()).diagonal
      const { constant, mu1, sigmaMin, mu2, components, summary } = expectNoLeaks(() => certify(model))
      assert.deepEqual([mu1, mu2, components], [0.3, 2, undefined])
      nearNumber(sigmaMin ?? 0, Math.min(...singular), 1e-5)
      nearNumber(constant, 0.6 * Math.min(...singular), 1e-5)
      assert.ok(constant >= 0.6 * 1.5 - 1e-5)
      assert.match(summary, /at least \d.*‖z − z′‖\.$/)
    }
    model.dispose()
  })

  it('guarantees nothing for a decoder that is not injective by construction', () => {
    const model = vae({ likelihood: bernoulli(6), latent: 3, hidden: 8 })
    assert.equal(certify(model).constant, 0)
    assert.match(certify(model).summary, /^Two different codes may give the same likelihood\.$/)
    model.dispose()
  })

  it('measures the least distance between components in units of the larger γ', () => {
    const known: Known = {
      slopes: [1, 1],
      sigma: 1,
      means: [
        [0, 0],
        [3, 4],
        [30, 0],
      ],
      sds: [
        [1, 0.5],
        [0.5, 2],
        [1, 1],
      ],
    }
    // Between 0 and 1: (3/1, 4/2); the others are further.
    const model = tableModel(known, [[0, 0]], exactInference(known))
    const { components, summary } = expectNoLeaks(() => certify(model))
    nearNumber(components ?? 0, Math.hypot(3, 2), 1e-6)
    assert.match(summary, /lie 3\.61 γ apart, which training may change\.$/)
    model.dispose()
  })

  it('states that anchored means cannot merge, and keeps √2 · separation between them', () => {
    const model = lidmvae({ likelihood: gaussian(5), latent: 4, components: 3, hidden: 8, seed: 2 })
    disturb(model.parameters, new Random(3), 1)
    const sd = numbers(() => model.prior.moments().sd)
    const { components = 0, constant, summary } = certify(model)
    assert.ok(components >= (2 * Math.SQRT2) / Math.max(...sd) - 1e-5, `${components}`)
    assert.ok(constant >= 1 - 1e-5)
    assert.match(summary, /training cannot merge them/)
    const plain = gmvae({
      likelihood: gaussian(5),
      latent: 4,
      components: 3,
      hidden: 8,
      prior: anchoredMeans(),
    })
    assert.equal(certify(plain).constant, 0)
    plain.dispose()
    model.dispose()
  })
})

onEachEngine('certificateRatios', () => {
  it('are the slope of a linear decoder, near and far, in every dimension', async () => {
    const one = vae({ likelihood: gaussian(1), latent: 1, decoder: scaling([2.5]) })
    near(await certificateRatios(one, { pairs: 600 }), repeat(2.5, 600), 1e-4)
    const two = vae({ likelihood: gaussian(2), latent: 2, decoder: scaling([0.5, 3]) })
    const ratios = await certificateRatios(two, { pairs: 700 })
    assert.equal(ratios.length, 700)
    assert.ok(Math.min(...ratios) >= 0.5 - 1e-4 && Math.min(...ratios) < 0.55)
    assert.ok(Math.max(...ratios) <= 3 + 1e-4 && Math.max(...ratios) > 2.9)
    one.dispose()
    two.dispose()
  })

  it('lie above the constant for random weights, and are new pairs for a new seed', async () => {
    for (const mu of [0.3, 1]) {
      const model = lidmvae({
        likelihood: bernoulli(6),
        latent: 3,
        components: 2,
        hidden: 8,
        injective: { mu, hiddenLatent: 5 },
      })
      disturb(model.parameters, new Random(4), 0.5)
      const ratios = await expectNoLeaks(() => certificateRatios(model, { pairs: 501 }))
      const { constant } = certify(model)
      assert.ok(
        constant > 0 && Math.min(...ratios) >= constant * (1 - 1e-3),
        `${constant}, ${Math.min(...ratios)}`,
      )
      assert.ok(new Set(ratios).size > 495)
      assert.deepEqual(await certificateRatios(model, { pairs: 501 }), ratios)
      assert.notDeepEqual(await certificateRatios(model, { pairs: 501, seed: 1 }), ratios)
      model.dispose()
    }
  })

  it('requires an integer number of pairs', async () => {
    const model = vae({ likelihood: gaussian(1), latent: 1, hidden: 2 })
    await assert.rejects(certificateRatios(model, { pairs: 0 }), (error: Error) => {
      assert.ok(error instanceof ArgumentError)
      assert.match(error.message, /^`pairs` must be an integer ≥ 1, got 0/)
      return true
    })
    model.dispose()
  })
})
