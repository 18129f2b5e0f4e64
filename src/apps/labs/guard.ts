import { OutOfTimeError, withinTime } from '../../platform/withinTime'
import { NotSolvedError } from './errors'
import type { Finding } from './exercise'
import { restoreIntrinsics } from './intrinsics'
import { shapeOf, type Shaped } from './numbers'

/** What came of an answer at some arguments. */
export interface Outcome {
  /** Its numbers; undefined if it returned anything else, or nothing. */
  readonly got?: Shaped
  /** What it returned, in a word. */
  readonly kind?: string
  /** Why it returned nothing. */
  readonly failure?: Finding | NotSolvedError
}

/** An answer, kept from endless loops and from changing what the judge computes with. */
export interface Guard {
  /**
   * What comes of it at each of the arguments, up to the first that is no numbers. What follows the `await` must
   * begin with `restore`.
   */
  at(all: readonly (readonly unknown[])[]): Promise<Outcome[]>
  /** What it makes of these arguments themselves. */
  make(...args: unknown[]): unknown
  /** Runs anything of the answer's own, and puts built-in functions back afterwards. */
  run<T>(work: () => T): T
  /** What to say of an error that it threw. */
  failure(error: unknown): Finding | NotSolvedError
  /** Puts back built-in functions: a job that the answer began may have changed them meanwhile. */
  restore(): void
  /** The first built-in function that it changed. */
  changed(): string | undefined
}

/** Milliseconds that an answer may take for one set of arguments: far more than any needs. */
const LIMIT = 5_000
/** Characters of an error that are shown. */
const SHOWN = 300

const endless = 'Does every loop end? Its counter must grow, and its condition become false.'
const unkept = 'Is every promise resolved that it returns or waits for?'

const { structuredClone: copy, setTimeout: later, clearTimeout: cancel, Promise: Pledge } = globalThis

class UnkeptError extends OutOfTimeError {}

/** What a promise becomes, in a list: it may have a method `then` by now. */
function kept(value: unknown, restore: () => void): [unknown] | Promise<[unknown]> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return [value]
  return new Pledge<[unknown]>((resolve, reject) => {
    const timer = later(
      () => reject(new UnkeptError(`its promise was not kept within ${LIMIT / 1000} s`)),
      LIMIT,
    )
    const wait = async (): Promise<void> => {
      try {
        const [found] = [await (value as Promise<unknown>)]
        restore()
        resolve([found])
      } catch (error) {
        restore()
        // As it is, whatever it is.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(error)
      }
      cancel(timer)
    }
    void wait()
  })
}

/** Guards an answer. */
export function guard(answer: (...args: unknown[]) => unknown): Guard {
  let first: string | undefined
  const restore = (): void => {
    const name = restoreIntrinsics()
    first ??= name
  }
  const run = <T>(work: () => T): T => {
    restore()
    try {
      return withinTime(LIMIT, work)
    } finally {
      restore()
    }
  }
  const failure = (error: unknown): Finding | NotSolvedError => {
    try {
      // An error may be a Proxy, or have a message that is computed.
      return run(() => described(error))
    } catch {
      return described('an error that cannot be shown')
    }
  }
  const one = async (args: readonly unknown[]): Promise<Outcome> => {
    try {
      const given = copy(args)
      const [value] = await kept(
        run(() => answer(...given)),
        restore,
      )
      return run(() => ({ got: shapeOf(value), kind: value === undefined ? 'nothing' : typeof value }))
    } catch (error) {
      return { failure: failure(error) }
    }
  }
  return {
    at: async (all) => {
      const outcomes: Outcome[] = []
      for (let i = 0; i < all.length; i++) {
        const outcome = await one(all[i])
        restore()
        outcomes[i] = outcome
        if (!outcome.got) break
      }
      return outcomes
    },
    make: (...args) => run(() => answer(...args)),
    run,
    failure,
    restore,
    changed: () => first,
  }
}

function described(error: unknown): Finding | NotSolvedError {
  if (error instanceof NotSolvedError) return error
  if (error instanceof OutOfTimeError) {
    const hint = error instanceof UnkeptError ? unkept : endless
    return { found: [error.message], hint, mistake: 'endless' }
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
  return {
    found: [`it failed with ${shown.replace(/\s+/g, ' ')}`],
    hint: 'Run it on these arguments in a cell.',
  }
}
