import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { fixesPage, pageFile } from '../../scripts/fixesPage'

it('docs/fixes.md says what the fixes refuse and what the records hold', async () => {
  assert.equal(
    readFileSync(pageFile, 'utf8'),
    await fixesPage(),
    'make it again: npx tsx scripts/fixesPage.ts',
  )
})
