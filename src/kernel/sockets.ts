import { chmodSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { LidvaeError } from '../base/errors'

/** The channels of a kernel. */
export const channels = ['iopub', 'shell', 'control', 'stdin', 'hb'] as const
export type Channel = (typeof channels)[number]

/** What Jupyter writes into a connection file. */
export type ConnectionInfo = Record<`${Channel}_port`, number> & {
  transport: 'tcp' | 'ipc'
  ip: string
  key: string
  signature_scheme: string
  curve_publickey?: string
  curve_secretkey?: string
}

/** The part of a zeromq socket that the kernel uses. */
export interface Socket {
  maxMessageSize: number
  sendHighWaterMark: number
  receiveHighWaterMark: number
  curveServer: boolean
  curveSecretKey: string | null
  readonly closed: boolean
  bindSync(address: string): void
  receive(): Promise<Buffer[]>
  send(parts: (string | Buffer)[]): Promise<void>
  close(): void
}

type Kinds = 'Publisher' | 'Router'
/** zeromq, as tslab has it. */
export type Zmq = Record<Kinds, new () => Socket>

const kinds: Record<Channel, Kinds> = {
  iopub: 'Publisher',
  shell: 'Router',
  control: 'Router',
  stdin: 'Router',
  // A reply socket would wait for its turn with one client at a time; a client that leaves must not hold up
  // the others.
  hb: 'Router',
}

const KB = 1024
/**
 * The largest frame taken, in bytes. Jupyter's server lets 10 MB through; subscriptions and heartbeats are a
 * few bytes.
 */
const largest: Record<Channel, number> = {
  iopub: KB,
  shell: 16 * KB * KB,
  control: 16 * KB * KB,
  stdin: 64 * KB,
  hb: KB,
}
/**
 * Messages queued in the kernel per client; more wait in the client. They accumulate while a cell never
 * awaits.
 */
const MOST_WAITING = 32

/** @throws LidvaeError if it would let anybody run code */
export function readConnection(file: string): ConnectionInfo {
  const info = JSON.parse(readFileSync(file, 'utf8')) as ConnectionInfo
  if (typeof info.key !== 'string' || info.key === '')
    throw new LidvaeError(
      `${file} has no key: anybody could run code. Remove Session.key from Jupyter's configuration.`,
    )
  if (info.signature_scheme !== 'hmac-sha256')
    throw new LidvaeError(
      `\`signature_scheme\` must be "hmac-sha256", got "${info.signature_scheme}" (${file}).`,
    )
  if (info.transport !== 'tcp' && info.transport !== 'ipc')
    throw new LidvaeError(`\`transport\` must be "tcp" or "ipc", got "${String(info.transport)}" (${file}).`)
  return info
}

/** Address of a channel, in Jupyter's notation. */
export const address = (info: ConnectionInfo, channel: Channel): string =>
  `${info.transport}://${info.ip}${info.transport === 'ipc' ? '-' : ':'}${info[`${channel}_port`]}`

/**
 * Opens the five channels, closed to other users where the transport has files, and to all without the key
 * where Jupyter asks for encryption.
 */
export function openSockets(zmq: Zmq, info: ConnectionInfo): Record<Channel, Socket> {
  const sockets = Object.fromEntries(channels.map((name) => [name, new zmq[kinds[name]]()])) as Record<
    Channel,
    Socket
  >
  // No limit of queued messages: those for a slow reader must not be dropped.
  sockets.iopub.sendHighWaterMark = 0
  const before = info.transport === 'ipc' ? process.umask(0o177) : undefined
  try {
    for (const name of channels) {
      const socket = sockets[name]
      socket.maxMessageSize = largest[name]
      if (name !== 'iopub') socket.receiveHighWaterMark = MOST_WAITING
      if (info.curve_secretkey) {
        socket.curveServer = true
        socket.curveSecretKey = info.curve_secretkey
      }
      socket.bindSync(address(info, name))
      if (info.transport === 'ipc') chmodSync(`${info.ip}-${info[`${name}_port`]}`, 0o600)
    }
  } finally {
    if (before !== undefined) process.umask(before)
  }
  return sockets
}

/** Receives every message until the socket is closed; no message can end the kernel. */
export async function eachMessage(socket: Socket, take: (frames: Buffer[]) => unknown): Promise<void> {
  while (!socket.closed)
    try {
      await take(await socket.receive())
    } catch {
      // A message that cannot be received is dropped. The pause prevents a busy loop on a failing socket.
      await delay(10)
    }
}

/** Echoes a heartbeat, `[client, '', 'ping']`; longer messages are none and get no answer. */
export const beat =
  (socket: Socket) =>
  async (frames: Buffer[]): Promise<void> => {
    if (frames.length <= 4) await socket.send(frames)
  }
