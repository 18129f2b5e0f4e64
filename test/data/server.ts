import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a misbehaving server does with a request. */
export type Manner =
  | 'good'
  | 'slow'
  | 'drip'
  | '404'
  | '500'
  | 'short'
  | 'cut'
  | 'long'
  | 'altered'
  | 'stall'
  | 'silent'
  | 'reset'
  | 'trickle'
  | 'endless'
  | 'huge'

/** A local server that hands out one body (or one for each path), badly when told to; every request is remembered. */
export class Server {
  readonly requests: string[] = []
  private readonly server = createServer((request, response) => this.answer(request, response))

  private constructor(
    private readonly body: Uint8Array | ((path: string) => Uint8Array),
    /** How each request in turn is answered; the last one goes on for ever. */
    public manners: Manner[],
  ) {}

  static async start(body: Server['body'], manners: Manner[] = ['good']): Promise<Server> {
    const started = new Server(body, manners)
    await new Promise<void>((resolve) => started.server.listen(0, '127.0.0.1', resolve))
    return started
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  url(name = 'file.gz'): string {
    return `${this.origin}/${name}`
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? ''
    const body = typeof this.body === 'function' ? this.body(path) : this.body
    this.requests.push(path)
    const manner = this.manners.length > 1 ? (this.manners.shift() as Manner) : this.manners[0]
    const half = body.subarray(0, body.length >> 1)
    const length = { 'content-length': body.length }
    switch (manner) {
      case 'good':
        response.writeHead(200, length).end(body)
        break
      case 'slow':
        response.writeHead(200, length).write(half)
        setTimeout(() => response.end(body.subarray(half.length)), 700)
        break
      case 'drip': {
        // Eight pieces, a fifth of a second apart.
        const piece = Math.ceil(body.length / 8)
        response.writeHead(200, length)
        const send = (at: number) => {
          response.write(body.subarray(at, at + piece))
          if (at + piece < body.length) setTimeout(() => send(at + piece), 200)
          else response.end()
        }
        send(0)
        break
      }
      case '404':
        response.writeHead(404).end('not here')
        break
      case '500':
        response.writeHead(500).end('broken')
        break
      case 'short':
        // Ends politely after half of the bytes, without having said how many there would be.
        response.writeHead(200).end(half)
        break
      case 'cut':
        // Promises everything, and closes the connection half-way.
        response.writeHead(200, length).write(half, () => setTimeout(() => response.socket?.end(), 20))
        break
      case 'long':
        response.writeHead(200).end(Buffer.concat([body, body]))
        break
      case 'altered':
        response.writeHead(200, length).end(body.map((byte, i) => (i === 5 ? byte ^ 1 : byte)))
        break
      case 'stall':
        response.writeHead(200, length).write(half)
        break
      case 'silent':
        break
      case 'trickle': {
        // A byte now and then, never silent for long and never at the end.
        response.writeHead(200, length)
        let at = 0
        const ticking = setInterval(() => response.write(body.subarray(at, ++at)), 20)
        response.on('close', () => clearInterval(ticking))
        break
      }
      case 'endless': {
        response.writeHead(200)
        const more = (): void => void (response.destroyed || response.write(body, () => setImmediate(more)))
        more()
        break
      }
      case 'huge':
        response.writeHead(200, { 'content-length': 1e12 }).write(half)
        break
      case 'reset':
        response
          .writeHead(200, length)
          .write(half, () => setTimeout(() => response.socket?.resetAndDestroy(), 20))
        break
    }
  }
}
