import { AsyncLocalStorage } from 'node:async_hooks'
import { works } from '../platform/cancellation'
import { turn } from '../platform/turn'
import { Interruption } from './interruption'
import { type CellError, type Complaint, type RanCell, thrownError, typeError } from './errors'

/** Content of an execute request. */
export interface ExecuteRequest {
  code: string
  silent?: boolean
  stop_on_error?: boolean
}

/** Sends a Jupyter message of a type about the cell. */
export type Publish = (type: string, content: unknown) => void

/** Content of an execute reply. */
export interface ExecuteReply extends Partial<CellError> {
  status: 'ok' | 'error' | 'aborted'
  /** Absent for a cell that was not run, which would otherwise look as if it had. */
  execution_count?: number
}

/** The parts of tslab that run a cell. */
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
 * Runs cells one after the other, numbers them, and reports to Jupyter what tslab leaves
 * out: the input, the error, the cells not run after it, and rejections that no one awaited.
 */
export class Cells {
  /** Every cell run so far, by number, for positions in stack traces. */
  readonly ran = new Map<number, RanCell>()
  /** The number of the running or last cell. */
  current = 0
  private executor: CellExecutor | undefined
  private queue: Promise<unknown> = Promise.resolve()
  private abortUntil = 0
  private reported: unknown[] = []
  private complaints: Complaint[] = []
  private loose: Loose[] = []
  private readonly origin = new AsyncLocalStorage<number>()
  /** How Stop ends the running cell. */
  readonly interruption = new Interruption()

  /**
   * @param hurry end a cell soon after an unhandled rejection instead of waiting for its promises (headless
   * runs)
   */
  constructor(private readonly hurry: boolean) {}

  /** The console that tslab reports to: errors thrown by a cell, and type errors. */
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
    // Work that a cell starts later still belongs to the cell.
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

  /** Runs one request after those before it. */
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
    // Cells that wait when another fails are not run, as in every kernel.
    if (arrived < this.abortUntil || arrived <= this.interruption.pressed) return { status: 'aborted' }
    // A silent request is not a cell and gets no number.
    const number = silent ? this.current : ++this.current
    this.ran.set(number, { number, source: code, maps: [] })
    redirect()
    if (!silent) publish('execute_input', { code, execution_count: number })
    const error = await this.execute(code, number)
    if (error === undefined) return { status: 'ok', execution_count: number }
    if (!silent) publish('error', error)
    // After Stop the next cell may run at once.
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
    // Unhandled rejections are reported after a turn of the event loop.
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
    const what = promise ? 'a promise without await was rejected' : 'thrown outside of any await'
    return `${what}${cell === number ? '' : ` (it began in cell ${cell})`}: `
  }
}
