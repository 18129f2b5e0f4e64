import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Sends messages. */
export interface Sender {
  send(parts: (string | Buffer)[]): unknown
}

/** The header of a message. */
export interface Header {
  msg_type: string
  msg_id: string
  session: string
  username?: unknown
  [field: string]: unknown
}

const DELIMITER = Buffer.from('<IDS|MSG>')
/** More frames than any client sends: routing prefix, signature, four parts, buffers. */
const MOST_FRAMES = 64
/** As many signatures as Jupyter remembers. */
const REMEMBERED = 1 << 16

const sign = (key: string, parts: readonly (string | Buffer)[]): string => {
  const hash = createHmac('sha256', key)
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** A message of Jupyter's protocol; like tslab's, which is not exported. */
export class Message {
  readonly extra: unknown[] = []

  constructor(
    readonly identity: Buffer[],
    readonly header: Header,
    readonly parent: unknown,
    readonly metadata: unknown,
    public content: unknown,
  ) {}

  /** An empty reply, or a message about it. */
  createReply(): Message {
    const { session, username, msg_type } = this.header
    const msg_id = randomBytes(16).toString('hex')
    const header = { version: '5.3', date: new Date().toISOString(), session, username, msg_type, msg_id }
    return new Message(this.identity, header, this.header, {}, {})
  }

  signAndSend(key: string, to: Sender): void {
    const parts = [this.header, this.parent, this.metadata, this.content].map((part) => JSON.stringify(part))
    to.send([...this.identity, DELIMITER, sign(key, parts), ...parts])
  }
}

/**
 * Reads incoming messages. Messages without the key's signature are dropped first and silently: an error
 * message with the right signature, on the public channel, would let anybody sign.
 */
export class SignedMessages {
  private readonly seen = new Set<string>()

  constructor(private readonly key: string) {}

  /** @returns the message; undefined for frames without reply: unsigned, repeated, or invalid */
  read(frames: readonly Buffer[]): Message | undefined {
    if (frames.length > MOST_FRAMES) return undefined
    const at = frames.findIndex((frame) => frame.equals(DELIMITER))
    const [signature, ...parts] = at < 0 ? [] : frames.slice(at + 1)
    if (signature?.length !== 64 || parts.length < 4) return undefined
    const right = sign(this.key, parts)
    if (!timingSafeEqual(signature, Buffer.from(right))) return undefined
    // Only signed messages are remembered, so that nobody else can fill or displace the memory.
    if (this.seen.has(right)) return undefined
    this.remember(right)
    return parse(frames.slice(0, at), parts)
  }

  private remember(signature: string): void {
    this.seen.add(signature)
    if (this.seen.size <= REMEMBERED) return
    const [oldest] = this.seen
    this.seen.delete(oldest)
  }
}

function parse(identity: Buffer[], parts: Buffer[]): Message | undefined {
  try {
    const [header, parent, metadata, content] = parts
      .slice(0, 4)
      .map((part) => JSON.parse(part.toString()) as unknown)
    return isHeader(header) && isObject(content)
      ? new Message(identity, header, parent, metadata, content)
      : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isHeader = (value: unknown): value is Header =>
  isObject(value) && [value.msg_type, value.msg_id, value.session].every((field) => typeof field === 'string')
