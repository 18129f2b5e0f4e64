import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Message, SignedMessages } from '../../src/kernel/messages'
import { readConnection } from '../../src/kernel/sockets'

const KEY = 'a key'
const DELIMITER = '<IDS|MSG>'
let sent = 0
const parts = (header: unknown = { msg_type: 'execute_request', msg_id: `m${sent++}`, session: 's' }) =>
  [header, {}, {}, { code: '1' }].map((one) => JSON.stringify(one))
const signed = (body: string[], key = KEY) => createHmac('sha256', key).update(body.join('')).digest('hex')
const frames = (...texts: string[]) => texts.map((text) => Buffer.from(text))

describe('messages to the kernel', () => {
  const messages = new SignedMessages(KEY)

  it('are taken once where they are signed, and answered so that Jupyter takes the answer', () => {
    const body = parts()
    const all = frames('client', DELIMITER, signed(body), ...body)
    const message = messages.read(all)
    assert.deepEqual(message?.content, { code: '1' })
    assert.equal(messages.read(all), undefined, 'a second time')
    const reply = message.createReply()
    const out: (string | Buffer)[] = []
    reply.signAndSend(KEY, { send: (all) => out.push(...all) })
    assert.deepEqual(out.slice(0, 2).map(String), ['client', DELIMITER])
    assert.equal(out[2], signed(out.slice(3).map(String)))
    assert.deepEqual(reply.parent, message.header)
    assert.ok(new SignedMessages(KEY).read(out.map((one) => Buffer.from(one))) instanceof Message)
  })

  it('are dropped without a word otherwise', () => {
    const body = parts()
    const right = signed(body)
    const wrong: Record<string, Buffer[]> = {
      nothing: [],
      'no delimiter': frames(right, ...body),
      'no signature': frames(DELIMITER),
      'an empty signature': frames(DELIMITER, '', ...body),
      'the signature of another key': frames(DELIMITER, signed(body, ''), ...body),
      'in capitals': frames(DELIMITER, right.toUpperCase(), ...body),
      'one letter short': frames(DELIMITER, right.slice(1), ...body),
      'one letter wrong': frames(DELIMITER, `${right.slice(1)}${right[0] === '0' ? '1' : '0'}`, ...body),
      'other content': frames(DELIMITER, right, ...body.slice(0, 3), '{"code":"2"}'),
      'two signatures': frames(DELIMITER, right, right, ...body),
      'too few parts': frames(DELIMITER, signed(body.slice(0, 3)), ...body.slice(0, 3)),
      'no JSON': frames(DELIMITER, signed(['{', '{}', '{}', '{}']), '{', '{}', '{}', '{}'),
      'too many frames': frames(...(Array(70).fill('') as string[]), DELIMITER, right, ...body),
    }
    for (const [what, all] of Object.entries(wrong)) assert.equal(messages.read(all), undefined, what)
    for (const header of [
      null,
      [],
      'x',
      1,
      {},
      { msg_type: 1, msg_id: 'm', session: 's' },
      { msg_type: 't' },
    ]) {
      const odd = parts(header)
      const all = frames(DELIMITER, signed(odd), ...odd)
      assert.equal(messages.read(all), undefined, JSON.stringify(header))
    }
    // None of these has used up the message itself.
    assert.ok(messages.read(frames(DELIMITER, right, ...body)))
  })

  it('need a key: a connection file without one is refused', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-connection-'))
    const file = path.join(folder, 'kernel.json')
    const good = { transport: 'tcp', ip: '127.0.0.1', key: 'k', signature_scheme: 'hmac-sha256' }
    const read = (changed: object) => {
      writeFileSync(file, JSON.stringify({ ...good, ...changed }))
      chmodSync(file, 0o600)
      return readConnection(file)
    }
    try {
      assert.equal(read({}).key, 'k')
      assert.throws(() => read({ key: '' }), /has no key/)
      assert.throws(() => read({ key: undefined }), /has no key/)
      assert.throws(() => read({ signature_scheme: 'hmac-md5' }), /must be "hmac-sha256", got "hmac-md5"/)
      assert.throws(() => read({ transport: 'inproc' }), /must be "tcp" or "ipc"/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
