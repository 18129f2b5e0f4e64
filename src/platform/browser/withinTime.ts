export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError'
}

/** Without a limit: nothing in a worker can end an endless loop. Restarting the kernel does. */
export const withinTime = <T>(_milliseconds: number, work: () => T): T => work()
