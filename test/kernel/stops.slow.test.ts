import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askKernel, notebookFolder, skip } from './askKernel'

/** One press of Stop. */
interface Stop {
  kind: 'fit' | 'evaluate'
  wait: number
  status: string
  ename: string | null
  text: string
  next: [string, string]
  more: [string, string]
  alive: boolean
}

describe('the kernel under stress', { skip }, () => {
  let own: Awaited<ReturnType<typeof notebookFolder>>
  before(async () => void (own = await notebookFolder()))
  after(() => own.remove())
  const ask = <T>(script: string, ...args: number[]): Promise<T> => askKernel(script, own.folder, ...args)

  const count = process.env.LIDVAE_TEST_FULL ? 30 : 6

  // @fault stop
  it(`survives Stop at ${count} random moments of trainings and evaluations`, async () => {
    const seed = 20261121
    const { start, early, stops } = await ask<{ start: string[]; early: string[]; stops: Stop[] }>(
      'stops.py',
      count,
      seed,
    )
    assert.equal(start[0], 'ok', start.join('\n'))
    assert.deepEqual(
      early,
      ['error', 'Interrupted', ''],
      'pressed while a cell is compiled: it does not begin',
    )
    assert.equal(stops.length, count)
    for (const [i, stop] of stops.entries()) {
      const story = `stop ${i}: ${JSON.stringify(stop)}`
      assert.ok(stop.alive, story)
      if (stop.kind === 'fit' && stop.status === 'ok') assert.match(stop.text, /ended true/, story)
      // An evaluation has no result to go on with; and a cell may be stopped before its work began.
      else assert.ok(['StoppedError', 'Interrupted'].includes(stop.ename ?? ''), story)
      assert.equal(stop.next[0], 'ok', story)
      assert.equal(stop.next[1], 'number true', story)
      assert.deepEqual(stop.more, ['ok', '1'], story)
    }
    assert.ok(
      stops.some(({ kind, status }) => kind === 'fit' && status === 'ok'),
      'a training was under way',
    )
    assert.ok(
      stops.some(({ ename }) => ename === 'StoppedError'),
      'an evaluation was under way',
    )
  })

  it('loses nothing of 5,000 lines and 500 charts in one cell', async () => {
    const numbers = (length: number) => Array.from({ length }, (_, i) => i)
    const found = await ask<{ status: string; lines: string[]; shown: number[]; after: string }>(
      'bursts.py',
      5000,
      500,
    )
    assert.equal(found.status, 'ok')
    assert.deepEqual(
      found.lines,
      numbers(5000).map((i) => `line ${i}`),
    )
    assert.deepEqual(found.shown, numbers(500))
    assert.equal(found.after, 'ok', 'idle again, and the next cell runs')
  })
})
