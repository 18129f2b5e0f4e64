import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Random } from '../support/random'

/** What goes wrong with one request. */
export const FAULTS = [
  'none',
  '404',
  '416',
  '500',
  'truncated',
  'closed',
  'wrong bytes',
  'too long',
  'stall',
  'silent',
  'reset',
  'no ranges',
  'wrong range',
  'redirect',
  'redirect loop',
  'drip',
  'changed',
  'gzip claimed',
] as const
export type Fault = (typeof FAULTS)[number]

/** What a server has, and by what it tells that it is still the same. */
export interface Served {
  body: Buffer
  etag?: string
  lastModified?: string
}

/** A local server that hands out one body, ranges of it too, and of which each request goes wrong as it is told. */
export class FaultServer {
  /** The Range field of each request, or 'all'. */
  readonly requests: string[] = []
  /** Bytes of bodies sent so far. */
  sent = 0
  private readonly server = createServer((request, response) => this.answer(request, response))

  private constructor(
    public served: Served,
    /** How each request in turn goes wrong; the last one goes on for ever. */
    public faults: Fault[],
    private readonly random: Random,
    /** What it has after a fault 'changed'. */
    private readonly next?: Served,
  ) {}

  static async start(served: Served, faults: Fault[], random: Random, next?: Served): Promise<FaultServer> {
    const started = new FaultServer(served, faults, random, next)
    await new Promise<void>((resolve) => started.server.listen(0, '127.0.0.1', resolve))
    return started
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/file.gz`
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { random } = this
    const again = request.url?.includes('again')
    const fault = again ? 'none' : ((this.faults.length > 1 ? this.faults.shift() : this.faults[0]) as Fault)
    if (!again) this.requests.push(request.headers.range ?? 'all')
    if (fault === 'changed' && this.next) this.served = this.next
    if (fault === '404' || fault === '500' || fault === '416')
      return void response.writeHead(Number(fault)).end('no')
    if (fault === 'silent') return
    if (fault === 'redirect') return void response.writeHead(302, { location: '/again/file.gz' }).end()
    if (fault === 'redirect loop') return void response.writeHead(302, { location: '/file.gz?' }).end()
    const { body, etag, lastModified } = this.served
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    const condition = request.headers['if-range']
    const same = condition === undefined || condition === etag || condition === lastModified
    let from = asked && same && fault !== 'no ranges' ? Number(asked[1]) : 0
    if (from >= body.length && from > 0) return void response.writeHead(416).end()
    const partial = from > 0
    if (fault === 'wrong range' && partial) from = Math.floor(from / 2)
    let piece = body.subarray(from)
    if (fault === 'wrong bytes') {
      piece = Buffer.from(piece)
      piece[Math.floor(random.uniform() * piece.length)] ^= 1 + Math.floor(random.uniform() * 255)
    }
    if (fault === 'too long') piece = Buffer.concat([piece, body])
    const cut = piece.subarray(0, Math.floor(random.uniform() * piece.length))
    response.writeHead(partial ? 206 : 200, {
      ...(fault !== 'truncated' && fault !== 'too long' && { 'content-length': piece.length }),
      ...(partial && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
      ...(etag !== undefined && { etag }),
      ...(lastModified !== undefined && { 'last-modified': lastModified }),
      ...(fault === 'gzip claimed' && { 'content-encoding': 'gzip' }),
    })
    const part = (bytes: Buffer, then: () => void) => {
      this.sent += bytes.length
      response.write(bytes, then)
    }
    if (fault === 'truncated') part(cut, () => response.end())
    else if (fault === 'closed') part(cut, () => setTimeout(() => response.socket?.end(), 5))
    else if (fault === 'reset') part(cut, () => setTimeout(() => response.socket?.resetAndDestroy(), 5))
    else if (fault === 'stall') part(cut, () => undefined)
    else if (fault === 'drip') this.drip(response, piece)
    else part(piece, () => response.end())
  }

  private drip(response: ServerResponse, piece: Buffer, at = 0): void {
    const step = Math.ceil(piece.length / 6)
    this.sent += Math.min(step, piece.length - at)
    response.write(piece.subarray(at, at + step))
    if (at + step >= piece.length) response.end()
    else setTimeout(() => this.drip(response, piece, at + step), 15)
  }
}
