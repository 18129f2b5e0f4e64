/** The part of zeromq's publisher that tslab uses. */
export interface Publisher {
  sendHighWaterMark: number
  send(parts: (string | Buffer)[]): Promise<void>
  close(): void
}

/**
 * Sends every message, in order. tslab sends without waiting, and zeromq refuses a message while another is
 * being sent: of a thousand lines printed at once nine hundred were lost, including the cell's end.
 */
export class SafePublisher {
  private readonly waiting: (string | Buffer)[][] = []
  private busy: Promise<void> | undefined
  /** Called before each message, so that text collected so far goes first. */
  beforeSend: () => void = () => undefined

  constructor(private readonly socket: Publisher) {}

  send(parts: (string | Buffer)[]): void {
    this.beforeSend()
    this.waiting.push(parts)
    this.busy ??= this.sendAll()
  }

  private async sendAll(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift())
      // A lost message must not end the kernel.
      await this.socket.send(next).catch(() => undefined)
    this.busy = undefined
  }

  /** Resolves once everything is sent. */
  async drained(): Promise<void> {
    this.beforeSend()
    while (this.busy !== undefined) await this.busy
  }

  close(): void {
    this.socket.close()
  }
}

/**
 * Joins text printed at once into one message: a message per line takes a hundred times the size of its text.
 */
export class PrintedText {
  private name = ''
  private text = ''
  private write: ((name: string, text: string) => void) | undefined
  private flushing = false

  /** A writer for one cell; `write` sends a message. */
  writer(write: (name: string, text: string) => void): (name: string, text: string) => void {
    return (name, text) => {
      if (this.text !== '' && (name !== this.name || write !== this.write)) this.flush()
      if (this.text === '') setImmediate(() => this.flush())
      this.name = name
      this.text += text
      this.write = write
    }
  }

  flush(): void {
    if (this.text === '' || this.flushing) return
    const { name, text, write } = this
    this.text = ''
    this.flushing = true
    write?.(name, text)
    this.flushing = false
  }
}
