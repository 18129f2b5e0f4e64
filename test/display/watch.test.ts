import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatFigures } from '../../src/display/formatWatch'
import { Watch } from '../../src/display/watch'
import type { StepSeen, TrainingBegin } from '../../src/training/observer'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages, variants } from '../support/models'

const STEP: StepSeen = {
  step: 0,
  loss: 0,
  reconstruction: -240,
  klZ: 0,
  klUnits: [1, 1],
  klW: 1,
  gradientNorm: 1,
  klWeight: 1,
  rate: 1e-3,
}

onEachEngine('the figures of a running training', () => {
  it('are means over the last fifty steps', () =>
    expectNoLeaks(() => {
      const model = variants.find(({ title }) => title.startsWith('lidmvae'))!.build()
      const begin: Partial<TrainingBegin> = {
        model,
        train: tinyImages(20, model.likelihood.dim),
        epochs: 100,
        steps: 100_000,
        stepsAnEpoch: 1000,
        step: 0,
        rows: [],
      }
      const watch = new Watch(begin as TrainingBegin)
      assert.equal(formatFigures(watch), '')
      for (let step = 1; step <= 60; step++)
        watch.step({ ...STEP, step, loss: step % 2 ? 240 : 260, klZ: step / 10 })
      // Steps 11 to 60.
      assert.equal(formatFigures(watch), 'loss 250.0 nats · KL z 3.55, w 1.00')
      watch.dispose()
      model.dispose()
    }))
})
