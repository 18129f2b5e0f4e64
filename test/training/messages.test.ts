import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { bernoulli } from '../../src/distributions/bernoulli'
import { vae } from '../../src/models/builders'
import { betaVae } from '../../src/fixes'
import { fit } from '../../src/training/fit'
import { resolveFitOptions, type FitOptions } from '../../src/training/options'
import { settingsOf } from '../../src/training/runRecord'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

onEachEngine('fit says', () => {
  const train = tinyImages(20, 6)
  const build = () => vae({ likelihood: bernoulli(6), latent: 2, hidden: 3, seed: 1 })
  const options = { epochs: 1, batchSize: 10, verbose: false }

  it('what came of it, when its result is printed', () =>
    expectNoLeaks(async () => {
      const model = build()
      const said = inspect(await fit(model, train, { ...options, validation: train }))
      assert.match(said, /^History: 1 epoch, 2 steps in \d+\.\d s/)
      assert.match(
        said,
        /last epoch, nats per data point: loss -?\d+\.\d\d, reconstruction -?\d+\.\d\d, KL \d+\.\d\d of z; validation loss -?\d+\.\d\d/,
      )
      model.dispose()
    }))

  it('in its record nothing of an objective that is the ELBO, and the name of any other', () =>
    expectNoLeaks(() => {
      const model = build()
      const recorded = (given: Partial<FitOptions>): unknown =>
        settingsOf(model, train, resolveFitOptions(model, train, { epochs: 1, ...given })).objective
      assert.equal(recorded({}), undefined)
      assert.deepEqual(recorded({ objective: betaVae({ beta: 0.2 }) }), { part: 'betaElbo', with: [0.2] })
      model.dispose()
    }))

  it('which option is unknown, and what is no objective', () =>
    expectNoLeaks(async () => {
      const model = build()
      await assert.rejects(
        fit(model, train, {
          ...options,
          validation: train,
          earlyStopping: { patience: 2, gain: 1 } as never,
        }),
        /^ArgumentError: .*earlyStopping/,
      )
      await assert.rejects(
        fit(model, train, { ...options, objective: {} as never }),
        /^ArgumentError: `objective` must be an objective, got .*\. Write, say, objective: lid\.fixes\.betaVae/,
      )
      model.dispose()
    }))

  it('which setting differs from the run in the folder, where several do', () =>
    expectNoLeaks(async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-messages-'))
      const run = path.join(folder, 'run')
      const [model, again] = [build(), build()]
      await fit(model, train, { ...options, run })
      await assert.rejects(
        fit(again, train, { ...options, epochs: 2, seed: 3, run }),
        /^ArgumentError: `(epochs|seed)` must be [01], as in the run in .*, got [23]\. Use the same value/,
      )
      for (const one of [model, again]) one.dispose()
      rmSync(folder, { recursive: true })
    }))
})
