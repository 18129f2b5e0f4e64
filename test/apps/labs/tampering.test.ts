import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { check, errors } from '../../../src'

const { WrongAnswerError } = errors

/** What the check says of an answer. */
async function judged(answer: (mean: number[], sd: number[]) => number): Promise<string> {
  try {
    await check('gaussian-kl', answer as never)
    return 'right'
  } catch (error) {
    assert.ok(error instanceof WrongAnswerError, String(error))
    return error.message
  }
}

const right = (mean: number[], sd: number[]): number =>
  mean.reduce((sum, m, u) => sum + (m * m + sd[u] * sd[u] - 1) / 2 - Math.log(sd[u]), 0)

/** Answers that make every number look right, and what each changes. */
const changes: Record<string, () => void> = {
  'Math.abs': () => (Math.abs = () => 0),
  'Math.max': () => (Math.max = () => Infinity),
  'Object.is': () => (Object.is = () => true),
  'Array.prototype.every': () => (Array.prototype.every = (() => true) as never),
  'Number.isFinite': () => (Number.isFinite = () => true),
  'Object.prototype.valueOf': () =>
    Object.defineProperty(Object.prototype, 'valueOf', {
      value: () => 0,
      configurable: true,
      writable: true,
    }),
  Math: () => (globalThis.Math = { ...Math, abs: () => 0 } as typeof Math),
}

describe('a check of an exercise', () => {
  for (const [name, change] of Object.entries(changes)) {
    it(`refuses an answer that changes ${name}, and puts it back`, async () => {
      const before = [Math.abs, Math.max, Object.is, Array.prototype.every, Math]
      const message = await judged((mean, sd) => {
        change()
        return right(mean, sd) + 1
      })
      assert.match(message, new RegExp(`it changed ${name.replaceAll('.', '\\.')}, which is put back now`))
      assert.deepEqual([Math.abs, Math.max, Object.is, Array.prototype.every, Math], before)
    })

    it(`judges by ${name} as it was, although an earlier cell changed it`, async () => {
      change()
      const wrong = await judged((mean, sd) => right(mean, sd) + 1)
      assert.match(wrong, /is not right yet/)
      change()
      assert.equal(await judged(right), 'right')
    })
  }

  it('ends an answer that never returns, with a hint', async () => {
    const message = await judged(() => {
      for (let i = 0; i >= 0; i += 0);
      return 0
    })
    assert.match(message, /it did not return within 5 s\n {2}hint: Does every loop end\?/)
  })

  it('hands on what an answer throws', async () => {
    const message = await judged(() => {
      throw new RangeError('no')
    })
    assert.match(message, /it failed with RangeError: no/)
  })
})
