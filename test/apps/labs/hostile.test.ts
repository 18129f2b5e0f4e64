import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { check, errors, ready } from '../../../src'

const { WrongAnswerError } = errors

/** What the check says of an answer: 'right', or the message. */
async function judged(exercise: string, answer: unknown): Promise<string> {
  try {
    await check(exercise as 'elbo', answer as never)
    return 'right'
  } catch (error) {
    assert.ok(error instanceof WrongAnswerError, String(error))
    assert.ok(error.message.length < 1500, `${error.message.length} characters`)
    return error.message
  }
}

/** The exact posterior: the right answer to 'ppca-posterior'. */
const right = (x: number, w: number, s: number): number[] => [
  (w * x) / (w * w + s * s),
  Math.sqrt((s * s) / (w * w + s * s)),
]
const { every } = Array.prototype
const { abs } = Math
const steps = Object.getPrototypeOf([][Symbol.iterator]()) as { next: unknown }
const { next } = steps

afterEach(() => {
  delete (Object.prototype as { then?: unknown }).then
  Array.prototype.every = every
  Math.abs = abs
  steps.next = next
})

/** A wrong answer, and at its call of this number what else happens. */
const atCall = (number: number, change: () => void) => {
  let calls = 0
  return () => {
    if (++calls === number) change()
    return [1, 2]
  }
}
const defineThen = (): void => {
  Object.defineProperty(Object.prototype, 'then', {
    configurable: true,
    value(resolve: (value: unknown) => void) {
      delete (Object.prototype as { then?: unknown }).then
      resolve(undefined)
    },
  })
}

const wrong: Record<string, unknown> = {
  'has methods of its own': () => Object.assign([1, 2], { flat: () => ({ every: () => true }) }),
  'is of a class of its own': () =>
    class extends Array<number> {
      override flat = () => ({ every: () => true }) as never
    }.from([1, 2]),
  'iterates over other numbers': (...args: [number, number, number]) =>
    Object.assign(Float64Array.of(1, 2), { [Symbol.iterator]: () => right(...args).values() }),
  'changes every() in a job of its own': atCall(12, () => {
    void Promise.resolve().then(() => {
      Array.prototype.every = (() => {
        Array.prototype.every = every
        return true
      }) as never
    })
  }),
  'changes the iterator of lists': atCall(1, () => {
    steps.next = () => {
      steps.next = next
      return { done: true }
    }
  }),
  'gives every object a method then': atCall(1, defineThen),
  'gives every object a method then, in a job': atCall(
    3,
    () => void Promise.resolve().then(() => defineThen()),
  ),
  'has big integers': () => [1n, 2n],
  'is a list of big integers': () => new BigInt64Array(2),
  'has holes': () => new Array<number>(2),
  'is far too long': () => new Float64Array(3e6),
  'contains itself': () => {
    const list: unknown[] = []
    list.push(list)
    return list
  },
  'is a view': () => new DataView(new ArrayBuffer(16)),
  'is a Proxy that fails': () =>
    new Proxy([1, 2], {
      get: () => {
        throw new Error('trap')
      },
    }),
  'throws null': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw null
  },
  'throws what has no text': () => {
    throw Object.create(null)
  },
  'throws a Proxy that fails': () => {
    throw new Proxy(new Error(), {
      getPrototypeOf: () => {
        throw new Error('trap')
      },
    })
  },
  'throws a text without end': () => {
    throw new Error(`${'long\n'.repeat(1e6)}`)
  },
}

describe('a wrong answer', () => {
  for (const [what, answer] of Object.entries(wrong))
    it(`that ${what} is told so`, async () =>
      assert.match(await judged('ppca-posterior', answer), /is not right yet\.\n/))

  it('to what is judged by a property is read once, too', async () => {
    const answer = () => Object.assign([1, 1], { flat: () => [0, 1] })
    assert.match(await judged('dead-direction', answer), /vW = \[(?!0, 0, 0\])/)
    const failing = () => {
      throw Object.create(null)
    }
    assert.match(await judged('dead-direction', failing), /it failed with an error that cannot be shown/)
  })

  it('in a decoder cannot change what measures it', async () => {
    await ready({ engine: 'wasm', quiet: true })
    const { hypot } = Math
    const message = await judged('injective-decoder', () => ({
      from: 2,
      to: 7,
      apply: (z: { shape: number[]; tile(by: number[]): { slice(a: number[], b: number[]): unknown } }) => {
        Math.hypot = () => 1
        return z.tile([1, 4]).slice([0, 0], [z.shape[0], 7])
      },
    }))
    assert.equal(Math.hypot, hypot)
    assert.match(message, /it changed Math\.hypot, which is put back now/)
  })

  it('whose promise is never kept ends', async () => {
    const text = judged('ppca-posterior', () => new Promise(() => undefined))
    const other = judged('dead-direction', () => ({ then: () => undefined }))
    assert.match(await text, /its promise was not kept within 5 s\n {2}hint: Is every promise resolved/)
    assert.match(await other, /its promise was not kept within 5 s/)
  })
})

describe('a right answer', () => {
  it('may be of any kind of list, and a promise', async () => {
    type Args = [number, number, number]
    for (const answer of [
      (...args: Args) => Float64Array.from(right(...args)),
      (...args: Args) => class extends Array<number> {}.from(right(...args)),
      (...args: Args) => Promise.resolve(right(...args)),
      async (...args: Args) => (await check('ppca-posterior', right), right(...args)),
    ])
      assert.equal(await judged('ppca-posterior', answer), 'right')
  })
})
