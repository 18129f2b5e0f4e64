import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as lid from '../../../../src'
import { packageRoot } from '../../../../src/platform/places'
import type { Cell } from '../../../../src/apps/experiments/table/cell'
import { readRecord, recordFile, writeRecord } from '../../../../src/apps/experiments/table/record'
import { inTemporary } from '../../../setup/prepareSupport'

const onRecord = path.join(packageRoot(), 'results', 'table')
const cell: Cell = { size: 'local', data: 'fashion-mnist', method: 'plain', seed: 1 }
const good = readRecord(onRecord, cell)!

/** Whether a file of such a content is taken for the cell's record. */
function reading(content: unknown, of: Cell = cell): () => Promise<void> | void {
  return () =>
    inTemporary((folder) => {
      const file = recordFile(folder, of)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
      readRecord(folder, of)
    })
}
const refused = async (content: unknown, words: RegExp, of?: Cell): Promise<void> =>
  assert.rejects(async () => reading(content, of)(), { name: 'DataError', message: words })

describe('a record', () => {
  it('is read as it was written', () =>
    inTemporary((folder) => {
      writeRecord(folder, cell, good)
      assert.deepEqual(readRecord(folder, cell), good)
      assert.equal(readRecord(folder, { ...cell, seed: 2 }), undefined)
    }))

  it('is refused where it is of another cell, broken, or lacks numbers', async () => {
    await refused('{"metrics":', /seed-1\.json: is not a record of this cell: it is no JSON\. Delete it/)
    await refused(good, /its data is fashion-mnist/, { ...cell, data: 'omniglot' })
    await refused(good, /its size is local/, { ...cell, size: 'paper' })
    await refused(good, /its method is plain/, { ...cell, method: 'lid' })
    await refused(good, /its seed is 1/, { ...cell, seed: 2 })
    await refused({ ...good, metrics: {} }, /metrics\.au is missing/)
    await refused({ ...good, seconds: null }, /seconds must be a number, got null/)
    const ll = { ...good.metrics.ll, value: null }
    await refused(
      { ...good, metrics: { ...good.metrics, ll } },
      /metrics\.ll\.value must be a number, got null/,
    )
    await refused({ ...good, curve: [{}] }, /curve\.0\.epoch is missing/)
    await refused({ ...good, metrics: null }, /metrics must be an object, got null/)
    await refused('['.repeat(1e6), /is not a record of this cell/)
  })

  it('is not written where a number is none', () =>
    inTemporary((folder) => {
      const metrics = { ...good.metrics, ll: { ...good.metrics.ll, value: NaN } }
      assert.throws(() => writeRecord(folder, cell, { ...good, metrics }), {
        name: 'NumericalError',
        message: /plain.seed-1: measured ll NaN\. No record is written/,
      })
      assert.ok(!existsSync(recordFile(folder, cell)))
    }))
})

describe('tableRecords', () => {
  const { tableRecords, tableRows } = lid.experiments

  it('finds every seed that is on record, or those that are named', () =>
    inTemporary((folder) => {
      for (const seed of [12, 3]) writeRecord(folder, { ...cell, seed }, { ...good, seed })
      const seeds = (wanted: object) => tableRecords({ results: folder, ...wanted }).map(({ seed }) => seed)
      assert.deepEqual(seeds({}), [3, 12])
      assert.deepEqual(seeds({ seeds: [12, 1] }), [12])
      assert.deepEqual(seeds({ data: ['yelp'] }), [])
    }))

  it('has a list of what is missing: records of the earlier rule, and cells without any', () =>
    inTemporary((folder) => {
      const wanted = { results: folder, data: ['fashion-mnist'], method: ['plain'] }
      const { rule: _rule, ...earlier } = good
      writeRecord(folder, { ...cell, seed: 1 }, { ...good, rule: 2 })
      writeRecord(folder, { ...cell, seed: 3 }, { ...earlier, seed: 3 })
      const missing = lid.experiments.tableMissing(wanted)
      assert.deepEqual(
        missing.map((command) => command.slice(-1)),
        ['2', '3', '4', '5'],
      )
      assert.equal(missing[0], 'npx lidvae table --size local --data fashion-mnist --method plain --seeds 2')
    }))

  it('refuses a folder that is not there, and names that are no list', () => {
    assert.throws(() => tableRecords({ results: '/nowhere' }), /results: the folder .*nowhere does not exist/)
    assert.throws(
      () => tableRecords({ data: 'yelp' as never }),
      /`data` must be a list, got 'yelp'\. Write \{ data: \["yelp"\] \}/,
    )
  })

  it('has, of the records that come with the project, a table', () => {
    const records = tableRecords({ results: onRecord })
    assert.ok(tableRows(records).length >= 25)
    for (const { command, commit, threads } of records) {
      assert.match(command, /^npx lidvae table --size local /)
      assert.doesNotMatch(commit, /dirty/)
      assert.deepEqual(Object.keys(threads ?? {}), ['intra', 'inter'])
    }
  })
})
