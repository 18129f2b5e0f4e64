/**
 * The tslab kernel, started by Jupyter, with what tslab leaves out: no message is lost, failures reach Jupyter as
 * errors, and positions in them are those of the cell's own text. All that is tslab's own work stays tslab's:
 * compiling, completing, inspecting, running.
 *
 * Run as `node kernel.js CONNECTION_FILE`. It reaches into tslab 1.0.22, which package.json pins.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import { type CellExecutor, Cells, type ExecuteRequest, type Publish } from './cells'
import { type Publisher, PrintedText, SafePublisher } from './publisher'
import { keepSourceMaps } from './sourceMaps'
import { packageRoot } from '../platform/places'

interface Message {
  header: { msg_type: string }
  content: unknown
  createReply(): Message
  signAndSend(key: string, socket: unknown): void
}

interface Handler {
  close(): void
  createWriteToIopub(name: string, write: (name: string, text: string) => void): typeof process.stdout.write
}

interface Server {
  handler: Handler
  connInfo: { key: string }
  iopub: unknown
  init(): Promise<void>
  close(): void
  bindSocket(socket: unknown, port: number): Promise<void>
  handleExecute(socket: unknown, message: Message): Promise<void>
}

interface Jupyter {
  JupyterHandlerImpl: new (executor: CellExecutor, isJs: boolean) => Handler
  ZmqServer: new (handler: Handler, connectionFile: string) => Server
  lastWriteDisplayData: unknown
}

type Converters = { node: unknown; browser: unknown; close(): void }

interface Tslab {
  converter: { createConverter(options: { isJS: boolean; isBrowser: boolean }): { close(): void } }
  executor: {
    createExecutor(folder: string, converters: Converters, console: Cells['console']): CellExecutor
  }
  jupyter: Jupyter
}

function loadTslab(cells: Cells): Tslab {
  const require_ = createRequire(path.join(packageRoot(), 'x.js'))
  // Before the converter is loaded: it takes the compiler's functions as it finds them.
  keepSourceMaps(createRequire(require_.resolve('tslab/package.json')), cells)
  return {
    converter: require_('tslab/dist/converter.js') as Tslab['converter'],
    executor: require_('tslab/dist/executor.js') as Tslab['executor'],
    jupyter: require_('tslab/dist/jupyter.js') as Jupyter,
  }
}

function serverClass(jupyter: Jupyter, cells: Cells) {
  const printed = new PrintedText()
  return class extends jupyter.ZmqServer {
    private publisher: SafePublisher | undefined

    override async bindSocket(socket: unknown, port: number): Promise<void> {
      // No limit on what may wait: what a slow reader has not fetched yet must not be dropped.
      if (socket === this.iopub) (socket as Publisher).sendHighWaterMark = 0
      await super.bindSocket(socket, port)
    }

    override async init(): Promise<void> {
      await super.init()
      this.publisher = new SafePublisher(this.iopub as Publisher)
      this.publisher.beforeSend = () => printed.flush()
      this.iopub = this.publisher
    }

    override async handleExecute(socket: unknown, message: Message): Promise<void> {
      const send = (type: string, content: unknown, to: unknown) => {
        const reply = message.createReply()
        reply.header.msg_type = type
        reply.content = content
        reply.signAndSend(this.connInfo.key, to)
      }
      const publish: Publish = (type, content) => send(type, content, this.iopub)
      const write = printed.writer((name, text) => publish('stream', { name, text }))
      const redirect = () => {
        process.stdout.write = this.handler.createWriteToIopub('stdout', write)
        process.stderr.write = this.handler.createWriteToIopub('stderr', write)
        jupyter.lastWriteDisplayData = (content: unknown, update: boolean) =>
          publish(update ? 'update_display_data' : 'display_data', content)
      }
      const reply = await cells.run(message.content as ExecuteRequest, publish, redirect)
      printed.flush()
      send('execute_reply', reply, socket)
    }

    override close(): void {
      const end = () => {
        super.close()
        // Timers a notebook left running must not keep the kernel alive.
        setTimeout(() => process.exit(0), 500).unref()
      }
      void (this.publisher?.drained() ?? Promise.resolve()).then(end)
    }
  }
}

/** Starts the kernel on the connection file that Jupyter wrote. */
export function startKernel(connectionFile: string): Promise<void> {
  // Ten frames, the default, often end inside the library, short of the cell.
  Error.stackTraceLimit = 50
  const cells = new Cells(process.env.LIDVAE_HEADLESS === '1')
  const tslab = loadTslab(cells)
  const node = tslab.converter.createConverter({ isJS: false, isBrowser: false })
  let browser: { close(): void } | undefined
  const converters: Converters = {
    node,
    get browser() {
      return (browser ??= tslab.converter.createConverter({ isJS: false, isBrowser: true }))
    },
    close() {
      node.close()
      browser?.close()
    },
  }
  const executor = tslab.executor.createExecutor(process.cwd(), converters, cells.console)
  cells.attach(executor)
  process.on('SIGINT', () => cells.interruption.press())
  const KernelServer = serverClass(tslab.jupyter, cells)
  return new KernelServer(new tslab.jupyter.JupyterHandlerImpl(executor, false), connectionFile).init()
}

if (require.main === module) void startKernel(process.argv[2])
