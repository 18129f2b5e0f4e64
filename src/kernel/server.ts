import { setTimeout as wait } from 'node:timers/promises'
import { endWorks, works } from '../platform/cancellation'
import { exitCodeOf } from '../platform/signals'
import { type Cells, type ExecuteRequest, type Publish } from './cells'
import { type Message, type Sender, SignedMessages } from './messages'
import { PrintedText, SafePublisher } from './publisher'
import { type ConnectionInfo, type Zmq, beat, eachMessage, openSockets, readConnection } from './sockets'

/** tslab's request handlers. */
export interface Handler {
  close(): void
  createWriteToIopub(name: string, write: (name: string, text: string) => void): typeof process.stdout.write
}

type Answer = (to: Sender, message: Message) => void

/** tslab's server, as far as it is used: its replies, not its receiving of messages. */
interface Server {
  readonly handler: Handler
  readonly configPath: string
  connInfo: ConnectionInfo
  iopub: unknown
  shell: unknown
  control: unknown
  stdin: unknown
  hb: unknown
  publishStatus(status: string, about: Message): void
  handleKernelInfo: Answer
  handleIsComplete: Answer
  handleInspect: Answer
  handleComplete: Answer
  handleShutdown: Answer
  init(): Promise<void>
  close(): void
}

/** A server that can be ended from outside. */
type EndingServer = new (
  ...given: ConstructorParameters<Jupyter['ZmqServer']>
) => Server & { end(signal: NodeJS.Signals): void }

/** tslab's module of the protocol. */
export interface Jupyter {
  JupyterHandlerImpl: new (executor: unknown, isJs: boolean) => Handler
  ZmqServer: new (handler: Handler, connectionFile: string) => Server
  lastWriteDisplayData: unknown
}

/**
 * Message types of clients. The kernel's own messages, sent back to it, are signed too, but not among these.
 */
const isRequest = (type: string) => /^[a-z_]+_request$|^comm_(open|msg|close)$/.test(type)

/** The server with reliable sending and signed receiving of messages. */
export function serverClass(jupyter: Jupyter, cells: Cells, zmq: Zmq): EndingServer {
  const printed = new PrintedText()
  return class extends jupyter.ZmqServer {
    private senders: SafePublisher[] = []

    override init(): Promise<void> {
      this.connInfo = readConnection(this.configPath)
      const sockets = openSockets(zmq, this.connInfo)
      const signed = new SignedMessages(this.connInfo.key)
      const iopub = new SafePublisher(sockets.iopub)
      iopub.beforeSend = () => printed.flush()
      this.senders = [iopub]
      Object.assign(this, { iopub, stdin: sockets.stdin, hb: sockets.hb })
      for (const name of ['shell', 'control'] as const) {
        const sender = new SafePublisher(sockets[name])
        this.senders.push(sender)
        this[name] = sender
        void eachMessage(sockets[name], (frames) => {
          const message = signed.read(frames)
          if (message && isRequest(message.header.msg_type)) void this.answer(sender, message)
        })
      }
      // The kernel requests no input: messages are removed from the queue.
      void eachMessage(sockets.stdin, () => undefined)
      void eachMessage(sockets.hb, beat(sockets.hb))
      return Promise.resolve()
    }

    /** Other messages, such as comm messages, have no effect. */
    private async answer(to: Sender, message: Message): Promise<void> {
      const type = message.header.msg_type
      this.publishStatus('busy', message)
      try {
        if (type === 'execute_request') await this.execute(to, message)
        else if (type === 'kernel_info_request') this.handleKernelInfo(to, message)
        else if (type === 'is_complete_request') this.handleIsComplete(to, message)
        else if (type === 'inspect_request') this.handleInspect(to, message)
        else if (type === 'complete_request') this.handleComplete(to, message)
        else if (type === 'comm_info_request')
          this.send(to, message, 'comm_info_reply', { status: 'ok', comms: {} })
        else if (type === 'shutdown_request') this.handleShutdown(to, message)
      } catch (error) {
        // Not a cell's error: it must not end the next one.
        const { name, message: evalue } = error instanceof Error ? error : new Error(String(error))
        const content = { status: 'error', ename: name, evalue, traceback: [] }
        this.send(to, message, type.replace('_request', '_reply'), content)
      } finally {
        this.publishStatus('idle', message)
      }
      if (type === 'shutdown_request') this.close()
    }

    private send(to: Sender, about: Message, type: string, content: unknown): void {
      const reply = about.createReply()
      reply.header.msg_type = type
      reply.content = content
      reply.signAndSend(this.connInfo.key, to)
    }

    private async execute(to: Sender, message: Message): Promise<void> {
      const publish: Publish = (type, content) => this.send(this.iopub as Sender, message, type, content)
      const write = printed.writer((name, text) => publish('stream', { name, text }))
      const redirect = () => {
        process.stdout.write = this.handler.createWriteToIopub('stdout', write)
        process.stderr.write = this.handler.createWriteToIopub('stderr', write)
        jupyter.lastWriteDisplayData = (content: unknown, update: boolean) =>
          publish(update ? 'update_display_data' : 'display_data', content)
      }
      const reply = await cells.run(message.content as ExecuteRequest, publish, redirect)
      printed.flush()
      this.send(to, message, 'execute_reply', reply)
    }

    /** Ends the kernel after the current training step and its checkpoint. */
    end(signal: NodeJS.Signals, code = exitCodeOf(signal)): void {
      const leave = (): void => {
        const end = (): void => {
          super.close()
          // Timers that a notebook left must not keep the kernel alive.
          setTimeout(() => process.exit(code), 500).unref()
        }
        printed.flush()
        const drained = Promise.all(this.senders.map((sender) => sender.drained()))
        void Promise.race([drained, wait(1000)]).then(end)
      }
      if (works().ending) return
      works().leave = leave
      if (!endWorks(signal)) leave()
    }

    override close(): void {
      this.end('SIGTERM', 0)
    }
  }
}
