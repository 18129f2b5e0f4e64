import { asksItself, passOn } from '../../platform/children'
import { ENDING, exitCodeOf, isNew, outliveReaders } from '../../platform/signals'
import { endWorks, hearInterruptsFrom, works } from '../../platform/cancellation'

/**
 * Ends a command at Ctrl-C, SIGTERM and SIGHUP: work here and in child processes is asked to end, then the
 * command ends; without work it ends at once. A second Ctrl-C does not wait. The caller calls `codeOfEnding`
 * at the end.
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
