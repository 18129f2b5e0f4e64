import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reporter } from '../../../src/apps/cli/run'
import type { RunEvent } from '../../../src/runner/run'

/** What is printed for some events, without colours. */
function said(events: RunEvent[]): string {
  let text = ''
  const report = reporter((piece) => void (text += piece))
  for (const event of events) report(event)
  // eslint-disable-next-line no-control-regex -- colours are control characters
  return text.replace(/\x1b\[\d+m|\r/g, '')
}

describe('the lines of a run', () => {
  it('has one for each cell, with its heading and time', () => {
    const text = said([
      { event: 'start', cells: 12 },
      { event: 'cell', number: 3, title: 'Plain mixture VAE' },
      { event: 'done', number: 3, seconds: 12.34 },
      { event: 'cell', number: 4, title: 'x'.repeat(80) },
      { event: 'done', number: 4, seconds: 75 },
    ])
    const [first, second] = text.split('\n')
    assert.match(first, / 3\/12 {2}Plain mixture VAE +12\.3 s$/)
    assert.match(second, / 4\/12 {2}x{59}… +1 min 15 s$/)
  })

  it('shows the failing cell, its heading and its error', () => {
    const text = said([
      { event: 'start', cells: 2 },
      { event: 'cell', number: 1, title: 'A' },
      {
        event: 'failed',
        number: 1,
        title: 'A',
        ename: 'Error',
        evalue: 'no',
        traceback: ['cell 1, line 2:\n    f()', 'Error: no'],
      },
    ])
    assert.match(
      text,
      /1\/2 {2}A +failed\n\ncell 1 \(A\) failed\n {2}cell 1, line 2:\n {6}f\(\)\n {2}Error: no\n/,
    )
  })
})
