import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judge, type Sample } from '../../bench/soakReport'

/** An hour of samples, one every five seconds. */
const hour = (of: (minutes: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 720 }, (_, i) => {
    const minutes = i / 12
    return { minutes, step: 100 * i, residentMb: 500, heapMb: 50, tensors: 34, pieces: 30, ...of(minutes) }
  })

describe('the soak', () => {
  it('passes where memory settles and swings, and tensors stay', () => {
    const samples = hour((minutes) => ({
      residentMb: 600 - 200 * Math.exp(-minutes) + 30 * Math.sin(40 * minutes),
      tensors: minutes < 1 ? 12 : 34,
    }))
    const found = judge(samples, 5, 5)
    assert.equal(found.passed, true)
    assert.deepEqual(found.tensors, [34])
    assert.ok(Math.abs(found.growth) < 0.01 && Math.abs(found.drift) < 0.01)
  })

  it('sees a leak of half a megabyte a minute, by medians and by slope', () => {
    const found = judge(
      hour((minutes) => ({ residentMb: 500 + 0.5 * minutes })),
      5,
      5,
    )
    assert.equal(found.passed, false)
    // From the middle of minutes 5 to 10 to the middle of the last five.
    assert.ok(Math.abs(found.growth - 25 / 503.75) < 1e-3, `${found.growth}`)
    assert.ok(Math.abs(found.drift - 27.5 / 503.75) < 1e-3, `${found.drift}`)
  })

  it('sees one tensor more', () => {
    const found = judge(
      hour((minutes) => ({ tensors: minutes < 30 ? 34 : 35 })),
      5,
      5,
    )
    assert.equal(found.passed, false)
    assert.deepEqual(found.tensors, [34, 35])
  })
})
