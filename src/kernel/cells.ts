import { AsyncLocalStorage } from 'node:async_hooks'
import { works } from '../platform/cancellation'
import { turn } from '../platform/turn'
import { Interruption } from './interruption'
import { type CellError, type Complaint, type RanCell, thrownError, typeError } from './errors'

/** What a request to run a cell says. */
export interface ExecuteRequest {
  code: string
  silent?: boolean
  stop_on_error?: boolean
}

/** Sends a Jupyter message of a type about the cell. */
export type Publish = (type: string, content: unknown) => void

/** What answers a request to run a cell. */
export interface ExecuteReply extends Partial<CellError> {
  status: 'ok' | 'error' | 'aborted'
  /** None for a cell that was not run: with one it would look as if it had been. */
  execution_count?: number
}

/** What the kernel needs of tslab to run a cell. */
export interface CellExecutor {
  execute(code: string): Promise<boolean>
  interrupt(): void
}

interface Loose {
  error: unknown
  promise?: Promise<unknown>
  cell: number
}

/**
 * Runs cells one after the other, numbers them, and tells Jupyter about failures in its own terms, which tslab leaves
 * out: the input, the error, the cells not run after it, and rejections that no one awaited.
 */
export class Cells {
  /** Every cell run so far, by number, for positions in stack traces. */
  readonly ran = new Map<number, RanCell>()
  /** The number of the cell that runs, or ran last. */
  current = 0
  private executor: CellExecutor | undefined
  private queue: Promise<unknown> = Promise.resolve()
  private abortUntil = 0
  private reported: unknown[] = []
  private complaints: Complaint[] = []
  private loose: Loose[] = []
  private readonly origin = new AsyncLocalStorage<number>()
  /** What Stop does to the cell that runs. */
  readonly interruption = new Interruption()

  /** @param hurry end a cell soon after a loose rejection instead of waiting for what it awaits (headless runs) */
  constructor(private readonly hurry: boolean) {}

  /** The console tslab reports to: errors thrown by a cell, and complaints of its type checker. */
  readonly console = {
    log: (...args: unknown[]) => console.log(...args),
    error: (...args: unknown[]) => {
      const [format, file, line, column, message] = args
      if (format === '%s%d:%d - %s')
        this.complaints.push({
          line: Number(line),
          column: Number(column),
          message: `${String(file)}${String(message)}`,
        })
      else this.reported.push(args[0])
    },
  }

  attach(executor: CellExecutor): void {
    this.executor = executor
    // Work that a cell has still to begin is the cell's, however long ago that was.
    works().kernel = { mayBegin: () => !this.interruption.over.has(this.origin.getStore() ?? NaN) }
    process.on('unhandledRejection', (error, promise) => this.addLoose(error, promise))
    process.on('uncaughtException', (error) => this.addLoose(error))
    process.on('rejectionHandled', (promise) => {
      this.loose = this.loose.filter((one) => one.promise !== promise)
    })
  }

  private addLoose(error: unknown, promise?: Promise<unknown>): void {
    const one = { error, promise, cell: this.origin.getStore() ?? this.current }
    this.loose.push(one)
    if (this.hurry)
      setTimeout(() => {
        if (this.loose.includes(one)) this.executor?.interrupt()
      }, 1000).unref()
  }

  /** Runs one request when those before it are done. */
  run(request: ExecuteRequest, publish: Publish, redirect: () => void): Promise<ExecuteReply> {
    const arrived = Date.now()
    const turn = this.queue.then(() => this.runNow(request, publish, redirect, arrived))
    this.queue = turn.catch(() => undefined)
    return turn
  }

  private async runNow(
    { code, silent = false, stop_on_error = true }: ExecuteRequest,
    publish: Publish,
    redirect: () => void,
    arrived: number,
  ): Promise<ExecuteReply> {
    // Cells that were waiting when another failed are not run, as in every kernel.
    if (arrived < this.abortUntil || arrived <= this.interruption.pressed) return { status: 'aborted' }
    // A silent request is no cell of the notebook and takes no number.
    const number = silent ? this.current : ++this.current
    this.ran.set(number, { number, source: code, maps: [] })
    redirect()
    if (!silent) publish('execute_input', { code, execution_count: number })
    const error = await this.execute(code, number)
    if (error === undefined) return { status: 'ok', execution_count: number }
    if (!silent) publish('error', error)
    // Who pressed Stop may run the next cell at once.
    if (stop_on_error && !error.stopped) this.abortUntil = Date.now() + 200
    return { status: 'error', execution_count: number, ...error }
  }

  private async execute(code: string, number: number): Promise<CellError | undefined> {
    this.reported = []
    this.complaints = []
    this.interruption.begin(number)
    let ok = false
    try {
      ok = await this.origin.run(number, () => this.executor!.execute(code))
    } catch (error) {
      this.reported.push(error)
    }
    const stopped = this.interruption.end()
    // Rejections nobody awaits are announced once the event loop turns.
    await turn()
    const [loose] = this.loose.splice(0)
    const interrupted = (this.reported[0] as Error | undefined)?.message === 'Interrupted asynchronously'
    const cell = this.ran.get(number)!
    if (stopped !== undefined) return { ...thrownError(stopped, this.ran), stopped: true }
    if (!ok && this.complaints.length > 0) return typeError(cell, this.complaints)
    if (!ok && !(interrupted && loose)) return thrownError(this.reported[0], this.ran)
    if (loose === undefined) return undefined
    return { ...thrownError(loose.error, this.ran, this.preface(loose, number)), cell: loose.cell }
  }

  private preface({ promise, cell }: Loose, number: number): string {
    const what = promise ? 'a promise that nobody awaited was rejected' : 'thrown outside of any await'
    return `${what}${cell === number ? '' : ` (it began in cell ${cell})`}: `
  }
}
