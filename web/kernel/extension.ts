// The kernel `tslab` for JupyterLite: a federated extension, made by hand, since a bundler for federations is
// not needed.
import { Compiler } from './compiling'
import { Copies } from './copies'
import { describeError, stoppedError, typeErrors, type Failure } from './failure'
import { withHint } from './hints'
import type {
  App,
  BaseKernelClass,
  KernelClient,
  KernelOptions,
  KernelSpecs,
  LiteServices,
  ShareScope,
} from './jupyter'
import type { CompileAnswer, FromRunner, OutputKind, ToRunner } from './messages'
import { hearStop } from './stop'

const NAME = '@lidvae/lite-kernel'

const here = new URL('.', (document.currentScript as HTMLScriptElement).src).href
let scope: ShareScope

async function shared<T>(name: string): Promise<T> {
  const versions = scope[name]
  const [version] = Object.keys(versions).sort().reverse()
  return (await versions[version].get())() as T
}

const SENDERS = {
  stream: 'stream',
  display: 'displayData',
  update: 'updateDisplayData',
  result: 'publishExecuteResult',
  error: 'publishExecuteError',
} as const satisfies Record<OutputKind, keyof BaseKernelClass>

const LANGUAGE = {
  name: 'typescript',
  version: '5',
  mimetype: 'text/typescript',
  file_extension: '.ts',
  codemirror_mode: { name: 'javascript', typescript: true },
  nbconvert_exporter: 'script',
  pygments_lexer: 'typescript',
}

function kernelClass({ BaseKernel }: LiteServices, app: App, compiler: Compiler): typeof BaseKernelClass {
  return class TypeScriptKernel extends BaseKernel {
    private readonly worker = new Worker(`${here}runner.js`, { type: 'module', name: 'cells' })
    private readonly replies = new Map<string, (content: object) => void>()
    /** Outputs belong to the cell that began them, however late they come. */
    private readonly headers = new Map<string, object>()
    private readonly copies: Copies
    private readonly begun: Promise<void>
    private serial = 0
    running: string | undefined
    /** The message whose cell Stop was pressed for. */
    private stopped: string | undefined
    private code = ''
    /** What the cells so far declare, for the compiler; and those that ran before it was ready. */
    private declares = ''
    private uncompiled: string[] = []

    constructor(options: KernelOptions) {
      super(options)
      this.copies = new Copies(app.serviceManager.contents, folderOf(this.location))
      this.begun = new Promise((resolve) => {
        this.worker.onmessage = ({ data }: MessageEvent<FromRunner>) => {
          if (data.type === 'ready') resolve()
          else this.hear(data)
        }
      })
      this.worker.onerror = ({ message }) => console.error(`lidvae: the kernel's worker failed: ${message}`)
    }

    get ready(): Promise<void> {
      return this.begun
    }

    private hear(message: Exclude<FromRunner, { type: 'ready' }>): void {
      if (message.type === 'file') return this.copies.wrote(message.path, message.bytes)
      if (message.type === 'reply') {
        this.replies.get(message.id)?.(message.content)
        return void this.replies.delete(message.id)
      }
      const { kind, content, id } = message
      this[SENDERS[kind]](kind === 'error' ? this.hinted(content as Failure) : content, this.headers.get(id))
    }

    /** Names that other cells of the notebook declare. */
    private hinted(failure: Failure): Failure {
      const cells = [...(app.shell.currentWidget?.content?.model?.cells ?? [])]
      const sources = cells.filter(({ type }) => type === 'code').map(({ sharedModel }) => sharedModel.source)
      return withHint(failure, this.code, sources)
    }

    private tell(message: ToRunner): void {
      this.worker.postMessage(message)
    }

    private reply(message: Extract<ToRunner, { id: string }>): Promise<object> {
      return new Promise((resolve) => {
        this.replies.set(message.id, resolve)
        this.tell(message)
      })
    }

    async kernelInfoRequest(): Promise<object> {
      await this.begun
      return {
        implementation: 'lidvae',
        implementation_version: '0.1.0',
        protocol_version: '5.3',
        status: 'ok',
        banner: 'TypeScript with lidvae, in this browser',
        help_links: [],
        language_info: LANGUAGE,
      }
    }

    async executeRequest({ code }: { code: string }): Promise<object> {
      this.running = this.parentHeader.msg_id
      this.code = code
      try {
        return await this.execute(code)
      } finally {
        this.running = undefined
      }
    }

    private async execute(code: string): Promise<object> {
      const id = this.parentHeader.msg_id
      const count = this.executionCount
      this.headers.set(id, this.parentHeader)
      await this.copies.give(code, (path, bytes) => this.tell({ type: 'file', path, bytes }))
      let answer: CompileAnswer | undefined
      if (compiler.isReady) {
        await this.catchUp()
        answer = await compiler.compile(this.declares, code)
        if (answer.complaints.length > 0)
          return this.failed(this.hinted(typeErrors(code, count, answer.complaints)))
      }
      if (this.stopped === id) return this.failed(describeError(stoppedError(), new Map()))
      if (answer) this.declares = answer.declares ?? this.declares
      else this.uncompiled.push(code)
      return this.reply({ type: 'run', id, count, code, compiled: answer?.compiled })
    }

    private failed(failure: Failure): object {
      this.publishExecuteError(failure, this.parentHeader)
      return { status: 'error', execution_count: this.executionCount, ...failure }
    }

    /** Declares what cells made that ran before the compiler was ready. */
    private async catchUp(): Promise<void> {
      for (const code of this.uncompiled.splice(0)) {
        const { complaints, declares } = await compiler.compile(this.declares, code)
        if (complaints.length === 0) this.declares = declares ?? this.declares
      }
    }

    async completeRequest({ code, cursor_pos: at }: { code: string; cursor_pos: number }): Promise<object> {
      if (!compiler.isReady) return this.reply({ type: 'complete', id: `c${++this.serial}`, code, at })
      await this.catchUp()
      return (await compiler.ask('complete', this.declares, code, at)) as object
    }

    async inspectRequest({ code, cursor_pos: at }: { code: string; cursor_pos: number }): Promise<object> {
      await compiler.ready
      await this.catchUp()
      return (await compiler.ask('inspect', this.declares, code, at)) as object
    }

    isCompleteRequest = (): Promise<object> => Promise.resolve({ status: 'complete' })
    commInfoRequest = (): Promise<object> => Promise.resolve({ status: 'ok', comms: {} })
    inputReply = (): void => undefined
    commOpen = (): Promise<void> => Promise.resolve()
    commMsg = (): Promise<void> => Promise.resolve()
    commClose = (): Promise<void> => Promise.resolve()

    interrupt(): void {
      this.stopped = this.running
      this.tell({ type: 'interrupt' })
    }

    override dispose(): void {
      if (this.isDisposed) return
      this.worker.terminate()
      super.dispose()
    }
  }
}

const folderOf = (location: string): string => location.replace(/^\/+|\/+$/g, '')

async function plugins(): Promise<object[]> {
  const services = await shared<LiteServices>('@jupyterlite/services')
  const { IKernelSpecs, IKernelClient } = services
  return [
    {
      id: `${NAME}:kernel`,
      description: 'TypeScript with lidvae',
      autoStart: true,
      requires: [IKernelSpecs],
      optional: [IKernelClient],
      activate: (app: App, specs: KernelSpecs, client: KernelClient | null) => {
        const compiler = new Compiler(`${here}compiler.js`)
        const TypeScriptKernel = kernelClass(services, app, compiler)
        const spec = {
          name: 'tslab',
          display_name: 'TypeScript',
          language: 'typescript',
          argv: [],
          env: {},
          interrupt_mode: 'message',
          metadata: {},
          resources: {
            'logo-32x32': `${here}logo.svg`,
            'logo-64x64': `${here}logo.svg`,
          },
        }
        specs.register({
          spec: { ...spec, spec },
          create: (options) => Promise.resolve(new TypeScriptKernel(options)),
        })
        if (client) hearStop(client, app)
        // Tests look at the page through it.
        Object.assign(globalThis, { lidvaeLite: { app, client, compiler } })
      },
    },
  ]
}

const containers = ((globalThis as { _JUPYTERLAB?: Record<string, object> })._JUPYTERLAB ??= {})
containers[NAME] = {
  init: (given: ShareScope) => void (scope = given),
  get: async () => {
    const made = await plugins()
    return () => ({ __esModule: true, default: made })
  },
}
