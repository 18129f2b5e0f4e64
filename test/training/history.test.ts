import assert from 'node:assert/strict'
import { it } from 'node:test'
import { historyTable, type EpochRow } from '../../src/training/history'

const numbers = {
  epoch: 1,
  step: 10,
  loss: 5,
  reconstruction: -4,
  klZ: 0.9,
  klW: 0.1,
  klWeight: 1,
  rate: 1e-3,
  gradientNorm: 2,
  seconds: 0.5,
}
const row: EpochRow = { ...numbers, klUnits: [0.2, 0.7] }

it('is a table with the rows in order and one column per quantity', () => {
  const table = historyTable([row, { ...row, epoch: 2, loss: 4 }])
  assert.deepEqual(table.columnNames(), Object.keys(numbers))
  assert.deepEqual(table.objects(), [numbers, { ...numbers, epoch: 2, loss: 4 }])
})

it('has columns that some rows lack, with empty cells there', () => {
  const table = historyTable([{ ...row, validationLoss: 6 }, row])
  assert.deepEqual(table.array('validationLoss'), [6, undefined])
  assert.equal(table.columnNames().includes('validationKlZ'), false)
})

it('is an empty table without rows', () => {
  assert.equal(historyTable([]).numRows(), 0)
})
