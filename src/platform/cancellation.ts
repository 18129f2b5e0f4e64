import { StoppedError } from '../base/errors'
import { hearSignals, outliveReaders, raise } from './signals'
import { turn } from './turn'

/** What all copies of this library in a process share, and a notebook's kernel with them. */
export interface Works {
  /** The work under way. */
  readonly active: Set<Work>
  /** Set by a kernel that hears of interrupts itself; says whether work may still begin where it is asked. */
  kernel?: { mayBegin(): boolean }
  /** The signal that ends this process: nothing begins any more. */
  ending?: NodeJS.Signals
  /** Ends the process when the last work has ended, in a command or a kernel. Without it the signal is raised again. */
  leave?: () => void
}

/** Hears interrupts from now on and calls `stop` at each; returns what ends that. */
export type Interrupts = (stop: () => boolean) => () => void

const place = Symbol.for('lidvae.works')
const shared = globalThis as { [place]?: Works }

/** The work under way in this process. */
export const works = (): Works => (shared[place] ??= { active: new Set() })

let interrupts: Interrupts = signals
let quit: (() => void) | undefined

/** Takes interrupts from elsewhere than the process's own signals. */
export function hearInterruptsFrom(source: Interrupts): void {
  interrupts = source
}

/**
 * Asks everything that is under way to end.
 *
 * @returns false where nothing was, or all of it had been asked before
 */
export function stopWorks(): boolean {
  const running = [...works().active].filter(({ signal }) => !signal.aborted)
  for (const work of running) work.stop()
  return running.length > 0
}

/**
 * Asks everything that is under way to end, and lets nothing begin, for the process is to end by this signal.
 *
 * @returns false where nothing is under way
 */
export function endWorks(signal: NodeJS.Signals): boolean {
  works().ending ??= signal
  stopWorks()
  return works().active.size > 0
}

/** Waits for ever in a kernel that ends: nothing that follows in the cell is run. */
export const unlessLeaving = (): Promise<void> =>
  works().ending && works().kernel ? new Promise(() => undefined) : Promise.resolve()

/** Lets a signal through that came during the last piece of work, before its listeners go. */
export async function heardOut(): Promise<void> {
  await turn()
  await turn()
}

/**
 * One long call of the library that Stop, Ctrl-C or an AbortSignal can end. Made at its beginning, asked between two parts of it, ended in `finally`.
 */
export class Work {
  private readonly controller = new AbortController()
  private readonly follow = () => this.controller.abort(this.given?.reason)

  /**
   * @param name the function, as people call it
   * @param given a signal of their own
   * @throws StoppedError in what is left of a cell that was ended, and in a process that is to end
   */
  constructor(
    readonly name: string,
    private readonly given?: AbortSignal,
  ) {
    const { active, kernel, ending } = works()
    if (ending) throw new StoppedError(`${name} did not begin: ${ending} ends this process.`)
    if (kernel?.mayBegin() === false) throw new StoppedError(`${name} did not begin: its cell was stopped.`)
    if (given?.aborted) this.follow()
    given?.addEventListener('abort', this.follow, { once: true })
    active.add(this)
    // Later: a listener added while tslab runs the beginning of a cell would let the next interrupt kill it.
    if (!kernel) setImmediate(listen)
  }

  /** Aborted when it is to end. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Asks it to end. */
  stop(): void {
    const message = `${this.name} was stopped before its end, so there is no result of it. Run it again for one.`
    this.controller.abort(new StoppedError(message))
  }

  /** Lets signals, messages and timers through, and throws the reason where it is to end. */
  async pause(): Promise<void> {
    this.signal.throwIfAborted()
    await turn()
    this.signal.throwIfAborted()
  }

  /** No longer under way, however it ended. */
  end(): void {
    const { active } = works()
    active.delete(this)
    this.given?.removeEventListener('abort', this.follow)
    if (active.size > 0) return
    quit?.()
    quit = undefined
    const { ending, leave } = works()
    if (!ending) return
    if (leave) leave()
    else raise(ending)
  }
}

function listen(): void {
  if (works().active.size > 0) quit ??= interrupts(stopWorks)
}

/** Ctrl-C: the first ends the work, the next the process as ever. SIGTERM and SIGHUP end the work and then the process. */
function signals(stop: () => boolean): () => void {
  outliveReaders()
  return hearSignals({ interrupt: stop, end: (signal) => void endWorks(signal), yield: () => void stop() })
}

/** Lets signals, messages and timers through about twenty times a second. */
export function pauses(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < 50) return
    await turn()
    last = performance.now()
  }
}
