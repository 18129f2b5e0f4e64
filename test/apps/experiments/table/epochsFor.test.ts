import assert from 'node:assert/strict'
import path from 'node:path'
import { it } from 'node:test'
import { epochsFor } from '../../../../src/apps/experiments/table/epochsFor'
import { startEngine } from '../../../../src/compute/engine'
import { adam } from '../../../../src/compute/optimizers'
import { bernoulli } from '../../../../src/distributions/bernoulli'
import { vae } from '../../../../src/models/builders'
import { fit } from '../../../../src/training/fit'
import { untilConverged } from '../../../../src/training/untilConverged'
import { inTemporary } from '../../../setup/prepareSupport'
import { tinyImages } from '../../../support/models'

it('a cell goes on after the epochs of plain, and stays there where it has converged by then', () =>
  inTemporary(async (folder) => {
    await startEngine({ engine: 'wasm', quiet: true })
    const train = tinyImages(20, 6)
    const trained = async (run: string, epochs: number, patience: number) => {
      const model = vae({ likelihood: bernoulli(6), latent: 1, hidden: 4, seed: 1 })
      try {
        return await fit(model, train, {
          validation: train,
          // Nothing is learned: the first evaluation is the best.
          optimizer: adam({ rate: 1e-9 }),
          until: untilConverged({ patience, drops: 0, least: 4 }),
          epochs,
          batchSize: 20,
          run,
          verbose: false,
        })
      } finally {
        model.dispose()
      }
    }
    const [at, on, within] = ['at', 'on', 'within'].map((name) => path.join(folder, name))
    assert.equal(epochsFor(at, 50), 50, 'nothing is there yet')

    // Converged with the last of plain's epochs: more are refused.
    assert.equal((await trained(at, 4, 2)).converged, true)
    await assert.rejects(trained(at, 50, 2), /More epochs change nothing/)
    assert.equal(epochsFor(at, 50), 4)
    assert.equal((await trained(at, epochsFor(at, 50), 2)).rows.length, 4)

    await trained(on, 4, 30)
    assert.equal(epochsFor(on, 50), 50)
    assert.ok((await trained(on, 50, 30)).rows.length > 4)

    // Converged before the last of all its epochs, and stopped before its record was written.
    assert.equal((await trained(within, 50, 6)).converged, true)
    assert.equal(epochsFor(within, 50), 50)
    assert.ok((await trained(within, 50, 6)).rows.length < 50)
  }))
