import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { setChannel, type Bundle } from '../../src/display/channel'
import { inNotebook, show, showLive } from '../../src/display/show'

describe('a channel of another kernel', () => {
  afterEach(() => setChannel(undefined))

  it('shows what is shown, in the place of files and printed text', async () => {
    assert.equal(inNotebook(), false)
    const heard: [Bundle, string | undefined, boolean][] = []
    setChannel((...output) => void heard.push(output))
    assert.equal(inNotebook(), true)
    await show('**bold**')
    assert.equal(showLive({ data: { 'text/plain': '1' }, metadata: {} }, 'place', true), true)
    assert.deepEqual(heard, [
      [{ data: { 'text/markdown': '**bold**', 'text/plain': '**bold**' }, metadata: {} }, undefined, false],
      [{ data: { 'text/plain': '1' }, metadata: {} }, 'place', true],
    ])
  })

  it('is none once it is taken away', () => {
    setChannel(() => assert.fail('shown'))
    setChannel(undefined)
    assert.equal(showLive({ data: {}, metadata: {} }, 'place', false), false)
  })
})
