import assert from 'node:assert/strict'
import { it } from 'node:test'
import { settingOf } from '../../../../src/apps/experiments/table/cell'
import { costOf } from '../../../../src/apps/experiments/table/cost'
import { onEachEngine } from '../../../support/engines'

onEachEngine('the cost of an entry', () => {
  it('is measured on some of its steps, and lagging inference reckoned from plain', async () => {
    const cell = { size: 'quick', data: 'synthetic-text', method: 'plain', seed: 1 } as const
    const data = await settingOf(cell).load(() => undefined)
    const { measured, msPerUpdate, updates, hours } = await costOf(cell, data, { steps: 6 })
    assert.ok(measured >= 3 && measured <= 6, `${measured} steps`)
    // 2,000 sentences in batches of 32, for 50 epochs.
    assert.equal(updates, 63 * 50)
    assert.ok(hours > (msPerUpdate * updates) / 3.6e6)
    const lagging = await costOf({ ...cell, method: 'lagging' }, data, {}, 10)
    assert.deepEqual([lagging.measured, lagging.msPerUpdate], [0, 270])
  })
})
