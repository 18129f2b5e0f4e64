/** What schedulers, containers, `timeout` and closed terminals end a process with. */
export const ENDING = ['SIGTERM', 'SIGHUP'] as const

/** With which number a process that a signal ended is said to have exited. */
export const exitCodeOf = (signal: NodeJS.Signals): number =>
  128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal as 'SIGINT']

/** Some senders send twice: `timeout` to the process and to its group, npm and the terminal both. */
const TWICE = 300

/** Asked at every signal; false for one that came with the one before. */
export function isNew(): () => boolean {
  let last = -Infinity
  return () => {
    const before = last
    last = performance.now()
    return last - before >= TWICE
  }
}

/** A signal's listeners that are ours, of whichever copy of this library. */
const own = Symbol.for('lidvae.hears')

/** What is done at signals. */
export interface Hearing {
  /** Ctrl-C. @returns false where nothing was left to stop */
  interrupt: () => boolean
  /** SIGTERM, SIGHUP. */
  end: (signal: NodeJS.Signals) => void
  /** The same where the caller's own listeners decide what becomes of the process. */
  yield: () => void
}

/** Hears signals; Ctrl-C a second time ends the process as ever. @returns what ends that */
export function hearSignals({ interrupt, end, yield: giveWay }: Hearing): () => void {
  const isNext = isNew()
  const heard = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT') return othersHear(signal) ? giveWay() : end(signal)
    if (!isNext() || interrupt()) return
    leave()
    process.kill(process.pid, signal)
  }
  const listener = Object.assign(heard, { [own]: true })
  const leave = (): void => {
    for (const signal of ['SIGINT', ...ENDING] as const) process.removeListener(signal, listener)
  }
  for (const signal of ['SIGINT', ...ENDING] as const) process.on(signal, listener)
  return leave
}

/** Ends this process by a signal, at once: nothing that follows is run. */
export function raise(signal: NodeJS.Signals): void {
  // What is left clears up and ends the process itself.
  process.emit(signal, signal)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** Whether the program hears a signal itself. Listeners of the package signal-exit do not count: alone, they clear up and end the process by it. */
function othersHear(signal: NodeJS.Signals): boolean {
  type Emitter = { count?: number } | undefined
  const { __signal_exit_emitter__: third } = process as { __signal_exit_emitter__?: Emitter }
  const fourth = (globalThis as Record<symbol, Emitter>)[Symbol.for('signal-exit emitter')]
  const others = process.listeners(signal).filter((one) => !(own in one))
  return others.length > (third?.count ?? 0) + (fourth?.count ?? 0)
}

let outlives = false

/** Lets work go on where nobody can read any more what is printed: a closed terminal, a pipe whose reader has gone. */
export function outliveReaders(): void {
  if (outlives) return
  outlives = true
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'].includes(error.code ?? '')) throw error
    })
}
