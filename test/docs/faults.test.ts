import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { faultRows } from '../../scripts/faultRows'
import { faultsTable, proofs } from '../../scripts/faults'
import { inFolder } from '../data/temporary'
import { root } from '../package/publicApi'

/** Without the widths of columns, which Prettier sets. */
const plain = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---')

describe('the table of faults', () => {
  it('has a test for every row, and is as npm run faults writes it', () => {
    const page = readFileSync(path.join(root, 'docs', 'faults.md'), 'utf8')
    assert.ok(plain(page).includes(plain(faultsTable())), 'npm run faults writes docs/faults.md anew')
  })

  it('refuses a row that no test proves, and a test of no row', () => {
    const found = proofs()
    const [first] = Object.keys(faultRows)
    found.delete(first)
    assert.throws(() => faultsTable(found), new RegExp(`no test proves the fault ${first}`))
    assert.throws(
      () => faultsTable(proofs().set('flood', new Set(['test/a.test.ts']))),
      /@fault flood: there is no such row/,
    )
  })

  it('says which tests only npm run test:full runs', () => {
    const row = faultsTable()
      .split('\n')
      .find((line) => line.includes(faultRows['cluster-faults'].fault))!
    assert.match(row, /\[workflow\/slurm\]\(\S+\) in `npm run test:full` \|$/)
  })

  it('takes a comment that stands before a test, and no other', () =>
    inFolder((folder) => {
      const file = path.join(folder, 'a.test.ts')
      writeFileSync(file, "// @fault killed stop\nit('keeps a step', () => 1)\n")
      assert.deepEqual([...proofs([file]).keys()], ['killed', 'stop'])
      writeFileSync(file, "// @fault killed (full)\nit('keeps a step', () => 1)\n")
      assert.deepEqual([...proofs([file]).get('killed')!], [`${path.relative(root, file)} (full)`])
      writeFileSync(file, '// @fault killed\nconst step = 1\n')
      assert.throws(() => proofs([file]), /stands before no test/)
      return Promise.resolve()
    }))
})
