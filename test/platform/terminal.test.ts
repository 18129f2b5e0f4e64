import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { progressBar, type Terminal } from '../../src/platform/terminal'

/** A terminal of 40 columns, and what was written to it. */
function terminal(): { stream: Terminal; written: string[] } {
  const written: string[] = []
  const stream = new Writable({
    write: (part: Buffer, _, done) => {
      written.push(String(part))
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY: true, columns: 40 }) as unknown as Terminal, written }
}

// @fault terminal
describe('a progress bar', () => {
  it('changes nothing of the terminal that would have to be restored, and cuts what is too long', () => {
    const { stream, written } = terminal()
    const bar = progressBar({ format: '{bar} {text}', barsize: 10, stream, clearOnComplete: true })
    bar.start(1, 0, { text: 'short' })
    bar.update(0.5, { text: 'long '.repeat(30) })
    bar.render()
    const drawn = written.map(stripVTControlCharacters)
    assert.ok(drawn.some((line) => line.includes('long')))
    assert.ok(drawn.every((line) => line.length <= 40))
    // Modes, such as ?25l (no cursor) and ?7l (no wrapping).
    assert.ok(!written.join('').includes('\x1b[?'))
    bar.stop()
  })
})
