import assert from 'node:assert/strict'
import { it } from 'node:test'
import { bernoulli } from '../../src/distributions/bernoulli'
import * as fixes from '../../src/fixes'
import { vae } from '../../src/models/builders'
import { made } from '../../src/models/made'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

const common = { likelihood: bernoulli(4), latent: 2, hidden: 6, seed: 1 }
const images = tinyImages(40, 4)

onEachEngine('made', () => {
  it('goes with every fix, or is refused by name', () =>
    expectNoLeaks(async () => {
      const small: Partial<Record<fixes.FixName, Record<string, number>>> = {
        pretraining: { epochs: 1 },
        vampPrior: { components: 4, length: 3 },
        lagging: { window: 2, most: 2 },
        semiAmortized: { steps: 1 },
        inverseLipschitz: { hidden: 6, hiddenLatent: 8 },
      }
      for (const name of Object.keys(fixes) as fixes.FixName[]) {
        const applied = fixes[name].on('vae', small[name])
        const model = vae({ ...common, context: made(), ...applied.model })
        const options = { epochs: 2, batchSize: 20, verbose: false, validation: images, ...applied.fit }
        if (name === 'mutual')
          await assert.rejects(fit(model, images, options), /draws one feature at a time/)
        else {
          const { rows } = await fit(model, images, options)
          assert.ok(Number.isFinite(rows.at(-1)!.gradientNorm), name)
        }
        model.dispose()
      }
    }))
})
