import { StoppedError } from '../base/errors'
import { hearSignals, outliveReaders, raise } from './signals'
import { turn } from './turn'

/** Shared by all copies of this library in a process, and by a notebook's kernel. */
export interface Works {
  /** The work under way. */
  readonly active: Set<Work>
  /** Set by a kernel that handles interrupts itself; tells whether work may still begin. */
  kernel?: { mayBegin(): boolean }
  /** The signal that ends this process: no new work begins. */
  ending?: NodeJS.Signals
  /**
   * Ends the process after the last work, in a command or a kernel. Without it the signal is raised again.
   */
  leave?: () => void
}

/** Calls `stop` at each interrupt from now on; returns a function that ends that. */
export type Interrupts = (stop: () => boolean) => () => void

const place = Symbol.for('lidvae.works')
const shared = globalThis as { [place]?: Works }

/** The work under way in this process. */
export const works = (): Works => (shared[place] ??= { active: new Set() })

let interrupts: Interrupts = signals
let quit: (() => void) | undefined

/** Receives interrupts from a source other than the process's signals. */
export function hearInterruptsFrom(source: Interrupts): void {
  interrupts = source
}

/**
 * Asks everything that is under way to end.
 *
 * @returns false if nothing was under way, or all of it had been asked before
 */
export function stopWorks(): boolean {
  const running = [...works().active].filter(({ signal }) => !signal.aborted)
  for (const work of running) work.stop()
  return running.length > 0
}

/**
 * Asks everything under way to end and lets nothing begin, because this signal ends the process.
 *
 * @returns false if nothing is under way
 */
export function endWorks(signal: NodeJS.Signals): boolean {
  works().ending ??= signal
  stopWorks()
  return works().active.size > 0
}

/** Never resolves in a kernel that ends: the rest of the cell is not run. */
export const unlessLeaving = (): Promise<void> =>
  works().ending && works().kernel ? new Promise(() => undefined) : Promise.resolve()

/** Handles a signal that came during the last piece of work before its listeners are removed. */
export async function heardOut(): Promise<void> {
  await turn()
  await turn()
}

/**
 * A long call of the library that Stop, Ctrl-C or an AbortSignal can end. Created at its start, checked
 * between its parts, ended in `finally`.
 */
export class Work {
  private readonly controller = new AbortController()
  private readonly follow = () => this.controller.abort(this.given?.reason)

  /**
   * @param name the function's public name
   * @param given the caller's own signal
   * @throws StoppedError in the rest of a cell that was ended, and in a process that is about to end
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
    // Deferred: a listener added while tslab runs the start of a cell would let the next interrupt kill it.
    if (!kernel) void turn().then(listen)
  }

  /** Aborted when it is to end. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Asks it to end. */
  stop(): void {
    const message = `${this.name} was stopped before its end, so it has no result. Run it again.`
    this.controller.abort(new StoppedError(message))
  }

  /** Lets signals, messages and timers through; throws the reason if the call is to end. */
  async pause(): Promise<void> {
    this.signal.throwIfAborted()
    await turn()
    this.signal.throwIfAborted()
  }

  /** Marks the call as finished, however it ended. */
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

/**
 * Ctrl-C: the first ends the work, the next one the process, as usual. SIGTERM and SIGHUP end the work and
 * then the process.
 */
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
