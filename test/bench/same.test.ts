import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OtherWork, requireSameWork } from '../../bench/same'

const wanted = { parameters: 10, value: 500, norms: { W: 2, b: 0.5 } }

describe('equal work', () => {
  it('is the same loss and gradients to rounding', () => {
    requireSameWork('x', { parameters: 10, value: 500.001, norms: { W: 2.0005, b: 0.5 } }, wanted)
  })

  it('may have one weight under another name', () => {
    requireSameWork('x', { parameters: 10, value: 500, norms: { W: 2, other: 9 } }, wanted)
  })

  it('is refused where anything else is computed', () => {
    const wrong: Parameters<typeof requireSameWork>[1][] = [
      { parameters: 11, value: 500, norms: { W: 2, b: 0.5 } },
      { parameters: 10, value: 501, norms: { W: 2, b: 0.5 } },
      { parameters: 10, value: NaN, norms: { W: 2, b: 0.5 } },
      { parameters: 10, value: 500, norms: { W: 2.1, b: 0.5 } },
      { parameters: 10, value: 500, norms: { other: 2 } },
      { parameters: 10, norms: { W: 2, b: 0.5 } },
      { parameters: 10, value: 500 },
    ]
    for (const got of wrong) assert.throws(() => requireSameWork('x', got, wanted), OtherWork)
  })
})
