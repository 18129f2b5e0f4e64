import vm from 'node:vm'

const WORK = Symbol.for('lidvae.withinTime')
const script = new vm.Script(`globalThis[Symbol.for('lidvae.withinTime')]()`)

/** A function did not return in time. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError'
}

/**
 * Calls a function that may never return, such as one with an endless loop.
 *
 * @param milliseconds after which it is ended. What it does after an `await` is not limited.
 * @returns what it returns
 * @throws OutOfTimeError if it did not return in time; whatever it throws
 */
export function withinTime<T>(milliseconds: number, work: () => T): T {
  const shared = globalThis as unknown as Record<symbol, unknown>
  const before = shared[WORK]
  shared[WORK] = work
  try {
    return script.runInThisContext({ timeout: milliseconds }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new OutOfTimeError(`it did not return within ${milliseconds / 1000} s`)
  } finally {
    if (before === undefined) delete shared[WORK]
    else shared[WORK] = before
  }
}
