/** The signals by which schedulers, containers, `timeout` and closed terminals end a process. */
export const ENDING = ['SIGTERM', 'SIGHUP'] as const

/** The exit code of a process that a signal ended. */
export const exitCodeOf = (signal: NodeJS.Signals): number =>
  128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal as 'SIGINT']

/**
 * Some signals are sent twice: `timeout` signals the process and its group; npm and the terminal both signal.
 */
const TWICE = 300

/** Called at every signal; false for a repeat of the one before. */
export function isNew(): () => boolean {
  let last = -Infinity
  return () => {
    const before = last
    last = performance.now()
    return last - before >= TWICE
  }
}

/** A signal's listeners of any copy of this library. */
const own = Symbol.for('lidvae.hears')

/** What to do at signals. */
export interface Hearing {
  /** Ctrl-C. @returns false if nothing was left to stop */
  interrupt: () => boolean
  /** SIGTERM, SIGHUP. */
  end: (signal: NodeJS.Signals) => void
  /** The same if the caller's listeners decide whether the process ends. */
  yield: () => void
}

/** Listens for signals; a second Ctrl-C ends the process as usual. @returns a function that ends that */
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

/** Ends this process by a signal at once. */
export function raise(signal: NodeJS.Signals): void {
  // The remaining listeners clean up and end the process themselves.
  process.emit(signal, signal)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/**
 * Whether the program handles a signal itself. Listeners of the package signal-exit do not count: they only
 * clean up and end the process by it.
 */
function othersHear(signal: NodeJS.Signals): boolean {
  type Emitter = { count?: number } | undefined
  const { __signal_exit_emitter__: third } = process as { __signal_exit_emitter__?: Emitter }
  const fourth = (globalThis as Record<symbol, Emitter>)[Symbol.for('signal-exit emitter')]
  const others = process.listeners(signal).filter((one) => !(own in one))
  return others.length > (third?.count ?? 0) + (fourth?.count ?? 0)
}

let outlives = false

/**
 * Lets work continue when nobody can read the output any more: a closed terminal, a pipe whose reader has
 * ended.
 */
export function outliveReaders(): void {
  if (outlives) return
  outlives = true
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'].includes(error.code ?? '')) throw error
    })
}
