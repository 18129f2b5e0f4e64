/** The compiler's timers. */
export interface Timers {
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
}

/** Called by the compiler some time after files change, to look again for missing modules. */
const lookAgain = 'invalidateResolutionsOfFailedLookup'

/**
 * A system on which the compiler may want two timers. tslab keeps room for one, that of the next compilation,
 * and throws at a second: so a package installed beside an open notebook ended the next cell. The timer to
 * look again for missed modules is not needed, because every compilation looks again.
 *
 * @param system the compiler's system as tslab made it.
 * @returns the same with timers of its own for these.
 */
export function withRoomForLookups(system: Timers): Timers {
  const waiting = new Set<unknown>()
  const own: Timers = {
    setTimeout(callback, milliseconds) {
      if (callback.name !== lookAgain) return system.setTimeout(callback, milliseconds)
      const timer = {}
      waiting.add(timer)
      return timer
    },
    clearTimeout(timer) {
      if (!waiting.delete(timer)) system.clearTimeout(timer)
    },
  }
  return Object.assign(Object.create(system) as Timers, own)
}
