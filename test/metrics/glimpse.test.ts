import assert from 'node:assert/strict'
import { it } from 'node:test'
import { activeUnits } from '../../src/metrics/activeUnits'
import { evaluate } from '../../src/metrics/evaluate'
import { Glimpse } from '../../src/metrics/glimpse'
import { mutualInformation } from '../../src/metrics/mutualInformation'
import { realNvp } from '../../src/layers/realNvp'
import { gmvae } from '../../src/models/builders'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { COMPONENTS, dataFor, HIDDEN, LATENT, likelihoods, variants } from '../support/models'

const withFlow = {
  title: 'gmvae, with a flow',
  likelihood: 'bernoulli',
  build: () =>
    gmvae({
      likelihood: likelihoods.bernoulli(),
      latent: LATENT,
      components: COMPONENTS,
      hidden: HIDDEN,
      seed: 1,
      flow: realNvp({ hidden: 4 }),
    }),
}

onEachEngine('a glimpse of a model', () => {
  for (const { title, build, likelihood } of [
    ...variants.filter((v) => v.likelihood === 'bernoulli'),
    withFlow,
  ])
    it(`${title}: the values of the full metrics on the same points`, async () => {
      const model = build()
      const data = dataFor(likelihood, 90)
      await fit(model, data, { epochs: 20, batchSize: 30, verbose: false })
      const glimpsed = expectNoLeaks(() => {
        const glimpse = new Glimpse(model, data)
        try {
          assert.ok(Math.abs(glimpse.cap - Math.log(90)) < 1e-12)
          const first = glimpse.look()
          assert.deepEqual(glimpse.look(), first, 'the same draws each time')
          return first
        } finally {
          glimpse.dispose()
        }
      })
      const full = await evaluate(model, data, { size: 90, samples: 2, priorSamples: 1 })
      const information = mutualInformation(full)
      const units = activeUnits(full)
      assert.equal(glimpsed.activeUnits.z, units.z.fraction.value)
      assert.equal(glimpsed.activeUnits.w, units.w.fraction.value)
      assert.ok(Math.abs(glimpsed.mutualInformation.w - information.w.value) < 1e-6)
      // Other draws of z: within their scatter.
      const off = Math.abs(glimpsed.mutualInformation.z - information.z.value)
      assert.ok(off < 5 * Math.SQRT2 * Math.max(information.z.standardError, 0.01), `off by ${off}`)
      model.dispose()
    })
})
