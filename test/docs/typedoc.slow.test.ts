import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'

it('the documentation of the interface has no warnings, such as of a type that is not exported', async () => {
  const typedoc = path.join('node_modules', 'typedoc', 'bin', 'typedoc')
  // It fails on warnings.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [typedoc, '--emit', 'none'])
  assert.doesNotMatch(stdout + stderr, /\[warning\]/)
})
