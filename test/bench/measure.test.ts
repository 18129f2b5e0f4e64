import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Engine } from '../../bench/engine'
import { interleave, median, quantile, warmUp, type Pace } from '../../bench/measure'
import type { Command } from '../../bench/protocol'

/**
 * An engine whose repetitions take known times: the first ever `first`, then `each`, the first of a turn ten
 * times that.
 */
function pretend(name: string, first: number, each: number, log: string[]): Engine {
  let runs = 0
  const ask = (command: Command) => {
    assert.equal(command.do, 'run')
    const { count } = command as { count: number }
    log.push(`${name}${count}`)
    const ms = Array.from({ length: count }, (_, i) =>
      runs + i === 0 ? first : i === 0 && count > 1 ? 10 * each : each,
    )
    runs += count
    return Promise.resolve({ ms, value: 1 })
  }
  return { name, ask } as unknown as Engine
}

const pace: Pace = { rounds: 4, turn: 30, warmUp: 60 }

describe('measuring', () => {
  it('takes medians and quarter points', () => {
    assert.equal(median([5, 1, 3]), 3)
    assert.equal(median([4, 1, 2, 3]), 2.5)
    assert.equal(quantile([0, 1, 2, 3, 4], 0.25), 1)
    assert.equal(quantile([0, 10], 0.1), 1)
  })

  it('warms up for a while and sizes the turns', async () => {
    const log: string[] = []
    const runner = await warmUp(pretend('A', 500, 3, log), pace)
    assert.deepEqual([runner.first, runner.count, runner.each], [500, 10, 3])
  })

  it('lets engines run in turn, there and back, and drops the first repetition of a turn', async () => {
    const log: string[] = []
    const runners = [
      { engine: pretend('A', 3, 3, log), first: 0, count: 10, each: 3 },
      { engine: pretend('B', 6, 6, log), first: 0, count: 5, each: 6 },
    ]
    const [a, b] = await interleave(runners, pace)
    assert.deepEqual(log, ['A11', 'B6', 'B6', 'A11', 'A11', 'B6', 'B6', 'A11'])
    assert.deepEqual([a.median, a.quartiles, a.repetitions], [3, [3, 3], 40])
    assert.deepEqual([b.median, b.repetitions], [6, 20])
  })

  it('has fewer rounds, but at least three, of work that takes long', async () => {
    const log: string[] = []
    const runners = [{ engine: pretend('A', 1, 1000, log), first: 0, count: 1, each: 1000 }]
    await interleave(runners, { ...pace, rounds: 10 })
    assert.equal(log.length, 3)
  })
})
