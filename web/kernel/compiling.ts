// The worker that compiles, used by all notebooks of the page.
import type { CompileAnswer, FromCompiler, ToCompiler } from './messages'

/** Compiles cells in a worker of its own: completion answers while a cell runs. */
export class Compiler {
  /** True once it can be asked. */
  isReady = false
  /** Resolves once it can be asked; never if it fails. */
  readonly ready: Promise<void>
  private readonly worker: Worker
  private readonly waiting = new Map<number, (answer: unknown) => void>()
  private serial = 0

  constructor(address: string) {
    this.worker = new Worker(address, { name: 'TypeScript' })
    this.ready = new Promise((resolve) => {
      this.worker.onmessage = ({ data }: MessageEvent<FromCompiler>) => {
        if ('failed' in data) return console.warn(`lidvae: types are not checked (${data.failed})`)
        if ('ready' in data) {
          this.isReady = true
          return resolve()
        }
        this.waiting.get(data.id)?.(data.answer)
        this.waiting.delete(data.id)
      }
    })
  }

  ask(type: ToCompiler['type'], before: string, code: string, at = 0): Promise<unknown> {
    const id = ++this.serial
    return new Promise((resolve) => {
      this.waiting.set(id, resolve)
      this.worker.postMessage({ type, id, before, code, at } satisfies ToCompiler)
    })
  }

  compile = (before: string, code: string): Promise<CompileAnswer> =>
    this.ask('compile', before, code) as Promise<CompileAnswer>
}
