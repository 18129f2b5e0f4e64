import { asksItself, passOn } from '../../platform/children'
import { ENDING, exitCodeOf, isNew, outliveReaders } from '../../platform/signals'
import { endWorks, hearInterruptsFrom, works } from '../../platform/cancellation'

/**
 * Ends a command at Ctrl-C, SIGTERM and SIGHUP: what is under way here and in the processes it has started is told to, and the command unwinds behind it; where there is nothing, it
 * ends at once. Ctrl-C again does not wait. Whoever calls it asks `codeOfEnding` in the end.
 */
export function endAtSignals(): void {
  outliveReaders()
  works().leave = () => undefined
  hearInterruptsFrom(() => () => undefined)
  const isNext = isNew()
  for (const signal of ['SIGINT', ...ENDING] as const)
    process.on(signal, () => {
      if (signal === 'SIGINT' && (asksItself() || !isNext())) return
      if (works().ending) {
        if (signal === 'SIGINT') process.exit(exitCodeOf(signal))
        return
      }
      const busy = endWorks(signal)
      if (!passOn() && !busy) process.exit(exitCodeOf(signal))
    })
}

/** The exit code of a command that a signal ended; undefined for others. */
export function codeOfEnding(): number | undefined {
  const { ending } = works()
  return ending && exitCodeOf(ending)
}
