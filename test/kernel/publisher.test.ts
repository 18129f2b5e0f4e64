import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PrintedText, type Publisher, SafePublisher } from '../../src/kernel/publisher'

/** A socket that, like zeromq's, refuses a message while another is under way. */
function busySocket() {
  const sent: string[] = []
  let busy = false
  const socket: Publisher = {
    sendHighWaterMark: 0,
    close: () => undefined,
    async send(parts) {
      if (busy) throw new Error('EBUSY')
      busy = true
      await new Promise((later) => setImmediate(later))
      sent.push(parts.join(''))
      busy = false
    },
  }
  return { socket, sent }
}

describe('SafePublisher', () => {
  it('sends every message of a burst, in order', async () => {
    const { socket, sent } = busySocket()
    const publisher = new SafePublisher(socket)
    const messages = Array.from({ length: 1000 }, (_, i) => `message ${i}`)
    for (const message of messages) publisher.send([message])
    await publisher.drained()
    assert.deepEqual(sent, messages)
    publisher.send(['afterwards'])
    await publisher.drained()
    assert.equal(sent.at(-1), 'afterwards')
  })
})

describe('PrintedText', () => {
  it('joins what is printed in one go, and keeps streams and their order apart', async () => {
    const sent: string[] = []
    const printed = new PrintedText()
    const write = printed.writer((name, text) => void sent.push(`${name}:${text}`))
    write('stdout', 'a')
    write('stdout', 'b')
    write('stderr', 'c')
    write('stdout', 'd')
    await new Promise((later) => setImmediate(later))
    assert.deepEqual(sent, ['stdout:ab', 'stderr:c', 'stdout:d'])
  })

  it('does not mix the text of two cells', () => {
    const sent: string[] = []
    const printed = new PrintedText()
    printed.writer((_, text) => void sent.push(`first:${text}`))('stdout', 'x')
    printed.writer((_, text) => void sent.push(`second:${text}`))('stdout', 'y')
    printed.flush()
    assert.deepEqual(sent, ['first:x', 'second:y'])
  })
})
