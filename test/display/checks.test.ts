import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import * as lid from '../../src'

describe('checks', () => {
  let lines: string[] = []
  beforeEach(() => {
    lines = []
    mock.method(console, 'log', (line: string) => lines.push(line))
  })
  afterEach(() => mock.restoreAll())

  it('prints a line for each claim that holds', () => {
    assert.equal(lid.checks({ 'KL ≥ 0': true, 'F ≥ 0': true }), undefined)
    assert.deepEqual(lines, ['✓ KL ≥ 0', '✓ F ≥ 0'])
  })

  it('prints all lines before it fails with the claims that do not hold', () => {
    assert.throws(() => lid.checks({ a: false, b: true, c: false }), {
      name: 'LidvaeError',
      message: '2 of 3 claims do not hold: a; c.',
    })
    assert.deepEqual(lines, ['✗ a', '✓ b', '✗ c'])
    assert.throws(() => lid.checks({ a: false }), /^LidvaeError: 1 of 1 claims does not hold: a\.$/)
  })

  it('only prints where nothing is required', () => {
    lid.checks({ a: false }, { required: false })
    assert.deepEqual(lines, ['✗ a'])
  })

  it('refuses what is no condition, and no claims at all', () => {
    assert.throws(() => lid.checks({ a: 0.3 as never }), /claim 'a' must be true or false, got 0.3/)
    assert.throws(
      () => lid.checks({}),
      /`claims` must be an object with conditions by claim, got an object with nothing in it/,
    )
    assert.deepEqual(lines, [])
  })
})
