import { LidvaeError } from '../base/errors'
import { stopWorks } from '../platform/cancellation'
import { turn } from '../platform/turn'

/** Milliseconds within which a second press counts as the same. */
const DOUBLE_CLICK = 1000

/** The error of a cell that Stop ended outside of the library's functions. */
export class Interrupted extends LidvaeError {
  override readonly name = 'Interrupted'

  constructor() {
    super('this cell was stopped. What it declared before can be used; run it again for the rest.')
  }
}

/**
 * How Stop ends the running cell. The first press ends the library's work under way, and the cell continues
 * behind it: `fit` returns its history, an evaluation throws. Without such work, or pressed again while it
 * winds down, it ends the cell. A second press in the same cell lets no further work begin in it, so that a
 * loop of trainings ends too. In any case the cell's declarations are kept, which tslab does only for cells
 * that succeed.
 */
export class Interruption {
  /** Cells that were ended: no work of the library begins in the rest of them. */
  readonly over = new Set<number>()
  /** When Stop was pressed last, while a cell ran. */
  pressed = 0
  private running: number | undefined
  private presses = 0
  private reason: unknown
  private release: (() => void) | undefined

  constructor(private readonly now: () => number = Date.now) {}

  /** A cell begins. */
  begin(number: number): void {
    this.running = number
    this.presses = 0
    this.reason = undefined
  }

  /** It ended. @returns the error of Stop; undefined if it ran to its end */
  end(): unknown {
    this.running = undefined
    this.release = undefined
    return this.reason
  }

  /** Stop was pressed. */
  press(): void {
    if (this.running === undefined) return
    const before = this.pressed
    this.pressed = this.now()
    if (this.presses > 0 && this.pressed - before < DOUBLE_CLICK) return
    if (this.presses++ > 0) this.over.add(this.running)
    if (stopWorks()) return
    this.over.add(this.running)
    this.reason ??= new Interrupted()
    this.release?.()
  }

  /**
   * Runs a cell's compiled text. A cell with await is run without tslab's interrupt of running code, which
   * would leave the engine in the middle of an operation, drop a press from before, and let the next one end
   * the process where a listener was added meanwhile.
   */
  guard(code: string, run: (breakOnSigint: boolean) => unknown): unknown {
    this.requireNotStopped()
    return code.startsWith('(async ')
      ? this.guardPromise(() => run(false) as Promise<unknown>)
      : this.guardCall(run)
  }

  /** Thrown where Stop was pressed while the cell was compiled, so that tslab keeps none of its declarations. */
  private requireNotStopped(): void {
    if (this.reason !== undefined) throw new Interrupted()
  }

  private async guardPromise(run: () => Promise<unknown>): Promise<void> {
    // tslab compiles without a turn of the event loop. A press meanwhile is heard in the next one, which the
    // first call may only end.
    await turn()
    await turn()
    this.requireNotStopped()
    const pressed = new Promise<void>((resolve) => (this.release = resolve))
    try {
      await Promise.race([run(), pressed])
    } catch (error) {
      if (!isStop(error)) throw error
      this.reason = error
    }
  }

  private guardCall(run: (breakOnSigint: boolean) => unknown): unknown {
    try {
      return run(true)
    } catch (error) {
      if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_INTERRUPTED')
        throw error
      this.pressed = this.now()
      this.reason = new Interrupted()
      return undefined
    } finally {
      hearAgain()
    }
  }
}

/** By name, not by class: the cell's copy of the package may not be the kernel's. */
const isStop = (error: unknown): boolean => (error as Error | undefined)?.name === 'StoppedError'

/**
 * After code that may be interrupted, Node leaves the signal to the system if a listener was added in it;
 * adding all listeners again fixes that.
 */
function hearAgain(): void {
  const listeners = process.rawListeners('SIGINT') as NodeJS.SignalsListener[]
  process.removeAllListeners('SIGINT')
  for (const listener of listeners) process.on('SIGINT', listener)
}
